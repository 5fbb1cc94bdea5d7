import pytest
from packaging.utils import NormalizedName
from packaging.version import Version

from ca_vendor.resolver import Seeds
from ca_vendor.resolver.pins import parse_pins, render_pins

FOO, BAR = NormalizedName("foo"), NormalizedName("bar")


@pytest.mark.parametrize(
    ("text", "pins"),
    [
        ("foo==1.0\nbar==2.0\n", {"foo": "1.0", "bar": "2.0"}),
        ("Foo.Bar==1!2.0+cu121", {"Foo.Bar": "1!2.0+cu121"}),
        ("foo[x,y]==1.0", {"foo": "1.0"}),
        ("foo==1.0 ; python_version > '3'", {"foo": "1.0"}),
        ("foo==1.0;python_version > '3'", {"foo": "1.0"}),
        ("foo==1.0 \\\n    --hash=sha256:00\n    # via bar==2.0\n", {"foo": "1.0"}),
        ("# foo==1.0\n--index-url x\n\n-e .\nfoo>=1\n", {}),
        ("", {}),
    ],
)
def test_pins_are_found_among_other_lines(text: str, pins: dict[str, str]) -> None:
    assert parse_pins(text) == pins


def test_rendered_pins_are_read_back() -> None:
    pins = {FOO: Version("1!2.0+cu121"), BAR: Version("2.0rc1")}
    assert parse_pins("\n".join(render_pins(pins))) == {"foo": "1!2.0+cu121", "bar": "2.0rc1"}


def test_pins_to_upgrade_are_not_kept() -> None:
    seeds = Seeds(pins={FOO: Version("1"), BAR: Version("2")}, upgrade=(BAR, NormalizedName("other")))
    assert seeds.kept() == {FOO: Version("1")}
    assert Seeds().kept() == {}
