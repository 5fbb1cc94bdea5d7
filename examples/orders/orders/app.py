"""Takes an order and answers with its total."""

import orjson
from acme_billing import Line, total
from acme_core import Money
from pydantic import BaseModel, Field


class Article(BaseModel):
    name: str
    pieces: int = Field(gt=0)
    price: str


class Order(BaseModel):
    articles: list[Article]


def handler(event: dict, context: object) -> dict:
    order = Order.model_validate(orjson.loads(event["body"]))
    lines = [Line(article.name, article.pieces, Money.parse(article.price)) for article in order.articles]
    return {"statusCode": 200, "body": orjson.dumps({"total": str(total(lines))}).decode()}
