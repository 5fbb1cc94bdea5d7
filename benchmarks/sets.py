"""What is locked and fetched: real packages as they were on a day, and made-up ones."""

from dataclasses import dataclass

from ca_vendor.target import Target, find_target

TARGET: Target = find_target("python3.12-x86_64", described={})

CUTOFF = "2026-11-01T00:00:00+00:00"
"""Files published later are not there, so that runs repeat."""

_TWENTY = ("boto3", "pandas", "requests", "pydantic", "pyjwt[crypto]", "aws-lambda-powertools", "pillow")

_HUNDRED = (
    *_TWENTY,
    "aiohttp",
    "alembic",
    "aws-xray-sdk",
    "beautifulsoup4",
    "django",
    "fastapi",
    "flask",
    "grpcio",
    "gunicorn",
    "httpx",
    "jsonschema",
    "lxml",
    "matplotlib",
    "networkx",
    "openpyxl",
    "opentelemetry-sdk",
    "orjson",
    "paramiko",
    "psycopg[binary]",
    "pyarrow",
    "pydantic-settings",
    "pymysql",
    "scikit-learn",
    "scipy",
    "sentry-sdk",
    "sqlalchemy[asyncio,postgresql-asyncpg]",
    "stripe",
    "structlog",
    "uvicorn",
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Set:
    """A requirements.in.

    Attributes:
        name: for tables and file names.
        title: what it is, for readers.
        requirements: its lines.
        added: the line that "one requirement changed" adds.
        is_real: whether the packages come from the index that pip is configured to use.
    """

    name: str
    title: str
    requirements: tuple[str, ...]
    added: str
    is_real: bool = True


TWENTY = Set(name="20", title="20 real packages", requirements=_TWENTY, added="tenacity")
HUNDRED = Set(name="100", title="100 real packages", requirements=_HUNDRED, added="tenacity")
LARGE = Set(
    name="large",
    title="one wheel of 800 MB, made up",
    requirements=("bench-large",),
    added="bench-tiny-299",
    is_real=False,
)
TINY = Set(
    name="300",
    title="300 tiny packages, made up",
    requirements=tuple(f"bench-tiny-{number:03}" for number in range(0, 290, 10)),
    added="bench-tiny-290",
    is_real=False,
)
CHECKED = Set(
    name="check",
    title="200 wheels of 2.5 MB, made up",
    requirements=tuple(f"bench-check-{number:03}" for number in range(200)),
    added="bench-tiny-299",
    is_real=False,
)
SETS = {each.name: each for each in (TWENTY, HUNDRED, LARGE, TINY, CHECKED)}
