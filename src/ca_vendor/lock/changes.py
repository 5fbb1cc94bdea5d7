"""What differs between two locks of a bundle."""

from dataclasses import dataclass

from packaging.utils import NormalizedName

from ca_vendor.lock.model import Lock, Pin


@dataclass(frozen=True, slots=True, kw_only=True)
class PinChange:
    """A project that two locks pin differently.

    Attributes:
        before: its pin in the earlier lock, ``None`` where it had none.
        after: its pin in the later lock, ``None`` where it has none.
    """

    name: NormalizedName
    before: Pin | None
    after: Pin | None

    def lines(self) -> tuple[str, ...]:
        """Return the change as the lines of a diff."""
        sides = (("-", self.before), ("+", self.after))
        return tuple(f"{sign} {self._shown(pin)}" for sign, pin in sides if pin is not None)

    def _shown(self, pin: Pin) -> str:
        same_version = self.before is not None and self.after is not None and self.before.version == self.after.version
        return f"{pin.name}=={pin.version}" + (f" ({pin.file.filename})" if same_version else "")


def compare_locks(earlier: Lock | None, later: Lock) -> tuple[PinChange, ...]:
    """Return the pins that changed, by name; a pin whose file is another has changed.

    Args:
        earlier: ``None`` where there was no lock.
        later: the new one.
    """
    before = {pin.name: pin for pin in earlier.pins} if earlier else {}
    after = {pin.name: pin for pin in later.pins}
    return tuple(
        PinChange(name=name, before=before.get(name), after=after.get(name))
        for name in sorted(before.keys() | after.keys())
        if _file(before.get(name)) != _file(after.get(name))
    )


def _file(pin: Pin | None) -> str | None:
    return pin.file.sha256 if pin else None
