"""Money, exact to the cent: what every service of the imaginary company Acme shares."""

from dataclasses import dataclass
from decimal import ROUND_HALF_EVEN, Decimal

CENT = Decimal("0.01")


@dataclass(frozen=True)
class Money:
    """An amount in one currency, in whole cents."""

    cents: int
    currency: str = "EUR"

    @classmethod
    def parse(cls, amount: str, currency: str = "EUR") -> "Money":
        """Read a decimal amount such as ``12.34``, rounding half a cent to even."""
        exact = Decimal(amount).quantize(CENT, rounding=ROUND_HALF_EVEN)
        return cls(int(exact / CENT), currency)

    def times(self, count: int) -> "Money":
        """Return a multiple of the amount."""
        return Money(self.cents * count, self.currency)

    def plus(self, other: "Money") -> "Money":
        """Return the sum of two amounts of one currency."""
        if other.currency != self.currency:
            raise ValueError(f"{other.currency} cannot be added to {self.currency}")
        return Money(self.cents + other.cents, self.currency)

    def __str__(self) -> str:
        return f"{self.cents // 100}.{self.cents % 100:02d} {self.currency}"
