from pathlib import Path

import pytest

from ca_vendor.errors import ExitCode, InputError
from ca_vendor.sam import TemplateNotFoundError, TemplateSyntaxError, TemplateTooLargeError
from ca_vendor.sam.documents import MAX_BYTES, parse_document, read_document

PATH = Path("template.yaml")


def parse(text: str) -> object:
    return parse_document(text, path=PATH).content


@pytest.mark.parametrize(
    ("text", "content"),
    [
        ("a: 1\nb: [x, 'y', ~]", {"a": 1, "b": ["x", "y", None]}),
        (
            "a: 2010-09-09\nb: yes\nc: 0x10\nd: 1.5\ne: .inf",
            {"a": "2010-09-09", "b": True, "c": 16, "d": 1.5, "e": float("inf")},
        ),
        ("a: python3.10\nb: 3.10", {"a": "python3.10", "b": 3.1}),
        ("a: !Ref B", {"a": {"Ref": "B"}}),
        ("a: !Condition B", {"a": {"Condition": "B"}}),
        ("a: !GetAtt B.C.D", {"a": {"Fn::GetAtt": ["B", "C.D"]}}),
        ("a: !GetAtt [B, C]", {"a": {"Fn::GetAtt": ["B", "C"]}}),
        ("a: !Select [0, !Split ['-', x-y]]", {"a": {"Fn::Select": [0, {"Fn::Split": ["-", "x-y"]}]}}),
        ("a: !Transform {Name: X}", {"a": {"Fn::Transform": {"Name": "X"}}}),
        ("a: !GetAZs", {"a": {"Fn::GetAZs": ""}}),
        ("a: !Ref 12", {"a": {"Ref": "12"}}),
        ("b: !!str 12", {"b": "12"}),
        ("x: &x {k: 1, l: 2}\ny: {<<: *x, k: 3}", {"x": {"k": 1, "l": 2}, "y": {"k": 3, "l": 2}}),
        ("y: {<<: [{k: 1}, {k: 2, m: 3}]}", {"y": {"k": 1, "m": 3}}),
        ("'<<': 1\na: [<<]", {"<<": 1, "a": ["<<"]}),
        ("a: =", {"a": "="}),
        ("", None),
        ("# nothing", None),
        ('\t{"a": [1, null, "\\ud83d\\ude00"]}', {"a": [1, None, "\U0001f600"]}),
        ("{a: b}", {"a": "b"}),
    ],
)
def test_yaml_and_json_become_plain_data(text: str, content: object) -> None:
    assert parse(text) == content


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("a: [", 2),
        ("a: b\n c: d", 2),
        ("a: b\n---\nc: d", 2),
        ("a: *nowhere", 1),
        ("a: &x\n  b: *x", 2),
        ("? [a]\n: b", 1),
        ("a: !!python/object:os.system x", 1),
        ("a: !!binary eA==", 1),
        ("a: !!set {x}", 1),
        ("a:\n  <<: 1", 2),
        ("a: \x00", None),
        ("a: " + "9" * 5000, None),
        ("a: !!int x", None),
        ("!Ref x: y", 1),
    ],
)
def test_what_is_no_template_data_is_an_error_with_its_line(text: str, line: int | None) -> None:
    with pytest.raises(TemplateSyntaxError) as caught:
        parse(text)
    assert caught.value.line == line


@pytest.mark.parametrize(
    ("text", "content"),
    [
        ("a: 1\nb: 2\na: 3", {"a": 3, "b": 2}),
        ("Resources:\n  F: {Type: x}\n  F: {Type: y}", {"Resources": {"F": {"Type": "y"}}}),
        ("x: &a k\ny: {k: 1, *a : 2}", {"x": "k", "y": {"k": 2}}),
        ('{"a": 1, "b": {"c": 1, "c": 2}}', {"a": 1, "b": {"c": 2}}),
    ],
)
def test_of_two_equal_keys_the_last_counts_as_in_sam(text: str, content: object) -> None:
    assert parse(text) == content


def _billion_laughs(first: str, level: str) -> str:
    lines = [f"a0: &a0 {first}", *(f"a{i}: &a{i} {level.format(i - 1)}" for i in range(1, 12))]
    return "\n".join(lines)


@pytest.mark.parametrize(
    "text",
    [
        _billion_laughs("[x]", "[*a{0}, *a{0}, *a{0}, *a{0}, *a{0}, *a{0}, *a{0}, *a{0}, *a{0}]"),
        _billion_laughs("{k: v}", "{{a: *a{0}, b: *a{0}, c: *a{0}, d: *a{0}, e: *a{0}, f: *a{0}, g: *a{0}}}"),
        "a: " + "[" * 300_000,
        "a: " + "{a: " * 300_000,
        "[" * 300_000,
        '{"a": ' * 200 + "1" + "}" * 200,
        "[" + "1," * 300_000 + "1]",
        "a: &a " + "[" * 60 + "]" * 60 + "\nb: " + "[" * 60 + "*a" + "]" * 60,
    ],
    ids=[
        "alias lists",
        "alias mappings",
        "deep list",
        "deep mapping",
        "deep json",
        "deep object",
        "long",
        "deep alias",
    ],
)
def test_documents_that_expand_beyond_reason_are_refused(text: str) -> None:
    with pytest.raises(TemplateTooLargeError):
        parse(text)


def test_the_lines_of_resources_are_kept() -> None:
    text = "Parameters:\n  F: {}\nResources:\n  F:\n    Type: x\n  G: {Type: y}\n"
    assert parse_document(text, path=PATH).lines == {"F": 4, "G": 6}


def test_files_that_cannot_be_read(tmp_path: Path) -> None:
    with pytest.raises(TemplateNotFoundError) as caught:
        read_document(tmp_path / "none.yaml")
    assert isinstance(caught.value, InputError)
    assert caught.value.exit_code is ExitCode.TEMPLATE
    assert caught.value.hint
    with pytest.raises(TemplateNotFoundError):
        read_document(tmp_path)
    with pytest.raises(TemplateNotFoundError):
        read_document(Path("a\0b"))


def test_files_that_are_not_text(tmp_path: Path) -> None:
    file = tmp_path / "template.yaml"
    file.write_bytes(b"a: 1\nb: \xff\n")
    with pytest.raises(TemplateSyntaxError) as caught:
        read_document(file)
    assert str(caught.value) == f"`{file}:2`: not valid YAML or JSON: not UTF-8"
    file.write_bytes(b"\xef\xbb\xbfa: 1\n")
    assert read_document(file).content == {"a": 1}
    file.write_bytes(b" " * (MAX_BYTES + 1))
    with pytest.raises(TemplateTooLargeError):
        read_document(file)
