"""What happens in the shop, as JSON."""

import json

from shop_money import Money


def ordered(number: int, amount: Money) -> str:
    """Say that something was ordered."""
    return json.dumps({"event": "ordered", "number": number, "cents": amount.cents})
