"""Sums up yesterday's invoices and posts the report."""

import orjson
import requests
from acme_core import Money
from pydantic import BaseModel, HttpUrl


class Settings(BaseModel):
    endpoint: HttpUrl


def handler(event: dict, context: object) -> dict:
    settings = Settings.model_validate(event["settings"])
    total = Money(0)
    for amount in event["amounts"]:
        total = total.plus(Money.parse(amount))
    body = orjson.dumps({"total": str(total)})
    answer = requests.post(str(settings.endpoint), data=body, timeout=5)
    return {"statusCode": answer.status_code}
