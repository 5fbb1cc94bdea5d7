"""A page of wheels for pip's ``--find-links``, each with its hash.

In a plain directory pip cannot tell one target's wheel from another's of the same version. On a page it goes by the
hashes of requirements.txt.

Source: https://packaging.python.org/en/latest/specifications/simple-repository-api/
"""

from collections.abc import Iterable
from html import escape
from pathlib import Path


def render_links(wheels: Iterable[tuple[Path, str]]) -> str:
    """Render the page.

    Args:
        wheels: the absolute path of each, and its sha256; of files that are the same the first is listed.
    """
    distinct = {(path.name, sha256): path for path, sha256 in reversed(list(wheels))}
    lines = [
        f'<a href="{escape(path.as_uri())}#sha256={sha256}">{escape(name)}</a>'
        for (name, sha256), path in sorted(distinct.items())
    ]
    return "\n".join(("<!DOCTYPE html>", "<html><body>", *lines, "</body></html>", ""))
