import pytest

from ca_vendor.emulator.negotiation import PageFormat, choose_format

JSON = "application/vnd.pypi.simple.v1+json"


@pytest.mark.parametrize(
    ("accept", "form"),
    [
        (None, PageFormat.HTML),
        ("", PageFormat.HTML),
        ("*/*", PageFormat.HTML),
        (JSON, PageFormat.JSON),
        (JSON.upper(), PageFormat.JSON),
        ("application/vnd.pypi.simple.latest+json", PageFormat.JSON),
        (f"text/html;q=0.5, {JSON};q=0.9", PageFormat.JSON),
        (f"{JSON};q=0.1,text/html", PageFormat.HTML),
        (f"{JSON}, */*;q=0.01", PageFormat.JSON),
        (f"*/*, {JSON}", PageFormat.JSON),
        (f"text/html, {JSON}", PageFormat.HTML),
        (f"{JSON};q=0", None),
        (f"{JSON};q=high", None),
        (f"{JSON}; charset=utf-8; q=0.3, text/html; q=0.2", PageFormat.JSON),
        ("application/vnd.pypi.simple.v2+json", None),
        ("application/json", None),
    ],
)
def test_accept_header_chooses_the_form(accept: str | None, form: PageFormat | None) -> None:
    assert choose_format(accept) is form
