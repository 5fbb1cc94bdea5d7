"""Finds orders above an amount."""

from acme_core import Money


def handler(event: dict, context: object) -> list[int]:
    least = Money.parse(event["least"])
    return [number for number, price in enumerate(event["prices"]) if Money.parse(price).cents >= least.cents]
