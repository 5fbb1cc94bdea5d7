"""`ca-vendor build --online`: the same build with nothing vendored, and a token that nothing but us ever has."""

import platform
import shutil
from pathlib import Path

import pytest

from ca_vendor.emulator import Emulator
from ca_vendor.errors import ExitCode
from tests.canary import PROC, Watch, files_holding
from tests.distributions import build_wheel
from tests.integration.sam_build.conftest import RUNTIME, OpenBench, require_sam
from tests.integration.sam_build.decoy import Decoy
from tests.integration.workflows.conftest import tree
from tests.sam_matrix.arrangements import MAKEFILE, Bench
from tests.sam_matrix.workshop import Outcome

pytestmark = pytest.mark.slow

ARCHITECTURE = {"x86_64": "x86_64", "aarch64": "arm64"}.get(platform.machine(), "x86_64")
FOREIGN = {"x86_64": "arm64", "arm64": "x86_64"}[ARCHITECTURE]
UV = "    Metadata: {BuildMethod: python-uv}\n"
MAKE = "    Metadata: {BuildMethod: makefile}\n"


@pytest.fixture
def bench(open_bench: OpenBench, tmp_path: Path) -> Bench:
    """A project of every build method on this machine and both architectures, locked and not fetched."""
    require_sam(RUNTIME)
    bench = open_bench()
    bench.workshop.cut = False
    bench.workshop.environment["TMPDIR"] = f"{tmp_path / 'tmp'}"
    (tmp_path / "tmp").mkdir()
    bench.template(
        bench.function("Orders", "src/orders", "arm64")
        + bench.function("Reports", "src/reports", "x86_64")
        + bench.function("Tools", "src/tools", FOREIGN, UV)
        + bench.function("Made", "src/made", "arm64", MAKE)
    )
    bench.workshop.write("src/made/Makefile", MAKEFILE.format(python=RUNTIME).replace("Orders", "Made"))
    bench.workshop.write("ca-vendor.toml", 'domain = "acme"\nrepository = "python"\nresolver = "uv"\n')
    with Emulator(packages=bench.packages) as emulator:
        bench.workshop.ca_vendor("lock", extra=emulator.environment()).succeeded()
    shutil.rmtree(bench.workshop.home / "store")
    return bench


def build(bench: Bench, *arguments: str) -> tuple[Outcome, Emulator]:
    """Build online, against an index that is gone afterwards but remembers what it was asked."""
    with Emulator(packages=bench.packages) as emulator:
        outcome = bench.workshop.ca_vendor("build", "--online", *arguments, extra=emulator.environment())
    return outcome, emulator


def expect_all(bench: Bench) -> None:
    for name in ("orders", "reports", "tools", "made"):
        bench.expect(name.title(), name, f"src/{name}", is_vendored=False)


def project_files(bench: Bench) -> dict[str, bytes]:
    return {path: content for path, content in tree(bench.workshop.root).items() if not path.startswith(".aws-sam/")}


@pytest.mark.skipif(not PROC.is_dir(), reason="needs /proc to look into other processes")
@pytest.mark.parametrize("is_given", [False, True], ids=["asked of AWS", "given in the environment"])
def test_no_process_and_no_file_has_the_token(bench: Bench, tmp_path: Path, decoy: Decoy, is_given: bool) -> None:
    decoy.tempt(bench.workshop)
    del bench.workshop.environment["CODEARTIFACT_AUTH_TOKEN"]
    before = project_files(bench)
    with Emulator(packages=bench.packages) as emulator, Watch() as watch:
        given = {"CODEARTIFACT_AUTH_TOKEN": emulator.issue_token().value} if is_given else {}
        extra = {**emulator.environment(), **given, "AWS_SESSION_TOKEN": ""}
        outcome = bench.workshop.ca_vendor(
            "build", "--online", "--parallel", "--beta-features", extra=extra
        ).succeeded()
    expect_all(bench)
    assert project_files(bench) == before
    assert not list((tmp_path / "tmp").glob("ca-vendor-*"))
    assert decoy.requests == []
    tokens = [token.value for token in emulator.tokens.issued]
    assert len(tokens) == 1
    for program in (b"pip", b"uv", b"make"):
        assert watch.running(program), f"{program!r} was not seen, so nothing would be shown"
    for token in tokens:
        holders = [seen for seen in watch.seen if seen.holds(token)]
        # Our own process was given it, by its user, in its environment.
        assert all(is_given and b"ca_vendor" in seen.cmdline and token.encode() in seen.environ for seen in holders)
        assert not [seen for seen in watch.seen if token.encode() in seen.cmdline]
        assert not files_holding(token, tmp_path)
        assert token not in outcome.out + outcome.err


def test_the_token_is_the_shortest_lived_there_is(bench: Bench) -> None:
    outcome, emulator = build(bench, "Orders")
    outcome.succeeded()
    [token] = emulator.tokens.issued
    assert token.expires_at - token.issued_at == 900


def test_requirements_that_name_a_wheelhouse_which_is_not_there(bench: Bench) -> None:
    with Emulator(packages=bench.packages) as emulator:
        bench.workshop.ca_vendor("fetch", extra=emulator.environment()).succeeded()
    shutil.rmtree(bench.workshop.root / "vendor" / "wheelhouse")
    shutil.rmtree(bench.workshop.home / "store")
    before = project_files(bench)
    build(bench, "--beta-features")[0].succeeded()
    expect_all(bench)
    assert project_files(bench) == before
    assert not (bench.workshop.root / "vendor" / "wheelhouse").exists()


def test_what_is_vendored_needs_no_index(bench: Bench) -> None:
    with Emulator(packages=bench.packages) as emulator:
        bench.workshop.ca_vendor("fetch", extra=emulator.environment()).succeeded()
    shutil.rmtree(bench.workshop.home / "store")
    bench.workshop.ca_vendor("build", "--online", "Orders").succeeded()
    bench.expect("Orders", "orders", "src/orders")


def test_another_file_than_the_locked_one_is_refused(bench: Bench) -> None:
    [wheel] = bench.packages.glob("acme_core-*.whl")
    wheel.unlink()
    build_wheel(bench.packages, "acme-core", "1.1.0", files={"evil.py": ""})
    outcome, _ = build(bench, "Orders")
    assert outcome.code == ExitCode.INTEGRITY
    assert "acme_core-1.1.0" in outcome.err
    assert not (bench.workshop.root / ".aws-sam").exists()


def test_stale_lock_and_edited_requirements(bench: Bench) -> None:
    path = bench.workshop.root / "src" / "orders" / "requirements.txt"
    text = path.read_text()
    path.write_text(text.replace("acme-core==1.1.0", "acme-core==1.0.0"))
    outcome, emulator = build(bench, "Orders")
    assert outcome.code == ExitCode.STALE
    assert "`src/orders/requirements.txt` is not what the lock says" in outcome.err
    path.unlink()
    assert "there is no `src/orders/requirements.txt`" in build(bench, "Orders")[0].err
    path.write_text(text)
    bench.workshop.write("src/orders/requirements.in", "acme-http\n")
    assert "has changed since it was locked" in build(bench, "Orders")[0].err
    assert not emulator.tokens.issued


def test_expired_token_is_told_before_sam_starts(bench: Bench) -> None:
    with Emulator(packages=bench.packages) as emulator:
        extra = {**emulator.environment(), "CODEARTIFACT_AUTH_TOKEN": "expired"}
        outcome = bench.workshop.ca_vendor("build", "--online", extra=extra)
    assert outcome.code == ExitCode.REFUSED
    assert "HTTP 401" in outcome.err
    assert "hint: " in outcome.err
    assert not (bench.workshop.root / ".aws-sam").exists()


def test_no_credentials_are_told_before_sam_starts(bench: Bench) -> None:
    outcome = bench.workshop.ca_vendor("build", "--online")
    assert outcome.code == ExitCode.CREDENTIALS
    assert "hint: " in outcome.err
    assert not (bench.workshop.root / ".aws-sam").exists()


def _unlocked(bench: Bench, *functions: tuple[str, str, str]) -> None:
    lines = ""
    for name, architecture, more in functions:
        lines += bench.function(name, f"src/{name.lower()}", architecture, more)
        (bench.workshop.root / "src" / name.lower() / "requirements.in").unlink()
        bench.workshop.write(f"src/{name.lower()}/requirements.txt", "acme-core>=1\n")
    template = bench.workshop.root / "template.yaml"
    template.write_text(template.read_text() + lines)


def test_requirements_that_no_lock_describes(bench: Bench) -> None:
    _unlocked(bench, ("Old", ARCHITECTURE, ""), ("Swift", FOREIGN, UV))
    before = project_files(bench)
    build(bench, "--parallel", "--beta-features")[0].succeeded()
    expect_all(bench)
    for name in ("Old", "Swift"):
        artifact = bench.workshop.artifact(name)
        assert (artifact / "acme_core").is_dir()
        [library] = artifact.glob("acme_native/*.so")
        machine = {"x86_64": "x86_64", "arm64": "aarch64"}[ARCHITECTURE if name == "Old" else FOREIGN]
        assert library.name == f"_speed.cp312-{machine}-linux-gnu.so"
    assert project_files(bench) == before


def test_requirements_that_pip_would_judge_by_this_machine(bench: Bench) -> None:
    _unlocked(bench, ("Old", FOREIGN, ""))
    outcome, emulator = build(bench)
    assert outcome.code == ExitCode.STALE
    assert f"which is not {FOREIGN} Linux" in outcome.err
    assert "rename its requirements.txt to requirements.in" in outcome.err
    assert not emulator.tokens.issued


def test_one_unlocked_file_for_two_targets(bench: Bench) -> None:
    _unlocked(bench, ("Old", ARCHITECTURE, ""))
    template = bench.workshop.root / "template.yaml"
    twin = bench.function("Twin", "src/old", FOREIGN)
    (bench.workshop.root / "src" / "old" / "requirements.in").unlink()
    template.write_text(template.read_text() + twin)
    outcome, _ = build(bench)
    assert outcome.code == ExitCode.INPUT
    assert "`src/old/requirements.txt` is used for 2 targets" in outcome.err


def test_no_index_for_what_has_no_lock(bench: Bench) -> None:
    _unlocked(bench, ("Old", ARCHITECTURE, ""))
    (bench.workshop.root / "ca-vendor.toml").write_text("")
    outcome, _ = build(bench, "Old")
    assert outcome.code == ExitCode.CONFIGURATION
    assert "no index is configured" in outcome.err
