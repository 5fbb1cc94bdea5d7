"""The arrangements of docs/sam.md, each set up and built as that page says."""

import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from tests.sam_matrix.artifacts import differences
from tests.sam_matrix.engine import Engine
from tests.sam_matrix.workshop import RUNTIMES, Outcome, Workshop, build_native

HOST_RUNTIMES = tuple(runtime for runtime in RUNTIMES if runtime != "python3.14")
CONTAINER_RUNTIMES = ("python3.11", "python3.13", "python3.14")


@dataclass(frozen=True, slots=True, kw_only=True)
class Arrangement:
    """A way to build.

    Attributes:
        name: the heading of its section in docs/sam.md, and of its row in the table.
        runtimes: on which it can be tried here.
        build: sets the project up for a runtime, builds, and compares the artifacts with the locks.
        in_container: whether it needs a container engine.
    """

    name: str
    runtimes: Sequence[str]
    build: "Callable[[Bench], None]"
    in_container: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Bench:
    """What an arrangement works with.

    Attributes:
        packages: the private packages.
        engine: for those in containers.
    """

    workshop: Workshop
    packages: Path
    runtime: str
    engine: Engine | None = None

    def template(self, resources: str) -> None:
        """Write the template: its resources, of Python functions on the runtime unless they say otherwise."""
        head = "Transform: AWS::Serverless-2016-10-31\nGlobals:\n  Function:\n"
        head += f"    Runtime: {self.runtime}\n    Handler: app.handler\nResources:\n"
        self.workshop.write("template.yaml", head + resources)

    def function(self, logical_id: str, directory: str, architecture: str, more: str = "") -> str:
        """Write a function's code, and return its lines of the template."""
        self.workshop.code(directory, "acme-core")
        lines = f"  {logical_id}:\n    Type: AWS::Serverless::Function\n"
        return lines + f"    Properties: {{CodeUri: {directory}, Architectures: [{architecture}]}}\n{more}"

    def layer(self, architecture: str) -> str:
        """Write a layer's requirements, and return its lines of the template."""
        self.workshop.write("layer/requirements.in", "acme-http\nacme-native\n")
        return (
            "  Http:\n    Type: AWS::Serverless::LayerVersion\n"
            f"    Properties: {{ContentUri: layer, CompatibleRuntimes: [{self.runtime}]}}\n"
            f"    Metadata: {{BuildMethod: {self.runtime}, BuildArchitecture: {architecture}}}\n"
        )

    def vendor(self) -> None:
        """Lock and fetch."""
        self.workshop.vendor(self.packages)

    def build(self, *arguments: str) -> Outcome:
        """Run `ca-vendor build`."""
        return self.workshop.ca_vendor("build", *arguments).succeeded()

    def in_container(self) -> tuple[str, ...]:
        """Return the arguments of `sam build` that use the engine's own image, and its environment to the user."""
        assert self.engine is not None, "needs a container engine"
        self.workshop.environment["DOCKER_HOST"] = self.engine.host
        image = self.engine.images[self.runtime.removeprefix("python")]
        return ("--use-container", "--build-image", image, "--skip-pull-image", "--docker-network", "none")

    def expect(
        self, logical_id: str, bundle: str, source: str | None, *, below: str = "", is_vendored: bool = True
    ) -> None:
        """See that an artifact is what was locked, file for file."""
        artifact, packages = self.workshop.artifact(logical_id) / below, None if is_vendored else self.packages
        found = differences(self.workshop, artifact, bundle, source=source, packages=packages)
        assert not found, f"{logical_id}: {found}"


def plain(bench: Bench) -> None:
    bench.template(bench.function("Orders", "src/orders", "x86_64"))
    bench.vendor()
    bench.workshop.sam("build").succeeded()
    bench.expect("Orders", "orders", "src/orders")


def both_architectures(bench: Bench) -> None:
    functions = bench.function("Orders", "src/orders", "arm64") + bench.function("Reports", "src/reports", "x86_64")
    bench.template(functions + bench.layer("arm64"))
    bench.vendor()
    bench.build("--parallel")
    bench.expect("Orders", "orders", "src/orders")
    bench.expect("Reports", "reports", "src/reports")
    bench.expect("Http", "layer", "layer", below="python")


def _online(bench: Bench, *arguments: str) -> None:
    functions = bench.function("Orders", "src/orders", "arm64") + bench.function("Reports", "src/reports", "x86_64")
    bench.template(functions + bench.layer("arm64"))
    bench.workshop.lock(bench.packages)
    bench.workshop.build_online(bench.packages, "--parallel", *arguments).succeeded()
    bench.expect("Orders", "orders", "src/orders", is_vendored=False)
    bench.expect("Reports", "reports", "src/reports", is_vendored=False)
    bench.expect("Http", "layer", "layer", below="python", is_vendored=False)
    assert not list(bench.workshop.root.glob("**/*.whl"))


def online(bench: Bench) -> None:
    _online(bench)


def container_online(bench: Bench) -> None:
    _online(bench, *bench.in_container())


def settings_in_the_environment(bench: Bench) -> None:
    bench.template(bench.function("Orders", "src/orders", "arm64"))
    bench.vendor()
    bench.workshop.run(["sh", "-c", f'eval "$({sys.executable} -m ca_vendor env)" && sam build']).succeeded()
    bench.expect("Orders", "orders", "src/orders")


SYNC = ("sam", "sync", "--stack-name", "orders", "--no-watch", "--s3-bucket", "nowhere")


def sync(bench: Bench) -> None:
    """Build for `sam sync` as far as it goes without AWS: its upload is what has to fail."""
    functions = bench.function("Orders", "src/orders", "arm64") + bench.function("Reports", "src/reports", "x86_64")
    bench.template(functions)
    bench.vendor()
    nobody = {"AWS_ACCESS_KEY_ID": "nobody", "AWS_SECRET_ACCESS_KEY": "nothing", "AWS_MAX_ATTEMPTS": "1"}
    bench.workshop.environment |= nobody | {"AWS_ENDPOINT_URL": "http://127.0.0.1:9"}
    confirmed = ["sh", "-c", 'echo y | "$@"', "sh", sys.executable, "-m", "ca_vendor", "exec", "--", *SYNC]
    for more in ([], ["--no-dependency-layer"]):
        outcome = bench.workshop.run([*confirmed, *more])
        assert "Unable to upload artifact" in outcome.err, outcome.err
    layers = bench.workshop.root / ".aws-sam" / "auto-dependency-layer"
    for name in ("orders", "reports"):
        bench.expect(name.title(), name, f"src/{name}")
        [layer] = layers.glob(f"{name.title()}*DepLayer/python")
        found = differences(bench.workshop, layer, name)
        assert not found, f"{layer.parent.name}: {found}"


def cached(bench: Bench) -> None:
    bench.template(bench.function("Orders", "src/orders", "arm64"))
    bench.vendor()
    bench.build("--cached", "--parallel")
    bench.expect("Orders", "orders", "src/orders")
    assert "Manifest is not changed" in bench.build("--cached", "--parallel").err
    build_native(bench.packages, "2.1", bench.runtime, "manylinux_2_17_aarch64")
    bench.workshop.write("src/orders/requirements.in", "acme-core\nacme-native>=2.1\n")
    bench.vendor()
    bench.build("--cached", "--parallel")
    bench.expect("Orders", "orders", "src/orders")


def python_uv(bench: Bench) -> None:
    uv = "    Metadata: {BuildMethod: python-uv}\n"
    bench.template(
        bench.function("Orders", "src/orders", "arm64", uv)
        + bench.function("Reports", "src/reports", "x86_64", uv)
        + bench.function("Plain", "src/plain", "arm64")
    )
    bench.vendor()
    bench.build("--beta-features", "--parallel")
    for name in ("orders", "reports", "plain"):
        bench.expect(name.title(), name, f"src/{name}")


MAKEFILE = """
build-Orders:
	{python} -m pip install --requirement requirements.txt --target "$(ARTIFACTS_DIR)"
	cp app.py requirements.in requirements.txt Makefile "$(ARTIFACTS_DIR)"
"""


def makefile(bench: Bench) -> None:
    bench.template(bench.function("Orders", "src/orders", "arm64", "    Metadata: {BuildMethod: makefile}\n"))
    bench.workshop.write("src/orders/Makefile", MAKEFILE.format(python=bench.runtime))
    bench.vendor()
    bench.build()
    bench.expect("Orders", "orders", "src/orders")
    assert not (bench.workshop.root / "src" / "orders" / ".cache").exists()


def nested(bench: Bench) -> None:
    bench.template(
        "  Billing:\n    Type: AWS::Serverless::Application\n    Properties: {Location: billing/template.yaml}\n"
        + bench.function("Orders", "src/orders", "x86_64")
    )
    bench.workshop.code("billing/src", "acme-core")
    bench.workshop.write(
        "billing/template.yaml",
        "Transform: AWS::Serverless-2016-10-31\nResources:\n  Invoices:\n    Type: AWS::Serverless::Function\n"
        f"    Properties: {{CodeUri: src, Architectures: [arm64], Runtime: {bench.runtime}, Handler: app.handler}}\n",
    )
    bench.vendor()
    bench.build()
    bench.expect("Billing/Invoices", "src", "billing/src")
    bench.expect("Orders", "orders", "src/orders")


def _one_manifest(bench: Bench, *more: str) -> None:
    bench.workshop.write(
        "ca-vendor.toml",
        'domain = "acme"\nrepository = "python"\nresolver = "uv"\n'
        f'[[bundle]]\nrequirements = "all/requirements.in"\ntarget = "{bench.runtime}-arm64"\n',
    )
    bench.template(bench.function("Orders", "src/orders", "arm64") + bench.function("Reports", "src/reports", "arm64"))
    for name in ("orders", "reports"):
        (bench.workshop.root / "src" / name / "requirements.in").unlink()
    bench.workshop.write("all/requirements.in", "acme-core\n")
    bench.vendor()
    bench.build("--manifest", "all/requirements.txt", *more)
    for name in ("orders", "reports"):
        bench.expect(name.title(), "all", f"src/{name}")


def manifest(bench: Bench) -> None:
    _one_manifest(bench)


def container_manifest(bench: Bench) -> None:
    _one_manifest(bench, *bench.in_container())


def container_plain(bench: Bench) -> None:
    bench.workshop.write(
        "ca-vendor.toml",
        'domain = "acme"\nrepository = "python"\nresolver = "uv"\nwheelhouse = "src/.cache/wheelhouse"\n',
    )
    bench.template(bench.function("Orders", "src", "x86_64"))
    bench.vendor()
    bench.workshop.sam("build", *bench.in_container()).succeeded()
    bench.expect("Orders", "src", "src")


def container(bench: Bench) -> None:
    functions = bench.function("Orders", "src/orders", "x86_64") + bench.function("Reports", "src/reports", "arm64")
    bench.template(functions + bench.layer("x86_64"))
    bench.vendor()
    bench.build(*bench.in_container(), "--parallel", "--cached")
    bench.expect("Orders", "orders", "src/orders")
    bench.expect("Reports", "reports", "src/reports")
    bench.expect("Http", "layer", "layer", below="python")
    assert not list(bench.workshop.root.glob("**/.cache"))


def container_makefile(bench: Bench) -> None:
    bench.template(bench.function("Orders", "src/orders", "arm64", "    Metadata: {BuildMethod: makefile}\n"))
    bench.workshop.write("src/orders/Makefile", MAKEFILE.format(python="python3"))
    bench.vendor()
    bench.build(*bench.in_container())
    bench.expect("Orders", "orders", "src/orders")


def container_samconfig(bench: Bench) -> None:
    bench.template(bench.function("Orders", "src/orders", "arm64"))
    bench.vendor()
    settings = bench.workshop.ca_vendor("env", "--format", "samconfig").succeeded().out
    bench.workshop.write("samconfig.toml", "version = 0.1\n" + settings)
    arguments = ["exec", "--use-container", "--", "sam", "build", *bench.in_container()]
    bench.workshop.ca_vendor(*arguments).succeeded()
    bench.expect("Orders", "orders", "src/orders")


DOCKERFILE = """
FROM {image}
WORKDIR /var/task
COPY . .
RUN python3 -m pip install --no-deps --find-links .cache/ca-vendor --requirement requirements.txt --target . \\
    && rm -r .cache
CMD ["app.handler"]
"""


def image(bench: Bench) -> None:
    assert bench.engine is not None, "needs a container engine"
    bench.in_container()
    bench.workshop.code("src", "acme-core")
    version = bench.runtime.removeprefix("python")
    bench.workshop.write("src/Dockerfile", DOCKERFILE.format(image=bench.engine.images[version]))
    bench.workshop.write(
        "ca-vendor.toml",
        'domain = "acme"\nrepository = "python"\nresolver = "uv"\n'
        f'[[bundle]]\nrequirements = "src/requirements.in"\ntarget = "{bench.runtime}-x86_64"\n',
    )
    bench.workshop.write(
        "template.yaml",
        "Transform: AWS::Serverless-2016-10-31\nResources:\n  Orders:\n    Type: AWS::Serverless::Function\n"
        "    Properties: {PackageType: Image}\n"
        f"    Metadata: {{Dockerfile: Dockerfile, DockerContext: src, DockerTag: {bench.runtime}}}\n",
    )
    bench.vendor()
    bench.build()
    name = f"orders:{bench.runtime}"
    listed = bench.engine.docker("run", "--rm", "--network", "none", name, "ls", "/var/task").stdout.split()
    assert {"app.py", "acme_core", "acme_native"} <= set(listed), listed
    assert not (bench.workshop.root / "src" / ".cache").exists()


ARRANGEMENTS = (
    Arrangement(name="Plain `sam build`", runtimes=HOST_RUNTIMES, build=plain),
    Arrangement(name="Any architecture, layers, `--parallel`", runtimes=HOST_RUNTIMES, build=both_architectures),
    Arrangement(name="`--cached`", runtimes=HOST_RUNTIMES, build=cached),
    Arrangement(name="`python-uv`", runtimes=HOST_RUNTIMES, build=python_uv),
    Arrangement(name="Nested stacks", runtimes=HOST_RUNTIMES, build=nested),
    Arrangement(name="Makefiles", runtimes=HOST_RUNTIMES, build=makefile),
    Arrangement(name="One requirements file", runtimes=HOST_RUNTIMES, build=manifest),
    Arrangement(name="Settings in the environment", runtimes=HOST_RUNTIMES, build=settings_in_the_environment),
    Arrangement(name="`sam sync`", runtimes=HOST_RUNTIMES, build=sync),
    Arrangement(name="Nothing vendored", runtimes=HOST_RUNTIMES, build=online),
    Arrangement(
        name="Plain `sam build --use-container`", runtimes=CONTAINER_RUNTIMES, build=container_plain, in_container=True
    ),
    Arrangement(
        name="Containers, any architecture, layers", runtimes=CONTAINER_RUNTIMES, build=container, in_container=True
    ),
    Arrangement(
        name="Makefiles in containers", runtimes=CONTAINER_RUNTIMES, build=container_makefile, in_container=True
    ),
    Arrangement(
        name="One requirements file in containers",
        runtimes=CONTAINER_RUNTIMES,
        build=container_manifest,
        in_container=True,
    ),
    Arrangement(
        name="Settings in samconfig.toml", runtimes=CONTAINER_RUNTIMES, build=container_samconfig, in_container=True
    ),
    Arrangement(
        name="Nothing vendored, in containers", runtimes=CONTAINER_RUNTIMES, build=container_online, in_container=True
    ),
    Arrangement(name="Image functions", runtimes=CONTAINER_RUNTIMES, build=image, in_container=True),
)
