"""Notes a refund."""

from shop_money import Money
from shop_store import item


def handler(event: dict, context: object) -> dict:
    return item(event["number"], Money(-event["cents"]))
