from pathlib import Path

import pytest

from ca_vendor.sam import BuildSettings, LoopError, Origin, TemplateTooLargeError, read_template

HEAD = "Transform: AWS::LanguageExtensions\n"
BODY = "{'${X}F': {Type: AWS::Lambda::Function, Properties: {Runtime: python3.12, Code: 'src/${X}'}}}"


def write(directory: Path, text: str) -> Path:
    path = directory / "template.yaml"
    path.write_text(HEAD + text, encoding="utf-8")
    return path


def test_a_loop_makes_resources_at_its_own_line(tmp_path: Path) -> None:
    path = write(tmp_path, f"Resources:\n  Fn::ForEach::Each: [X, [a, b], {BODY}]\n")
    template = read_template(path)
    assert [(item.logical_id, item.code_directory) for item in template.resources] == [
        ("aF", tmp_path / "src/a"),
        ("bF", tmp_path / "src/b"),
    ]
    assert {item.origin for item in template.resources} == {Origin(template=path, line=3)}
    assert template.has_language_extensions


def test_without_language_extensions_a_loop_is_not_followed(tmp_path: Path) -> None:
    path = write(tmp_path, f"Resources:\n  Fn::ForEach::Each: [X, [a, b], {BODY}]\n")
    template = read_template(path, settings=BuildSettings(language_extensions=False))
    assert template.resources == ()
    assert template.has_language_extensions


@pytest.mark.parametrize(
    ("parameters", "loop"),
    [
        ("{}", "text"),
        ("{}", "[X, [a]]"),
        ("{}", "[X, [a], []]"),
        ("{}", f"['', [a], {BODY}]"),
        ("{}", f"[[X], [a], {BODY}]"),
        ("{X: {Type: String}}", f"[X, [a], {BODY}]"),
        ("{Each: {Type: String}}", f"[X, [a], {BODY}]"),
        ("{}", f"[X, !ImportValue list, {BODY}]"),
        ("{P: {Type: String}}", f"[X, !Ref P, {BODY}]"),
        ("{}", f"[X, [!GetAtt [a, b]], {BODY}]"),
        ("{}", f"[X, ['{{{{resolve:ssm:/a}}}}'], {BODY}]"),
        ("{}", f"[X, [a, a], {BODY}]"),
        ("{}", f"[X, [a], {{'Fn::ForEach::In': [X, [b], {BODY}]}}]"),
        ("{}", "[X, !Select [9, [a]], {}]"),
    ],
)
def test_loops_that_cannot_be_expanded(tmp_path: Path, parameters: str, loop: str) -> None:
    path = write(tmp_path, f"Parameters: {parameters}\nResources:\n  A: {{}}\n  Fn::ForEach::Each: {loop}\n")
    with pytest.raises(LoopError) as caught:
        read_template(path)
    assert caught.value.hint
    assert caught.value.loop.startswith("Fn::ForEach::")


def test_loops_in_one_another_are_limited(tmp_path: Path) -> None:
    loop = BODY
    for level in range(6):
        loop = f"{{'Fn::ForEach::L{level}': [I{level}, [a], {loop}]}}"
    with pytest.raises(LoopError, match="more than 5 loops"):
        read_template(write(tmp_path, f"Resources: {loop}\n"))


def test_loops_that_multiply_are_bounded(tmp_path: Path) -> None:
    items = ", ".join(f"i{number}" for number in range(60))
    loop = "{'${I0}${I1}${I2}${I3}': {}}"
    for level in range(4):
        loop = f"{{'Fn::ForEach::L{level}': [I{level}, [{items}], {loop}]}}"
    with pytest.raises(TemplateTooLargeError):
        read_template(write(tmp_path, f"Resources: {loop}\n"))


def test_text_that_multiplies_is_bounded(tmp_path: Path) -> None:
    body = "{F: {Description: '" + "${X}" * 50_000 + "'}}"
    with pytest.raises(TemplateTooLargeError):
        read_template(write(tmp_path, f"Resources:\n  Fn::ForEach::L: [X, ['{'x' * 100}'], {body}]\n"))
