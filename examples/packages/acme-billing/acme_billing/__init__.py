"""Invoices: lines of goods, and their total."""

from dataclasses import dataclass

from acme_core import Money


@dataclass(frozen=True)
class Line:
    """Some pieces of one article at one price."""

    article: str
    pieces: int
    price: Money

    @property
    def total(self) -> Money:
        """What the line costs."""
        return self.price.times(self.pieces)


def total(lines: list[Line]) -> Money:
    """Return the sum of all lines, zero euros for none."""
    result = Money(0, lines[0].price.currency if lines else "EUR")
    for line in lines:
        result = result.plus(line.total)
    return result


def receipt(lines: list[Line]) -> str:
    """Return a receipt as text, one line an article."""
    rows = [f"{line.pieces:>3} x {line.article:<20}{line.total!s:>12}" for line in lines]
    return "\n".join([*rows, f"{'':>6}{'total':<20}{total(lines)!s:>12}"])
