"""Takes an order."""

import json

from shop_events import ordered
from shop_money import total
from shop_store import item


def handler(event: dict, context: object) -> dict:
    amount = total(json.loads(event["body"])["prices"])
    return {"statusCode": 200, "body": ordered(1, amount), "item": item(1, amount)}
