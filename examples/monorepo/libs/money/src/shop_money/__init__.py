"""Prices of the shop."""

from acme_core import Money

SHIPPING = Money.parse("4.90")


def total(prices: list[str]) -> Money:
    """Add prices such as ``12.30`` up, and the shipping."""
    return Money(SHIPPING.cents + sum(Money.parse(price).cents for price in prices))
