"""Reading what configuration says of indexes: where they are, and which projects each of them serves."""

import re
from datetime import timedelta

from ca_vendor.config.settings import IndexSettings, Table, token_from_problem, url_problem
from ca_vendor.credential import SecretLocation
from ca_vendor.selection import NamePattern, parse_age

INDEX_KEYS = frozenset({"domain", "domain-owner", "repository", "region", "profile", "index-url", "token-from"})
_NAME = re.compile(r"[a-z0-9]([a-z0-9-]{0,38}[a-z0-9])?")


def read_location(table: Table) -> dict[str, str | None]:
    """Return where an index is: a CodeArtifact repository, a URL, or neither.

    Raises:
        InvalidSettingError: it is half of one, or both.
    """
    index_url = table.text("index-url", url_problem)
    domain, repository = table.text("domain"), table.text("repository")
    if bool(domain) != bool(repository):
        raise table.invalid("repository" if domain else "domain", "is missing", hint="CodeArtifact needs both")
    if index_url and domain:
        raise table.invalid("index-url", "and `domain` exclude each other", hint="keep the one you mean")
    others = {key: table.text(key) for key in ("domain-owner", "region", "profile")}
    return {
        "index_url": index_url,
        "domain": domain,
        "repository": repository,
        **{key.replace("-", "_"): value for key, value in others.items()},
    }


def read_indexes(table: Table) -> tuple[IndexSettings, ...]:
    """Return the indexes of ``[[index]]``, in the file's order.

    Raises:
        InvalidSettingError: one of them cannot be used.
    """
    found: list[IndexSettings] = []
    for entry in table.tables("index"):
        index = _index(entry)
        if any(index.name == other.name for other in found):
            raise entry.invalid("name", f"is that of another index too: `{index.name}`")
        found.append(index)
    return tuple(found)


def read_token_location(table: Table) -> SecretLocation | None:
    """Return where an index's token is kept; ``None`` where nothing says.

    Raises:
        InvalidSettingError: it cannot be used.
    """
    return SecretLocation.parse(table.text("token-from", token_from_problem) or "")


def read_patterns(table: Table, key: str) -> tuple[NamePattern, ...]:
    """Return an array of patterns over project names, empty where there is none.

    Raises:
        InvalidSettingError: one of them can match no project.
    """
    patterns = []
    for text in table.texts(key):
        pattern = NamePattern.parse(text)
        if pattern is None:
            hint = "a project's name, in which `*` stands for anything, such as `acme-*`"
            raise table.invalid(key, f"has `{text}`, which no project's name can match", hint=hint)
        patterns.append(pattern)
    return tuple(patterns)


def read_minimum_age(table: Table) -> timedelta | None:
    """Return how old a file must be before it is locked; ``None`` where nothing says.

    Raises:
        InvalidSettingError: it is no age.
    """
    return parse_age(table.text("minimum-age", age_problem) or "")


def age_problem(text: str) -> str:
    """Say what is wrong with an age; empty where nothing is."""
    return "" if parse_age(text) is not None else "must be a number of hours, days or weeks, such as `3 days`"


def _index(entry: Table) -> IndexSettings:
    entry.refuse_unknown(INDEX_KEYS | {"name", "packages", "private"})
    name = entry.required_text("name", _name_problem)
    location = read_location(entry)
    if not location["index_url"] and not location["domain"]:
        raise entry.invalid("index-url", "is missing", hint="or `domain` and `repository`, for CodeArtifact")
    packages = read_patterns(entry, "packages")
    if not packages:
        hint = 'patterns over project names, such as `packages = ["acme-*"]`; no other index is asked for those'
        raise entry.invalid("packages", "is empty" if "packages" in entry.values else "is missing", hint=hint)
    private, token_from = entry.flag("private", default=True), read_token_location(entry)
    return IndexSettings(name=name, packages=packages, private=private, token_from=token_from, **location)


def _name_problem(name: str) -> str:
    """Names are part of a variable's name, in which `-` becomes `_`: no two may become one."""
    return "" if _NAME.fullmatch(name) else "must be lower-case letters, digits and `-`, at most 40 of them"
