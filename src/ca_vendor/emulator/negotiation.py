"""Which form of a simple page an ``Accept`` header asks for.

Source: https://packaging.python.org/en/latest/specifications/simple-repository-api/
"""

from enum import Enum


class PageFormat(Enum):
    """The two forms of a page; the value is the content type answered."""

    JSON = "application/vnd.pypi.simple.v1+json"
    HTML = "text/html; charset=UTF-8"


_FORMATS = {
    "application/vnd.pypi.simple.v1+json": PageFormat.JSON,
    "application/vnd.pypi.simple.latest+json": PageFormat.JSON,
    "application/vnd.pypi.simple.v1+html": PageFormat.HTML,
    "application/vnd.pypi.simple.latest+html": PageFormat.HTML,
    "text/html": PageFormat.HTML,
    "text/*": PageFormat.HTML,
    "*/*": PageFormat.HTML,
}


def choose_format(accept: str | None) -> PageFormat | None:
    """Return the form to answer with, or ``None`` when the client takes neither.

    At equal quality a specific type goes before a wildcard, then the one named first.  # ?
    """
    if accept is None or not accept.strip():
        return PageFormat.HTML
    best: tuple[float, bool] = (0.0, False)
    chosen: PageFormat | None = None
    for item in accept.split(","):
        media_type, *parameters = (part.strip() for part in item.split(";"))
        found = _FORMATS.get(media_type.lower())
        rank = (_quality(parameters), "*" not in media_type)
        if found is not None and rank[0] > 0 and rank > best:
            best, chosen = rank, found
    return chosen


def _quality(parameters: list[str]) -> float:
    for parameter in parameters:
        name, _, value = parameter.partition("=")
        if name.strip().lower() == "q":
            try:
                return float(value)
            except ValueError:
                return 0.0
    return 1.0
