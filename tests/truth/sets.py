"""The requirement sets, each chosen for what its markers, tags or versions depend on."""

from collections.abc import Mapping

SETS: Mapping[str, tuple[str, ...]] = {
    "one": ("idna",),
    # Wheels for glibc 2.17, 2.27 and 2.28 side by side; a newest release for each Python.
    "science": ("pandas", "scipy", "pyarrow", "scikit-learn", "matplotlib"),
    "moto": ("moto[server]",),
    "web": ("fastapi[standard]", "uvicorn[standard]", "sqlalchemy[asyncio]", "gunicorn[gevent]", "aiohttp[speedups]"),
    "notebook": ("jupyterlab", "ipython", "ipywidgets"),
    "powertools": ("aws-lambda-powertools[all]",),
    # SecretStorage on Linux, pywin32-ctypes on Windows, backports for old Pythons.
    "keyring": ("keyring", "twine", "build", "virtualenv"),
    "airflow": ("apache-airflow-core",),
    "windows-macos": (
        'colorama; sys_platform == "win32"',
        'pywin32; platform_system == "Windows"',
        'appnope; sys_platform == "darwin"',
        'pyobjc-core; platform_system == "Darwin"',
        'pexpect; os_name != "nt"',
        "click",
        "tqdm",
        "portalocker",
        "watchdog",
        "loguru",
        "pytest",
        "ipykernel",
    ),
    "machine": (
        'numba; platform_machine == "x86_64" or platform_machine == "aarch64"',
        'psutil; platform_machine in "x86_64 aarch64"',
        'idna; platform_machine == "arm64" or platform_machine == "AMD64"',
        'ujson; platform_machine not in "arm64 AMD64"',
        "sqlalchemy",
        "grpcio-tools",
        "polars",
        "opencv-python-headless",
    ),
    "implementation": (
        'cffi; implementation_name == "cpython"',
        'brotli; platform_python_implementation == "CPython"',
        'brotlicffi; platform_python_implementation != "CPython"',
        "pyzmq",
        "gevent",
        "zstandard",
        "cryptography",
        "httpx[brotli,http2,zstd]",
        "urllib3[brotli,zstd]",
    ),
    "patch-level": (
        'tomli; python_full_version <= "3.11.0a6"',
        'async-timeout; python_full_version < "3.11.3"',
        'importlib-metadata; python_full_version < "3.10.2"',
        "redis[hiredis]",
        "coverage[toml]",
        "black[d]",
        "mypy",
        "celery[redis]",
    ),
    "in": (
        'uvloop; "linux" in sys_platform',
        'winloop; "win" in sys_platform and "dar" not in sys_platform',
        'typing-extensions; python_version in "3.9 3.10"',
        'tomli-w; python_version not in "3.9 3.10 3.11"',
        'attrs; implementation_name in "cpython pypy"',
        'exceptiongroup; "3.11" > python_version',
        "rich",
        "cattrs",
        "anyio[trio]",
        "hypothesis[cli,zoneinfo]",
    ),
    "service": (
        "boto3",
        # botocore asks for it there. uv, not told, would take a newer one first and walk through botocore's history.
        'urllib3<2; python_version < "3.10"',
        "django",
        "celery[redis]",
        "fastapi",
        "uvicorn",
        "gunicorn",
        "flask",
        "sqlalchemy[asyncio,postgresql-asyncpg]",
        "psycopg[binary]",
        "requests[socks]",
        "httpx",
        "aiohttp",
        "pydantic[email]",
        "pydantic-settings",
        "sentry-sdk[flask]",
        "opentelemetry-sdk",
        "structlog",
        "tenacity",
        "pyjwt[crypto]",
        "pandas",
        "openpyxl",
        "pillow",
        "lxml",
        "alembic",
        "stripe",
        "paramiko",
        "aws-xray-sdk",
    ),
}

SDISTS: Mapping[str, tuple[str, ...]] = {
    # Versions that have no wheel, of projects that do have wheels of others.
    "old": ("docopt==0.6.2", "antlr4-python3-runtime==4.9.3", "termcolor==1.1.0", "python-docx==0.8.11"),
    # The newest is an sdist, and requires wheels and sdists.
    "newest": ("feedparser", "googlemaps", "pdfkit", "wikipedia", "sseclient"),
    "required": ("omegaconf", "rouge-score", "ibm-cos-sdk"),
    # setup.py states markers.
    "markers": ("pyjsparser", "docopt", "jieba", "sgmllib3k", "crcmod-plus", "uritemplate.py"),
}
"""Sets in which something is to be built: compared without ``--only-binary``."""

BIG = "service"
"""The set whose resolution is timed: some 90 pins."""
