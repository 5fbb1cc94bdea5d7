"""One HTTP session for all functions that use the layer."""

import requests

session = requests.Session()
session.headers["User-Agent"] = "acme-orders"
