from datetime import datetime, timedelta, timezone

import pytest
from packaging.utils import NormalizedName

from ca_vendor.selection import DistributionFile, MinimumAge, NamePattern, parse_age

NOW = datetime(2026, 3, 1, 12, tzinfo=timezone.utc)
FOO = NormalizedName("foo")


def file(published: timedelta | None, *, sha256: str | None = "0" * 64) -> DistributionFile:
    """Return a file that was published so long ago."""
    return DistributionFile(
        filename="foo-1.0-py3-none-any.whl",
        url="https://index.example/foo-1.0-py3-none-any.whl",
        hashes={"sha256": sha256} if sha256 else {},
        upload_time=NOW - published if published is not None else None,
    )


@pytest.mark.parametrize(
    ("published", "objection"),
    [
        (timedelta(days=3), ""),
        (timedelta(days=300), ""),
        (timedelta(days=2, hours=23), "published 2 days ago, younger than `minimum-age`"),
        (timedelta(hours=5, minutes=59), "published 5 hours ago, younger than `minimum-age`"),
        (timedelta(hours=1), "published 1 hour ago, younger than `minimum-age`"),
        (timedelta(minutes=7), "published 7 minutes ago, younger than `minimum-age`"),
        (timedelta(), "published 0 minutes ago, younger than `minimum-age`"),
        (timedelta(days=-1), "published in the future, younger than `minimum-age`"),
        (None, "its index does not say when it was published, so that nothing shows `minimum-age`"),
    ],
)
def test_younger_files_are_objected_to(published: timedelta | None, objection: str) -> None:
    assert MinimumAge(age=timedelta(days=3), now=NOW).objection(FOO, file(published)) == objection


@pytest.mark.parametrize("published", [timedelta(), None])
def test_exempt_projects_may_be_of_any_age(published: timedelta | None) -> None:
    policy = MinimumAge(age=timedelta(days=3), now=NOW, exempt=(NamePattern("fo*"),))
    assert policy.objection(FOO, file(published)) == ""
    assert policy.objection(NormalizedName("bar"), file(published)) != ""


@pytest.mark.parametrize(
    ("kept", "sha256", "stays"),
    [
        ("0" * 64, "0" * 64, True),
        ("0" * 64, None, True),
        ("1" * 64, "0" * 64, False),
    ],
    ids=["same", "no-hash", "published-anew"],
)
def test_pin_stays_valid_while_its_file_is_the_same(kept: str, sha256: str | None, stays: bool) -> None:
    policy = MinimumAge(age=timedelta(days=3), now=NOW, kept={"foo-1.0-py3-none-any.whl": kept})
    assert (policy.objection(FOO, file(timedelta(), sha256=sha256)) == "") is stays


@pytest.mark.parametrize(
    ("text", "age"),
    [
        ("3 days", timedelta(days=3)),
        ("1 day", timedelta(days=1)),
        ("36hours", timedelta(hours=36)),
        (" 2 weeks ", timedelta(weeks=2)),
        ("14 days", timedelta(weeks=2)),
        ("0 days", timedelta()),
    ],
)
def test_age_is_read(text: str, age: timedelta) -> None:
    assert parse_age(text) == age


@pytest.mark.parametrize(
    "text", ["", "3", "days", "-3 days", "3.5 days", "3 months", "999999 days", "3 days ago", "٣ days"]
)
def test_what_is_no_age_is_not_read(text: str) -> None:
    assert parse_age(text) is None
