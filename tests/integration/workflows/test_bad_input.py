"""Bad input: a clear error with the next step, an exit code of its own, and nothing changed on disk."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest

from ca_vendor.emulator import Emulator
from tests.integration.workflows.conftest import Command, tree

Prepare = Callable[[Path, pytest.MonkeyPatch, Emulator], None]


@dataclass(frozen=True)
class Case:
    """Something wrong, and what the user is told."""

    prepare: Prepare
    code: int
    says: tuple[str, ...]
    hint: str
    command: tuple[str, ...] = ("lock",)


def write(path: str, text: str) -> Prepare:
    """Write a file of the project."""

    def prepare(project: Path, monkeypatch: pytest.MonkeyPatch, emulator: Emulator) -> None:
        (project / path).write_text(text)

    return prepare


def without_credentials(project: Path, monkeypatch: pytest.MonkeyPatch, emulator: Emulator) -> None:
    monkeypatch.delenv("AWS_ACCESS_KEY_ID")
    monkeypatch.delenv("AWS_SECRET_ACCESS_KEY")


def with_expired_token(project: Path, monkeypatch: pytest.MonkeyPatch, emulator: Emulator) -> None:
    monkeypatch.setenv("CODEARTIFACT_AUTH_TOKEN", "eyJ.expired.token")


def without_network(project: Path, monkeypatch: pytest.MonkeyPatch, emulator: Emulator) -> None:
    monkeypatch.setenv("AWS_ENDPOINT_URL_CODEARTIFACT", "http://127.0.0.1:9")


def with_wheelhouse_in_the_way(project: Path, monkeypatch: pytest.MonkeyPatch, emulator: Emulator) -> None:
    (project / "vendor").write_text("a file where a directory must be")


ORDERS = "src/orders/requirements.in"

CASES = {
    "unknown domain": Case(
        write("ca-vendor.toml", 'domain = "amce"\nrepository = "python"\n'),
        13,
        ("there is no domain `amce` in us-east-1",),
        "check `domain`",
    ),
    "unknown repository": Case(
        write("ca-vendor.toml", 'domain = "acme"\nrepository = "pyhton"\n'),
        13,
        ("there is no repository `acme/pyhton` in us-east-1",),
        "aws codeartifact list-repositories",
    ),
    "no credentials": Case(without_credentials, 5, ("no usable AWS credentials",), "aws sso login"),
    "expired token": Case(
        with_expired_token, 14, ("did not accept the credentials (HTTP 401)",), "CODEARTIFACT_AUTH_TOKEN"
    ),
    "no network": Case(without_network, 6, ("could not be asked of AWS",), "check the network"),
    "no such package": Case(
        write(ORDERS, "acme-odrers\n"),
        15,
        ("there is no project `acme-odrers`", "`-r requirements.in` requires it"),
        "check its spelling",
    ),
    "no such package, required by another": Case(
        write(ORDERS, "acme-core>=1.1\nacme-lost\n"), 15, ("there is no project `acme-lost`",), "spelling"
    ),
    "no such version": Case(
        write(ORDERS, "acme-core==9\n"),
        7,
        ("no version of the index satisfies `acme-core==9`", "newest there: 2.0.0, 1.1.0, 1.0.0"),
        "loosen the requirement",
    ),
    "no wheel for the target": Case(
        write(ORDERS, "acme-native==2.2\n"),
        8,
        (
            "no file of `acme-native==2.2` fits python3.12-arm64 (glibc 2.34)",
            "`acme_native-2.2-cp312-cp312-manylinux_2_38_aarch64.whl` needs glibc 2.38",
        ),
        "`acme-native==2.1` fits; require that",
    ),
    "another Python needed": Case(
        write(ORDERS, "acme-core==2.0.0\n"),
        8,
        ("no file of `acme-core==2.0.0` fits python3.12-arm64", "requires Python >=3.13"),
        "move the function to python3.13",
    ),
    "an sdist alone": Case(
        write(ORDERS, "--only-binary acme-source\nacme-source\n"),
        8,
        ("no file of `acme-source==1.0` fits", "`acme_source-1.0.tar.gz` is an sdist, excluded by `only-binary`"),
        'build its sdist, with `no-binary = ["acme-source"]`',
    ),
    "contradicting requirements": Case(
        write(ORDERS, "acme-core==1.1.0\nacme-native<2\n"),
        7,
        ("no version of the index satisfies `acme-native<2`",),
        "loosen",
    ),
    "conflict": Case(
        write(ORDERS, "acme-orders\nacme-core==1.0.0\nacme-core>=1.1\n"),
        7,
        ("the requirements contradict each other", "requires `acme-core==1.0.0`", "requires `acme-core>=1.1`"),
        "loosen one of these",
    ),
    "unparsable requirements.in": Case(
        write(ORDERS, "# fine\nacme-core >= = 1\n"),
        4,
        ("`src/orders/requirements.in` line 2: `acme-core >= = 1` is not a requirement",),
        "write it as in",
    ),
    "index option in requirements.in": Case(
        write(ORDERS, "--extra-index-url https://user:password@example.com/simple\nacme-core\n"),
        4,
        ("line 1: `--extra-index-url` does not belong in requirements.in",),
        "[tool.ca-vendor]",
    ),
    "a template that is not one": Case(
        write("template.yaml", "just: text\n"), 12, ("template.yaml", "Resources"), "is this the right file?"
    ),
    "a template that is not YAML": Case(write("template.yaml", "a: [1\n"), 12, ("template.yaml",), ""),
    "unknown runtime": Case(
        write(
            "template.yaml",
            "Resources:\n  Orders:\n    Type: AWS::Serverless::Function\n"
            "    Properties: {Runtime: python3.7, Handler: a.b, CodeUri: src/orders}\n",
        ),
        8,
        ("unknown target `python3.7-x86_64`", "known: python3.9-arm64"),
        "[tool.ca-vendor.targets",
    ),
    "unknown setting": Case(
        write("ca-vendor.toml", 'domian = "acme"\n'), 3, ("`domian` is not a setting",), "did you mean `domain`?"
    ),
    "password in the index URL": Case(
        write("ca-vendor.toml", 'index-url = "https://aws:secret@example.com/simple/"\n'),
        3,
        ("`index-url` must not hold a user name or password",),
        "",
    ),
    "a file where vendor/ must be": Case(
        with_wheelhouse_in_the_way, 11, ("cannot be read: not a directory",), "permissions"
    ),
    "unknown bundle": Case(
        write("notes", ""),
        4,
        ("there is no bundle `odrers`", "known: orders, reports"),
        "name a bundle",
        ("lock", "odrers"),
    ),
}


@pytest.mark.parametrize("case", CASES.values(), ids=CASES.keys())
def test_bad_input(
    case: Case, project: Path, emulator: Emulator, ca_vendor: Command, monkeypatch: pytest.MonkeyPatch
) -> None:
    case.prepare(project, monkeypatch, emulator)
    before = tree(project)
    result = ca_vendor(*case.command)
    assert result.code == case.code, result.err
    assert result.err.startswith("error: ")
    assert result.out == ""
    for text in case.says:
        assert text in result.err
    assert case.hint in result.err.partition("hint: ")[2]
    assert "Traceback" not in result.err
    assert "password" not in result.err.replace("user name or password", "").replace("token or password", "")
    assert tree(project) == before


def test_a_read_only_wheelhouse_changes_nothing(project: Path, ca_vendor: Command) -> None:
    ca_vendor("lock")
    # A file in the way stops even root, whom permissions do not.
    (project / "vendor" / "wheelhouse").write_text("in the way")
    before = tree(project)
    result = ca_vendor("fetch")
    assert result.code == 11
    assert "cannot be written" in result.err
    assert tree(project) == before
