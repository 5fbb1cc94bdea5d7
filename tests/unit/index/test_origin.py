import pytest

from ca_vendor.index import IndexNetworkError, UnsafeRedirectError
from ca_vendor.index.origin import Origin, followed, shown_url


@pytest.mark.parametrize("url", ["http://[x", "http://host:port/", "http://host:99999/"])
def test_malformed_url_is_told_without_its_password(url: str) -> None:
    with pytest.raises(IndexNetworkError, match="its URL is malformed") as caught:
        Origin.of(url.replace("//", "//user:hunter2@"))
    assert "hunter2" not in str(caught.value)


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        ("https://a.example/x", "https://A.example:443/y?z", True),
        ("http://a.example", "http://a.example:80/", True),
        ("https://a.example", "http://a.example", False),
        ("https://a.example", "https://b.example", False),
        ("https://a.example", "https://a.example:8443", False),
        ("https://a.example", "https://a.example.evil.example", False),
        ("https://a.example", "https://a.example@evil.example/", False),
        ("https://user@a.example", "https://a.example", True),
    ],
)
def test_origin_is_scheme_host_and_port(one: str, other: str, same: bool) -> None:
    assert (Origin.of(one) == Origin.of(other)) is same


@pytest.mark.parametrize(
    ("url", "shown"),
    [
        ("https://user:secret@a.example:8443/simple/?X-Amz-Signature=secret#secret", "https://a.example:8443/simple/"),
        ("http://[::1]:80/x", "http://[::1]:80/x"),
        ("https://a.example", "https://a.example"),
        ("http://user:secret@[half?secret", "[half"),
        ("http://user:secret@host:port/x?secret", "host:port/x"),
    ],
)
def test_url_is_shown_without_secrets(url: str, shown: str) -> None:
    assert shown_url(url) == shown


@pytest.mark.parametrize(
    ("location", "leads_to"),
    [
        ("/b", "https://index.example/b"),
        ("b?c=d", "https://index.example/a/b?c=d"),
        ("//other.example/b", "https://other.example/b"),
        ("https://other.example/b", "https://other.example/b"),
    ],
)
def test_redirect_is_followed_to_where_it_leads(location: str, leads_to: str) -> None:
    assert followed("https://index.example/a/", location) == leads_to


@pytest.mark.parametrize(
    ("location", "problem"),
    [
        ("http://index.example/b?secret", "it leads from https to http://index.example/b"),
        ("ftp://index.example/b", "it leads from https to ftp://index.example/b"),
        ("file:///etc/passwd", "it leads from https to file:///etc/passwd"),
        ("https://[half", "it leads to no URL"),
        ("https://index.example:port/", "it leads to no URL"),
    ],
)
def test_redirect_from_https_to_anything_less_is_not_followed(location: str, problem: str) -> None:
    with pytest.raises(UnsafeRedirectError) as caught:
        followed("https://index.example/a/", location)
    assert problem in caught.value.problem
    assert "secret" not in str(caught.value)


def test_redirect_from_http_to_https_is_followed_and_to_a_file_is_not() -> None:
    assert followed("http://index.example/", "https://index.example/") == "https://index.example/"
    with pytest.raises(UnsafeRedirectError, match="it leads to file:"):
        followed("http://index.example/", "file:///etc/passwd")
