"""Running a program as somebody else, who has nothing of ours: needs root on Linux."""

import os
import shutil
import sys
from collections.abc import Sequence
from pathlib import Path

OTHER = 65534
"""The user who owns nothing; on Linux this number is nobody's."""

_SCRIPT = """\
for path in $OPENED; do
  test -d "$path" || continue
  python="$(mktemp -d)"
  mount --bind "$BASE" "$python"
  mount -t tmpfs -o mode=0755 tmpfs "$path"
  mkdir -p "$BASE"
  mount --move "$python" "$BASE"
done
exec setpriv --reuid={other} --regid={other} --clear-groups --inh-caps=-all -- "$@"
"""


def can_be_another_user() -> bool:
    """Whether programs can be run as somebody else here."""
    programs = all(map(shutil.which, ("unshare", "setpriv", "mount")))
    return sys.platform == "linux" and os.geteuid() == 0 and programs


def as_another_user(argv: Sequence[str]) -> list[str]:
    """Return the command line that runs a program as somebody else.

    Our Python is readable to that user, even if it lies in a home that is not.
    """
    base = Path(sys.base_prefix).resolve()
    closed = [parent for parent in reversed(base.parents) if not parent.stat().st_mode & 0o001][:1]
    script = _SCRIPT.format(other=OTHER)
    variables = [f"OPENED={' '.join(map(str, closed))}", f"BASE={base}"]
    return ["unshare", "--mount", "env", *variables, "sh", "-ec", script, "sh", *argv]
