"""One canary token through everything, then looked for everywhere."""

import subprocess
import sys
from pathlib import Path

import pytest

from ca_vendor.emulator import Emulator
from tests.canary import PROC, Watch, files_holding
from tests.integration.workflows.conftest import Result, run_command

AWS_SECRET = "canary-aws-secret-access-key"

pytestmark = pytest.mark.skipif(not PROC.is_dir(), reason="needs /proc to look into other processes")


@pytest.fixture
def canary(emulator: Emulator) -> str:
    """A token that the index accepts and that is easy to recognise."""
    return emulator.issue_token().value


@pytest.fixture
def places(project: Path, clean_environment: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> list[Path]:
    """Every directory a run may write to: project, home, store, and a temporary directory of its own."""
    temporary = tmp_path / "tmp"
    temporary.mkdir()
    monkeypatch.setenv("TMPDIR", str(temporary))
    return [project, clean_environment, tmp_path / "store", temporary]


def run_all() -> tuple[list[Result], Watch]:
    """Run every command that has anything to do with the index, a failing one among them."""
    with Watch() as watch:
        arguments = ("lock -v", "lock -v --upgrade --resolver uv", "fetch -v", "check -v")
        results = [run_command(line.split()) for line in arguments]
        Path("src/orders/requirements.in").write_text("acme-core==77\n")
        results.append(run_command(["lock", "-v"]))
    assert [result.code for result in results] == [0, 0, 0, 0, 7], results
    assert watch.running(b"piptools"), "the resolver was not seen, so nothing would be shown"
    return results, watch


def test_a_given_token_stays_in_the_process_it_was_given_to(
    places: list[Path], canary: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CODEARTIFACT_AUTH_TOKEN", canary)
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", AWS_SECRET)
    results, watch = run_all()
    for secret in (canary, AWS_SECRET):
        assert not [result for result in results if secret in result.out + result.err]
        # Our own process was given it in its environment, by its user; no other may have it, and none in argv.
        assert all(b"ca_vendor" in seen.cmdline for seen in watch.seen if seen.holds(secret))
        assert not [seen for seen in watch.seen if secret.encode() in seen.cmdline]
        assert not files_holding(secret, *places)


def test_a_token_asked_of_aws_is_nowhere(places: list[Path], emulator: Emulator) -> None:
    results, watch = run_all()
    tokens = [token.value for token in emulator.tokens.issued]
    assert tokens
    for token in tokens:
        assert not [seen for seen in watch.seen if seen.holds(token)]
        assert not [result for result in results if token in result.out + result.err]
        assert not files_holding(token, *places)


def test_the_resolver_gets_no_variable_of_ours(project: Path) -> None:
    with Watch() as watch:
        assert run_command(["lock"]).code == 0
    resolvers = watch.running(b"piptools")
    assert resolvers
    for seen in resolvers:
        names = {entry.partition(b"=")[0] for entry in seen.environ.split(b"\0") if entry}
        assert not [name for name in names if name.startswith((b"AWS", b"CODEARTIFACT", b"CA_VENDOR", b"HTTP"))]


def test_an_exception_with_locals_does_not_show_it(project: Path, canary: str) -> None:
    code = (
        "import sys, traceback\n"
        "from ca_vendor.credential import Credential, Secret\n"
        "credential = Credential(username='aws', password=Secret(sys.stdin.read()))\n"
        "try:\n"
        "    raise RuntimeError(f'{credential!r} {credential.password} {credential.password!r}')\n"
        "except RuntimeError as error:\n"
        "    print(''.join(traceback.TracebackException.from_exception(error, capture_locals=True).format()))\n"
    )
    done = subprocess.run([sys.executable, "-c", code], input=canary, capture_output=True, text=True, check=True)
    assert "Secret('********')" in done.stdout
    assert canary not in done.stdout
