import os
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from packaging.utils import NormalizedName

from ca_vendor.errors import CaVendorError, ExitCode, InputError
from ca_vendor.requirement import Inputs, InputsError, evaluate_inputs, read_inputs
from ca_vendor.requirement.reading import MAX_INPUT_BYTES
from ca_vendor.target import find_target
from tests.unit.properties import PROPERTY

ARM = find_target("python3.12-arm64")
HEX = "0123456789abcdef" * 4

Read = Callable[..., Inputs]


@pytest.fixture
def read(tmp_path: Path) -> Read:
    """Write the files of a tree, requirements.in first, and read it."""

    def read(text: str | bytes, *, environment: dict[str, str] | None = None, **others: str) -> Inputs:
        for name, content in {"requirements.in": text, **others}.items():
            path = tmp_path / name.replace("__", "/").replace("_", ".")
            path.parent.mkdir(exist_ok=True)
            path.write_bytes(content.encode() if isinstance(content, str) else content)
        return read_inputs(tmp_path / "requirements.in", environment=environment or {})

    return read


def shown(inputs: Inputs) -> list[str]:
    return [str(line.requirement) for line in inputs.requirements]


def test_requirements_keep_order_and_place(read: Read, tmp_path: Path) -> None:
    first, second = read("# top\nRequests>=2\n\nfoo[b,a]==1.0 ; python_version > '3'\n").requirements
    assert (first.name, first.origin, first.number) == ("requests", "-r requirements.in", 2)
    assert (second.number, second.path) == (4, tmp_path / "requirements.in")
    assert second.requirement.extras == {"a", "b"}


@pytest.mark.parametrize(
    "line",
    [
        "foo",
        "foo>=1.0,<2",
        "foo === 1.0-legacy",
        "foo==1.0+cu121",
        "foo==1!2.0",
        "foo~=1.4",
        "foo!=1.*",
        "foo (>=1.0)",
        "foo[extra]",
        "foo ; sys_platform == 'linux'",
        "Foo_Bar.baz",
    ],
)
def test_every_form_of_requirement_is_read(read: Read, line: str) -> None:
    assert len(read(line).requirements) == 1


def test_byte_order_mark_is_no_part_of_the_first_requirement(read: Read) -> None:
    assert shown(read(b"\xef\xbb\xbffoo\n")) == ["foo"]


def test_variables_come_from_the_environment_given(read: Read) -> None:
    assert shown(read("foo==${VERSION}", environment={"VERSION": "1.5"})) == ["foo==1.5"]


def test_process_environment_is_used_when_none_is_given(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FOO_VERSION", "3")
    path = tmp_path / "requirements.in"
    path.write_text("foo==${FOO_VERSION}")
    assert shown(read_inputs(path)) == ["foo==3"]


@pytest.mark.parametrize(
    "text",
    [
        f"foo --hash=sha256:{HEX} --hash=sha256:{'0' * 64}",
        f"foo \\\n --hash sha256:{HEX} \\\n --hash sha256:{'0' * 64}",
    ],
)
def test_hashes_limit_a_project_to_its_files(read: Read, text: str) -> None:
    inputs = evaluate_inputs(read(text + "\nbar"), ARM)
    assert inputs.hashes_of(NormalizedName("foo")) == {HEX, "0" * 64}
    assert inputs.hashes_of(NormalizedName("bar")) == frozenset()


@pytest.mark.parametrize(
    "include",
    ["-r base.in", "-rbase.in", "--requirement base.in", "--requirement=base.in", '-r "base.in"', "-r ./base.in"],
)
def test_included_file_is_read_where_it_stands(read: Read, include: str) -> None:
    inputs = read(f"foo\n{include}\nbar\n", base_in="requests")
    assert [(str(line.requirement), line.origin) for line in inputs.requirements] == [
        ("foo", "-r requirements.in"),
        ("requests", "-r base.in"),
        ("bar", "-r requirements.in"),
    ]


def test_includes_are_relative_to_the_file_that_includes(read: Read) -> None:
    inputs = read("-r sub/one.in\n", sub__one_in="-r two.in\n-c ../limits.txt", sub__two_in="two", limits_txt="two<9")
    assert [line.origin for line in inputs.requirements] == ["-r sub/two.in"]
    assert [line.origin for line in inputs.constraints] == ["-c limits.txt"]


@pytest.mark.parametrize(
    "option", ["-c limits.txt", "-climits.txt", "--constraint limits.txt", "--constraint=limits.txt"]
)
def test_constraints_are_apart_even_where_they_include_requirements(read: Read, option: str) -> None:
    inputs = read(f"foo\n{option}\n", limits_txt="foo<2\n-r more.txt", more_txt="bar<3")
    assert shown(inputs) == ["foo"]
    assert [str(line.requirement) for line in inputs.constraints] == ["foo<2", "bar<3"]


def test_one_file_may_be_included_twice(read: Read) -> None:
    assert shown(read("-r one.in\n-r two.in", one_in="-r base.in", two_in="-r base.in", base_in="foo")) == [
        "foo",
        "foo",
    ]


@pytest.mark.parametrize(("text", "allowed"), [("--pre\nfoo", True), ("foo", False)])
def test_prereleases_are_allowed_by_an_option(read: Read, text: str, allowed: bool) -> None:
    assert evaluate_inputs(read(text), ARM).allow_prereleases is allowed


@pytest.mark.parametrize("option", ["--prefer-binary", "--require-hashes"])
def test_options_that_hold_anyway_are_passed_over(read: Read, option: str) -> None:
    assert shown(read(f"{option}\nfoo")) == ["foo"]


@pytest.mark.parametrize(
    ("text", "line", "problem"),
    [
        ("foo\n--index-url https://x/simple", 2, "`--index-url` does not belong in requirements.in"),
        ("-i https://x/simple", 1, "`-i` does not belong"),
        ("-ihttps://x/simple", 1, "`-i` does not belong"),
        ("--extra-index-url=https://x", 1, "`--extra-index-url` does not belong"),
        ("--find-links vendor", 1, "`--find-links` does not belong"),
        ("-f vendor", 1, "`-f` does not belong"),
        ("--trusted-host x", 1, "`--trusted-host` does not belong"),
        ("--no-index", 1, "`--no-index` does not belong"),
        ("--use-feature=x", 1, "`--use-feature` is not supported"),
        ("-x", 1, "`-x` is not supported"),
        ("-e", 1, "`-e` names no directory"),
        ("-e ../lib", 1, "there is nothing at `../lib`"),
        ("\n\n./lib", 3, "`./lib`: there is nothing at `./lib`"),
        ("../lib[extra]", 1, "there is nothing at `../lib`"),
        ("lib @ file:///no/lib", 1, "there is nothing at `/no/lib`"),
        ("lib-1.0.zip", 1, "there is nothing at `lib-1.0.zip`"),
        ("/srv/lib-1.0.tar.gz", 1, "there is nothing at"),
        ("~nobody-here/lib", 1, "there is nothing at"),
        ("sub ; python > '3'", 1, "is not a requirement"),
        ("./sub ; python > '3'", 1, "`python > '3'` is not a marker"),
        ("./sub/other.in", 1, "`./sub/other.in` is neither a directory, nor a wheel or an sdist"),
        ("./sub --config-settings=x", 1, "`--config-settings` behind a requirement is not supported"),
        ("lib @ https://x/lib-1.0.exe", 1, "it is neither a wheel nor an sdist"),
        ("lib @ https://me:secret@x/lib-1.0.tar.gz", 1, "it holds a user name or password"),
        ("lib @ https://x/lib-1.0.tar.gz#sha256=12", 1, "`12` is not a sha256"),
        ("lib @ git+https://me:secret@x/lib.git", 1, "it holds a password"),
        ("lib @ git+https://x/lib.git@--upload-pack=x", 1, "`--upload-pack=x` is not a revision"),
        ("lib @ git+https://x/lib.git#subdirectory=../..", 1, "the subdirectory `../..` leaves it"),
        ("lib @ hg+https://x/lib", 1, "`hg+https` is not supported"),
        ("ftp://x/lib-1.0.tar.gz", 1, "`ftp` is not supported"),
        ("lib @ file://host/lib", 1, "`host` is another machine"),
        ("foo=1.0", 1, "`foo=1.0` is not a requirement"),
        ("foo==", 1, "`foo==` is not a requirement"),
        ("foo bar", 1, "`foo bar` is not a requirement"),
        ("foo[bar", 1, "`foo[bar` is not a requirement"),
        ("foo ; python > '3'", 1, "is not a requirement"),
        (f"foo --hash=md5:{HEX[:32]}", 1, "only `--hash=sha256:…` with 64 hex digits"),
        (f"foo --hash=sha256:{HEX[:-1]}", 1, "only `--hash=sha256:…` with 64 hex digits"),
        (f"foo --hash=sha256:{HEX.upper()}", 1, "only `--hash=sha256:…` with 64 hex digits"),
        ("foo --hash", 1, "only `--hash=sha256:…` with 64 hex digits"),
        ("foo --global-option=x", 1, "`--global-option` behind a requirement is not supported"),
        ("foo --hash='", 1, "no closing quotation"),
        ("-r", 1, "`-r` names no file"),
        ("--requirement=", 1, "`--requirement` names no file"),
        ("-r missing.in", 1, "there is no file `missing.in`"),
        ("-c .", 1, "there is no file `.`"),
        (f"-r {'x' * 300}.in", 1, "there is no file"),
        ("-r a\0b.in", 1, "there is no file"),
        ("-r https://x/base.in", 1, "`-r https://x/base.in` is not a local file"),
        ("-r requirements.in", 1, "`requirements.in` includes itself"),
        ("foo\n-r ./sub/../requirements.in", 2, "includes itself"),
    ],
    ids=lambda value: value[:40] if isinstance(value, str) else "",
)
def test_unusable_line_is_refused_with_its_number(read: Read, text: str, line: int, problem: str) -> None:
    with pytest.raises(InputsError) as caught:
        read(text, sub__other_in="")
    assert caught.value.line == line
    assert problem in caught.value.message
    assert caught.value.exit_code is ExitCode.INPUT


def test_recursion_through_another_file_is_seen(read: Read) -> None:
    with pytest.raises(InputsError, match=r"`requirements\.in` includes itself"):
        read("-r one.in", one_in="-r requirements.in")


def test_index_option_is_pointed_to_configuration(read: Read) -> None:
    with pytest.raises(InputsError) as caught:
        read("--index-url https://x/simple")
    assert "[tool.ca-vendor]" in caught.value.hint


def test_missing_file_is_told(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="cannot be read: No such file"):
        read_inputs(tmp_path / "requirements.in")


@pytest.mark.parametrize(
    ("data", "problem"), [(b"\xff\xfef\x00o\x00", "is not UTF-8"), (b"#" * (MAX_INPUT_BYTES + 1), "larger")]
)
def test_file_that_is_no_requirements_file_is_told(read: Read, data: bytes, problem: str) -> None:
    with pytest.raises(InputError, match=problem):
        read(data)


def test_message_names_the_file_as_seen_from_here(read: Read, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    with pytest.raises(InputsError, match=r"^`requirements\.in` line 1:"):
        read("foo==")
    (tmp_path / "elsewhere").mkdir()
    monkeypatch.chdir(tmp_path / "elsewhere")
    with pytest.raises(InputsError) as caught:
        read("foo==")
    assert str(tmp_path).replace(os.sep, "/") in caught.value.message


def test_evaluation_keeps_what_holds_and_drops_its_marker(read: Read) -> None:
    text = "\n".join(
        [
            "always",
            "arm ; platform_machine == 'aarch64'",
            "intel ; platform_machine == 'x86_64'",
            "windows ; sys_platform == 'win32'",
            "old ; python_version < '3.12'",
            "new >= 1 ; python_version >= '3.12'",
            "optional ; extra == 'x'",
            "-c limits.txt",
        ]
    )
    inputs = evaluate_inputs(read(text, limits_txt="a<1 ; os_name == 'nt'\nb<1 ; os_name == 'posix'"), ARM)
    assert [str(line.requirement) for line in inputs.requirements] == ["always", "arm", "new>=1"]
    assert [str(line.requirement) for line in inputs.constraints] == ["b<1"]
    assert inputs.requirements[-1].number == 6


def test_evaluation_leaves_the_inputs_as_they_are(read: Read) -> None:
    inputs = read("foo ; python_version >= '3'")
    evaluate_inputs(inputs, ARM)
    assert inputs.requirements[0].requirement.marker is not None


@pytest.mark.parametrize("marker", ["sys_platform ~= 'linux'", "os_name === 'posix'", "'x' in extras"])
def test_marker_that_no_machine_can_evaluate_is_refused_with_its_line(read: Read, marker: str) -> None:
    inputs = read(f"\nfoo ; {marker}")
    with pytest.raises(InputsError, match="cannot be evaluated") as caught:
        evaluate_inputs(inputs, ARM)
    assert caught.value.line == 2


_WORDS = ["foo", "==", "1.0", " ", "\n", "\\\n", "-r ", "-c ", "--hash=", "sha256:", "'", '"', ";", "[", "]", "@ ", "#"]
_WORDS += [
    "python_version",
    "<",
    "${A}",
    "-",
    "--",
    "\0",
    "requirements.in",
    "../",
    "\ufeff",
    "file:",
    "(",
    ")",
    "~=",
    ",",
]


@PROPERTY
@given(
    st.lists(st.sampled_from(_WORDS) | st.text(max_size=3), max_size=12)
    .map("".join)
    .map(lambda text: text.encode("utf-8", "replace"))
    | st.binary(max_size=40)
)
def test_any_bytes_are_inputs_or_an_explained_error(tmp_path_factory: pytest.TempPathFactory, data: bytes) -> None:
    path = tmp_path_factory.getbasetemp() / "requirements.in"
    path.write_bytes(data)
    with suppress(CaVendorError):
        evaluate_inputs(read_inputs(path, environment={"A": "b"}), ARM)
