"""A local AWS CodeArtifact, for trying and testing.

::

    with Emulator(packages=Path("dist"), upstream=Upstream.from_pip()) as emulator:
        subprocess.run([...], env={**os.environ, **emulator.environment()})
"""

from ca_vendor.emulator.delivery import Shaping
from ca_vendor.emulator.effects import (
    Bandwidth,
    ChangePage,
    ExpireTokens,
    Gzip,
    Latency,
    LoginPage,
    MalformedJson,
    MissingFields,
    Redirect,
    Reset,
    SlowLoris,
    Status,
    Truncate,
    WrongBytes,
)
from ca_vendor.emulator.faults import Fault, Route
from ca_vendor.emulator.harness import Emulator
from ca_vendor.emulator.model import EmulatorError, ManualClock, ShiftedClock
from ca_vendor.emulator.request_log import RequestLog, RequestRecord
from ca_vendor.emulator.tokens import IssuedToken
from ca_vendor.emulator.upstream import Upstream

__all__ = [
    "Bandwidth",
    "ChangePage",
    "Emulator",
    "EmulatorError",
    "ExpireTokens",
    "Fault",
    "Gzip",
    "IssuedToken",
    "Latency",
    "LoginPage",
    "MalformedJson",
    "ManualClock",
    "MissingFields",
    "Redirect",
    "RequestLog",
    "RequestRecord",
    "Reset",
    "Route",
    "Shaping",
    "ShiftedClock",
    "SlowLoris",
    "Status",
    "Truncate",
    "Upstream",
    "WrongBytes",
]
