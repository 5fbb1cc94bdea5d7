"""Tells of an order."""

from shop_events import ordered
from shop_money import total


def handler(event: dict, context: object) -> str:
    return ordered(event["number"], total(event["prices"]))
