"""The tools, each as its user would call it for a Lambda target."""

import json
import os
import shutil
import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from benchmarks.measuring import Command
from benchmarks.sets import TARGET, Set
from ca_vendor.emulator import Emulator
from ca_vendor.target import marker_environment, supported_tags

_UV_PLATFORM = ("--python-platform", f"{TARGET.architecture.machine}-manylinux_2_34", "--python-version", "3.12")
_KEPT = ("PATH", "LANG", "LC_ALL", "SYSTEMROOT", "TMPDIR")


@dataclass(frozen=True, slots=True, kw_only=True)
class Toolbox:
    """Where the programs are, and what they need to know.

    Attributes:
        directory: of the programs that are measured against; ours is that of the running interpreter.
        emulator: the index.
        pex_root: what pex keeps once it has set itself up.
        scratch: for sites.
    """

    directory: Path
    emulator: Emulator
    pex_root: Path
    scratch: Path

    def program(self, name: str) -> str:
        """Return the path of a program of the others."""
        return str(self.directory / name)


@dataclass(slots=True, kw_only=True)
class Site:
    """A project of one tool, with that tool's caches.

    Attributes:
        lines: of its requirements.in.
    """

    toolbox: Toolbox
    root: Path
    lines: Sequence[str] = ()
    extra_environment: Mapping[str, str] = field(default_factory=dict)

    @property
    def cache(self) -> Path:
        """Where the tool keeps what it has downloaded."""
        return self.root / "cache"

    def write(self, lines: Sequence[str]) -> None:
        """Write requirements.in."""
        self.lines = tuple(lines)
        (self.root / "requirements.in").write_text("".join(f"{line}\n" for line in lines))

    def command(self, *argv: str) -> Command:
        """Return a command that runs here, with a home of its own and no configuration of this machine."""
        home = self.root / "home"
        home.mkdir(exist_ok=True)
        environment = {name: os.environ[name] for name in _KEPT if name in os.environ}
        environment |= {"HOME": str(home), "PIP_CONFIG_FILE": os.devnull, "PIP_DISABLE_PIP_VERSION_CHECK": "1"}
        environment |= {"UV_NO_CONFIG": "1", "CA_VENDOR_CACHE_DIR": str(self.cache), **self.extra_environment}
        return Command(argv=argv, environment=environment, directory=self.root)


@dataclass(frozen=True, slots=True, kw_only=True)
class Tool:
    """A way to lock and to fetch.

    Attributes:
        lock: makes the command that pins requirements.in; ``None`` where it only fetches.
        fetch: makes the command that downloads what is pinned; ``None`` where it only locks.
        is_slow: whether it takes minutes: it is run once, however many rounds there are.
    """

    name: str
    lock: Callable[[Site], Command] | None = None
    fetch: Callable[[Site], Command] | None = None
    is_slow: bool = False


def new_site(toolbox: Toolbox, name: str, requirements: Set) -> Site:
    """Return an empty site: requirements, configuration, no cache."""
    root = toolbox.scratch / f"{name}-{requirements.name}".replace(" ", "-").replace("/", "-")
    shutil.rmtree(root, ignore_errors=True)
    root.mkdir(parents=True)
    site = Site(toolbox=toolbox, root=root)
    site.write(requirements.requirements)
    emulator = toolbox.emulator
    (root / "ca-vendor.toml").write_text(
        f'domain = "{emulator.domain}"\nrepository = "{emulator.repository}"\nregion = "{emulator.region}"\n\n'
        f'[[bundle]]\nrequirements = "requirements.in"\ntarget = "{TARGET.name}"\nname = "app"\n'
    )
    (root / "platform.json").write_text(json.dumps(_complete_platform()))
    return site


def drop_caches(site: Site) -> None:
    """Let a site forget all it has downloaded, its locks apart."""
    for name in ("cache", "home", "wheels", "installed", "vendor/wheelhouse"):
        shutil.rmtree(site.root / name, ignore_errors=True)


def _complete_platform() -> Mapping[str, object]:
    return {
        "marker_environment": dict(marker_environment(TARGET)),
        "compatible_tags": [str(tag) for tag in supported_tags(TARGET)],
    }


def _ours(site: Site, *arguments: str) -> Command:
    site.extra_environment = site.toolbox.emulator.environment()
    return site.command(str(Path(sys.executable).with_name("ca-vendor")), *arguments)


def ours(*arguments: str) -> Callable[[Site], Command]:
    """Return what makes a command of ca-vendor."""
    return lambda site: _ours(site, *arguments)


def _ours_given(*arguments: str) -> Callable[[Site], Command]:
    """Return what makes a command that is given the index's address and a token, as the others are."""

    def command(site: Site) -> Command:
        emulator = site.toolbox.emulator
        site.extra_environment = {
            "CA_VENDOR_INDEX_USERNAME": "aws",
            "CA_VENDOR_INDEX_PASSWORD": emulator.issue_token().value,
        }
        program = str(Path(sys.executable).with_name("ca-vendor"))
        return site.command(program, *arguments, "--quiet", "--index-url", emulator.index_url)

    return command


def _index(site: Site) -> str:
    return site.toolbox.emulator.authenticated_index_url()


def _pip_compile(*options: str) -> Callable[[Site], Command]:
    def command(site: Site) -> Command:
        argv = (site.toolbox.program("pip-compile"), "--quiet", "--no-header", "--strip-extras", *options)
        return site.command(*argv, "--cache-dir", str(site.cache), "--index-url", _index(site), "requirements.in")

    return command


def _uv_lock(site: Site) -> Command:
    argv: tuple[str, ...] = (
        site.toolbox.program("uv"),
        "pip",
        "compile",
        "--quiet",
        "--generate-hashes",
        *_UV_PLATFORM,
    )
    argv += ("--python", _python(site))
    argv += ("--only-binary", ":all:", "--cache-dir", str(site.cache), "--default-index", _index(site))
    return site.command(*argv, "--output-file", "requirements.txt", "requirements.in")


def _uv_install(site: Site) -> Command:
    argv: tuple[str, ...] = (
        site.toolbox.program("uv"),
        "pip",
        "install",
        "--quiet",
        *_UV_PLATFORM,
        "--python",
        _python(site),
    )
    argv += ("--only-binary", ":all:", "--no-deps", "--cache-dir", str(site.cache), "--default-index", _index(site))
    return site.command(*argv, "--target", "installed", "--requirements", "requirements.txt")


def _python(site: Site) -> str:
    return site.toolbox.program("python")


def _pip_download(site: Site) -> Command:
    platforms = dict.fromkeys(tag.platform for tag in supported_tags(TARGET) if tag.platform != "any")
    argv: tuple[str, ...] = (site.toolbox.program("pip"), "download", "--quiet", "--no-deps", "--only-binary", ":all:")
    argv += ("--python-version", "3.12", "--implementation", "cp", "--abi", "cp312", "--abi", "abi3", "--abi", "none")
    argv += tuple(word for platform in platforms for word in ("--platform", platform))
    argv += ("--cache-dir", str(site.cache), "--index-url", _index(site), "--dest", "wheels")
    return site.command(*argv, "--requirement", "requirements.txt")


def _pex(site: Site, *arguments: str) -> Command:
    if not site.cache.exists():
        shutil.copytree(site.toolbox.pex_root, site.cache, symlinks=True)
    emulator = site.toolbox.emulator
    argv: tuple[str, ...] = (site.toolbox.program("pex3"), *arguments, "--no-pypi", "--index-url", emulator.index_url)
    argv += ("--pip-version", "26.1.2", "--complete-platform", "platform.json", "--wheel", "--no-build")
    command = site.command(*argv, "--pex-root", str(site.cache))
    # With the credentials in the URL its locks come out empty.
    netrc = site.root / "home" / ".netrc"
    netrc.write_text(f"machine 127.0.0.1 login aws password {emulator.issue_token().value}\n")
    netrc.chmod(0o600)
    return command


def _pex_lock(site: Site) -> Command:
    return _pex(site, "lock", "create", "--style", "strict", "-r", "requirements.in", "--output", "pex.lock")


def _pex_download(site: Site) -> Command:
    return _pex(site, "download", "--lock", "pex.lock", "--dest-dir", "wheels")


def set_up_pex(toolbox: Toolbox, requirements: Set) -> None:
    """Let pex set up the pip it uses, once: it is no part of what is measured."""
    import subprocess

    if not toolbox.pex_root.exists():
        toolbox.pex_root.mkdir(parents=True)
        site = new_site(toolbox, "pex-set-up", requirements)
        site.write(["bench-tiny-009"])
        command = _pex_lock(site)
        subprocess.run(
            command.argv, env=dict(command.environment), cwd=command.directory, check=True, capture_output=True
        )
        shutil.rmtree(toolbox.pex_root)
        shutil.copytree(site.cache, toolbox.pex_root, symlinks=True)


OURS = Tool(name="ca-vendor", lock=ours("lock", "--quiet"), fetch=ours("fetch", "--quiet"))
OURS_UV = Tool(name="ca-vendor, uv", lock=ours("lock", "--quiet", "--resolver", "uv"), fetch=ours("fetch", "--quiet"))
OURS_GIVEN = Tool(
    name="ca-vendor, uv, token given", lock=_ours_given("lock", "--resolver", "uv"), fetch=_ours_given("fetch")
)
UV = Tool(name="uv", lock=_uv_lock, fetch=_uv_install)
PIP_COMPILE = Tool(name="pip-compile", lock=_pip_compile(), is_slow=True)
PIP_COMPILE_HASHES = Tool(name="pip-compile --generate-hashes", lock=_pip_compile("--generate-hashes"), is_slow=True)
PIP_DOWNLOAD = Tool(name="pip download", fetch=_pip_download, is_slow=True)
PEX = Tool(name="pex3", lock=_pex_lock, fetch=_pex_download, is_slow=True)
