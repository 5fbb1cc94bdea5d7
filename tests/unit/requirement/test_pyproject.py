from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from packaging.utils import canonicalize_name

from ca_vendor.errors import ExitCode, InputError
from ca_vendor.requirement import (
    Chosen,
    GitReference,
    Inputs,
    InputsError,
    PathReference,
    ProjectFileError,
    UrlReference,
    has_project_table,
    read_project_inputs,
)
from tests.unit.properties import PROPERTY

Read = Callable[..., Inputs]

FULL = """\
[project]
name = "Acme.Orders"
version = "1.0"
requires-python = ">=3.12"
dependencies = [
    "requests[socks]>=2",
    'pywin32; sys_platform == "win32"',
]

[project.optional-dependencies]
Fast_json = ["orjson"]
all = ["acme-orders[fast-json,aws]", "rich"]
aws = ["boto3", "acme_orders[all]"]

[dependency-groups]
Base = ["typing-extensions"]
lambda = ["aws-lambda-powertools>=3", {include-group = "base"}]
cycle = [{include-group = "cycle"}]
"""


@pytest.fixture
def read(tmp_path: Path) -> Read:
    def read(
        text: str, extras: tuple[str, ...] = (), groups: tuple[str, ...] = (), members: tuple[str, ...] = ()
    ) -> Inputs:
        (tmp_path / "pyproject.toml").write_text(text)
        chosen = Chosen(extras=tuple(map(canonicalize_name, extras)), groups=tuple(map(canonicalize_name, groups)))
        names = [canonicalize_name(name) for name in members]
        return read_project_inputs(tmp_path / "pyproject.toml", chosen=chosen, members=names)

    return read


def shown(inputs: Inputs) -> list[tuple[str, str, int]]:
    return [(str(line.requirement), line.origin, line.number) for line in inputs.requirements]


def test_dependencies_are_read_with_the_line_they_stand_in(read: Read) -> None:
    inputs = read(FULL)
    assert shown(inputs) == [
        ("requests[socks]>=2", "pyproject.toml", 6),
        ('pywin32; sys_platform == "win32"', "pyproject.toml", 7),
    ]
    assert inputs.requires_python == ">=3.12"


def test_extras_are_followed_where_they_name_each_other(read: Read) -> None:
    inputs = read(FULL, extras=("all",))
    assert [(text, origin) for text, origin, _ in shown(inputs)[2:]] == [
        ("rich", "pyproject.toml (extra all)"),
        ("boto3", "pyproject.toml (extra aws)"),
        ("orjson", "pyproject.toml (extra fast-json)"),
    ]


def test_extra_that_is_no_requirement_is_told(read: Read) -> None:
    with pytest.raises(InputsError, match="`a b` is not a requirement"):
        read('[project]\nname = "x"\n[project.optional-dependencies]\na = ["a b"]\n', extras=("a",))


def test_groups_include_each_other(read: Read) -> None:
    assert shown(read(FULL, groups=("lambda",)))[2:] == [
        ("aws-lambda-powertools>=3", "pyproject.toml (group lambda)", 17),
        ("typing-extensions", "pyproject.toml (group lambda)", 16),
    ]


def test_group_needs_no_project(read: Read) -> None:
    assert [text for text, _, _ in shown(read('[dependency-groups]\nrun = ["foo"]\n', groups=("run",)))] == ["foo"]


@pytest.mark.parametrize(
    ("text", "extras", "groups", "problem"),
    [
        ("x = [", (), (), "it is not TOML"),
        ("", (), (), "there is no `[project]`"),
        ("[dependency-groups]\na = []\n", ("x",), ("a",), "there is no `[project]` that has an extra `x`"),
        ("project = 1\n", (), (), "`project` must be a table"),
        ('[project]\ndynamic = ["dependencies"]\n', (), (), "its `dependencies` are dynamic"),
        ('[project]\ndynamic = ["optional-dependencies"]\n', ("x",), (), "its `optional-dependencies` are dynamic"),
        ("[project]\ndependencies = 1\n", (), (), "`project.dependencies` must be an array of strings"),
        ("[project]\noptional-dependencies = 1\n", ("x",), (), "must be a table"),
        ("[project]\n[project.optional-dependencies]\nx = 1\n", ("x",), (), "must be an array of strings"),
        (FULL, ("fast-jason",), (), "it has no extra `fast-jason`"),
        (FULL, (), ("lamda",), "it has no group `lamda`"),
        (FULL, (), ("cycle",), "the dependency group `cycle`: Cyclic"),
        ("[dependency-groups]\na = [1]\n", (), ("a",), "the dependency group `a`: "),
        ("[dependency-groups]\na = ['b c']\n", (), ("a",), "the dependency group `a`: "),
        ("dependency-groups = 1\n", (), ("a",), "`dependency-groups` must be a table"),
    ],
)
def test_tables_that_cannot_be_used_are_told(
    read: Read, text: str, extras: tuple[str, ...], groups: tuple[str, ...], problem: str
) -> None:
    with pytest.raises(ProjectFileError) as caught:
        read(text, extras, groups)
    assert problem in caught.value.problem
    assert caught.value.exit_code is ExitCode.INPUT


def test_nearest_name_is_offered(read: Read) -> None:
    with pytest.raises(ProjectFileError) as caught:
        read(FULL, groups=("lamda",))
    assert caught.value.hint == "did you mean `lambda`?"
    with pytest.raises(ProjectFileError) as caught:
        read('[project]\nname = "x"\n', extras=("zzz",))
    assert caught.value.hint == "it has: none"


@pytest.mark.parametrize("text", ["not a requirement", "./libs/common", "foo @ file:nowhere", "foo @ ftp://host/x.whl"])
def test_requirement_that_cannot_be_used_is_told_with_its_line(read: Read, text: str) -> None:
    with pytest.raises(InputsError) as caught:
        read(f'[project]\ndependencies = ["{text}"]\n')
    assert (caught.value.line, text.partition(" @ ")[0] in caught.value.problem) == (2, True)
    assert caught.value.hint


SOURCES = """\
[project]
dependencies = ["common[fast]>=1; python_version > '3'", "linked", "cloned", "plain", "ours"]
[tool.uv.sources]
Common = { path = "libs/a common", editable = true }
linked = { url = "https://host/linked-1.0.tar.gz", subdirectory = "python" }
cloned = { git = "https://host/x.git", tag = "v1", subdirectory = "a" }
ours = { workspace = true }
"""


def test_sources_of_uv_are_taken_where_they_name_a_place(read: Read, tmp_path: Path) -> None:
    (tmp_path / "libs/a common").mkdir(parents=True)
    inputs = read(SOURCES, members=("ours",))
    assert [str(line.requirement) for line in inputs.requirements] == [
        'common[fast]>=1; python_version > "3"',
        "plain",
        "ours",
    ]
    common, linked, cloned = (line.direct for line in inputs.direct)
    assert common.reference == PathReference(path=tmp_path / "libs/a common", place="libs/a common")
    assert [*common.extras, str(common.marker)] == ["fast", 'python_version > "3"']
    assert linked.reference == UrlReference(url="https://host/linked-1.0.tar.gz", subdirectory="python")
    assert cloned.reference == GitReference(url="https://host/x.git", revision="v1", subdirectory="a")


@pytest.mark.parametrize(
    ("source", "problem"),
    [
        ("{ workspace = true }", "it is of the workspace"),
        ('{ index = "torch" }', "it is of the index `torch`"),
        ('[{ path = "a", marker = "x" }]', "a source that is not supported"),
        ("3", "a source that is not supported"),
    ],
)
def test_source_of_uv_that_is_not_known_is_never_passed_over(read: Read, source: str, problem: str) -> None:
    with pytest.raises(InputsError) as caught:
        read(f'[project]\ndependencies = ["foo"]\n[tool.uv.sources]\nfoo = {source}\n')
    assert problem in caught.value.problem
    assert caught.value.hint


@pytest.mark.parametrize("sources", ["[tool]\nuv = 1\n", "[tool.uv]\nsources = 1\n", "[tool.uv.sources]\nbar = 1\n"])
def test_what_says_nothing_of_a_requirement_is_passed_over(read: Read, sources: str) -> None:
    assert len(read(f'[project]\ndependencies = ["foo"]\n{sources}').requirements) == 1


@pytest.mark.parametrize(
    ("text", "has"), [("[project]\n", True), ("[tool.ruff]\n", False), ("[[[", True), (b"\xff", True)]
)
def test_project_file_is_told_from_one_of_settings_alone(tmp_path: Path, text: str | bytes, has: bool) -> None:
    path = tmp_path / "pyproject.toml"
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    assert has_project_table(path) is has


@PROPERTY
@given(
    project=st.dictionaries(
        st.sampled_from(["name", "dependencies", "optional-dependencies", "dynamic", "requires-python"]),
        st.sampled_from(
            ["'x'", "1", "[]", "['foo']", "['foo @ file:x']", "{a = ['x']}", "{a = [1]}", "['dependencies']"]
        ),
    ),
    extras=st.sampled_from([(), ("a",)]),
    groups=st.sampled_from([(), ("a",)]),
)
def test_any_tables_are_read_or_told(
    project: dict[str, str], extras: tuple[str, ...], groups: tuple[str, ...], tmp_path: Path
) -> None:
    lines = "".join(f"{key} = {value}\n" for key, value in project.items())
    (tmp_path / "pyproject.toml").write_text(f"[project]\n{lines}[dependency-groups]\na = ['foo']\n")
    chosen = Chosen(extras=tuple(map(canonicalize_name, extras)), groups=tuple(map(canonicalize_name, groups)))
    with suppress(InputError):
        read_project_inputs(tmp_path / "pyproject.toml", chosen=chosen)
