import pytest

from ca_vendor.requirement.lines import LogicalLine, split_lines


def arguments(text: str, **environment: str) -> list[str]:
    return [line.argument for line in split_lines(text, environment)]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("foo\nbar\n", ["foo", "bar"]),
        ("foo\r\nbar\r", ["foo", "bar"]),
        ("\n  \n# all comment\n  # indented\nfoo", ["foo"]),
        ("foo # why", ["foo"]),
        ("foo\t# why", ["foo"]),
        ("foo#bar", ["foo#bar"]),
        ("foo>=1,\\\n<2", ["foo>=1,<2"]),
        ("foo \\\n  >=1", ["foo   >=1"]),
        ("foo \\\n# a comment ends it\nbar", ["foo", "bar"]),
        ("foo \\\n\nbar", ["foo", "bar"]),
        ("foo \\", ["foo"]),
        ("foo # no continuation \\\nbar", ["foo"]),
        ("# a comment is never continued \\\nbar", ["bar"]),
        ("", []),
    ],
)
def test_physical_lines_become_logical_ones(text: str, expected: list[str]) -> None:
    assert arguments(text) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("foo==${VERSION}", "foo==1.0"),
        ("${NAME}${VERSION}", "${NAME}1.0"),
        ("foo==${EMPTY}", "foo==${EMPTY}"),
        ("foo==$VERSION", "foo==$VERSION"),
        ("foo==${version}", "foo==${version}"),
        ("foo # ${VERSION}", "foo"),
    ],
)
def test_variables_are_expanded_where_they_are_set(text: str, expected: str) -> None:
    assert arguments(text, VERSION="1.0", EMPTY="", version="2.0") == [expected]


@pytest.mark.parametrize(
    ("text", "argument", "options"),
    [
        ("foo --hash=sha256:00 --hash sha256:11", "foo", ("--hash=sha256:00", "--hash", "sha256:11")),
        ("-r base.in", "", ("-r", "base.in")),
        ("-rbase.in", "", ("-rbase.in",)),
        ('-r "my base.in"', "", ("-r", "my base.in")),
        ("--requirement=base.in", "", ("--requirement=base.in",)),
        ("foo-bar ; python_version > '3' -x", "foo-bar ; python_version > '3'", ("-x",)),
    ],
)
def test_options_are_split_off_as_a_shell_would(text: str, argument: str, options: tuple[str, ...]) -> None:
    assert list(split_lines(text, {})) == [LogicalLine(number=1, argument=argument, options=options)]


def test_unbalanced_quote_is_a_problem_of_its_line() -> None:
    [line] = split_lines("foo --hash='x", {})
    assert line.problem == "no closing quotation"


def test_number_is_of_the_first_physical_line() -> None:
    text = "# 1\n\nfoo \\\n  >=1\nbar\n"
    assert [(line.number, line.argument) for line in split_lines(text, {})] == [(3, "foo   >=1"), (5, "bar")]
