"""Where the shop keeps things: a table of DynamoDB."""

from typing import Any

from shop_money import Money


def item(number: int, amount: Money) -> dict[str, Any]:
    """Return an order as the table has it."""
    return {"number": number, "cents": amount.cents}


def put(table: str, entry: dict[str, Any]) -> None:
    """Keep an entry."""
    import boto3  # the runtime's own: a function that puts nothing starts without it

    boto3.resource("dynamodb").Table(table).put_item(Item=entry)
