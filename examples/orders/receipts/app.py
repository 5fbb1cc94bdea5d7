"""Prints a receipt, with private packages alone."""

from acme_billing import Line, receipt
from acme_core import Money


def handler(event: dict, context: object) -> dict:
    lines = [Line(name, pieces, Money.parse(price)) for name, pieces, price in event["lines"]]
    return {"statusCode": 200, "body": receipt(lines)}
