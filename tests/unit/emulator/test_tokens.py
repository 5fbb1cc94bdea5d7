from pathlib import Path

import pytest

from ca_vendor.emulator.model import ManualClock, ShiftedClock
from ca_vendor.emulator.tokens import Tokens, TokenState, read_key

KEY = b"k" * 32


def test_token_is_good_until_it_expires() -> None:
    clock = ManualClock(1000)
    tokens = Tokens(KEY, clock)
    token = tokens.issue("acme-1", 900)
    assert (token.issued_at, token.expires_at) == (1000, 1900)
    clock.advance(899.9)
    assert tokens.verify(token.value, "acme-1") is TokenState.VALID
    clock.advance(0.1)
    assert tokens.verify(token.value, "acme-1") is TokenState.EXPIRED


def test_token_is_good_in_its_domain_only() -> None:
    tokens = Tokens(KEY, ManualClock())
    assert tokens.verify(tokens.issue("acme-1", 900).value, "acme-2") is TokenState.FOREIGN


def test_token_proves_itself_to_another_process() -> None:
    clock = ManualClock(1000)
    value = Tokens(KEY, clock).issue("acme-1", 900).value
    assert Tokens(KEY, clock).verify(value, "acme-1") is TokenState.VALID
    assert Tokens(b"other", clock).verify(value, "acme-1") is TokenState.UNKNOWN


@pytest.mark.parametrize("value", ["", "x", "a.b.c.d.e", "....", "a.b.c.d.e.f"])
def test_anything_else_is_unknown(value: str) -> None:
    assert Tokens(KEY, ManualClock()).verify(value, "acme-1") is TokenState.UNKNOWN


def test_tampered_token_is_unknown() -> None:
    tokens = Tokens(KEY, ManualClock())
    parts = tokens.issue("acme-1", 900).value.split(".")
    parts[3] = parts[3][:-2]
    assert tokens.verify(".".join(parts), "acme-1") is TokenState.UNKNOWN


def test_all_tokens_expire_at_once_and_new_ones_are_good() -> None:
    clock = ManualClock(1000)
    tokens = Tokens(KEY, clock)
    earlier = Tokens(KEY, clock).issue("acme-1", 900).value
    own = tokens.issue("acme-1", 900).value
    tokens.expire_all()
    assert tokens.verify(own, "acme-1") is TokenState.EXPIRED
    assert tokens.verify(earlier, "acme-1") is TokenState.EXPIRED
    assert tokens.verify(tokens.issue("acme-1", 900).value, "acme-1") is TokenState.VALID


def test_value_is_the_canary_while_one_is_set() -> None:
    tokens = Tokens(KEY, ManualClock())
    tokens.use_value("canary")
    assert tokens.issue("acme-1", 900).value == "canary"
    assert tokens.verify("canary", "acme-1") is TokenState.VALID
    tokens.use_value(None)
    assert tokens.issue("acme-1", 900).value != "canary"
    assert len(tokens.issued) == 2


def test_key_is_kept_and_private(tmp_path: Path) -> None:
    path = tmp_path / "key"
    key = read_key(path)
    assert read_key(path) == key
    assert len(key) == 32
    assert path.stat().st_mode & 0o077 == 0


def test_shifted_clock_ticks_and_moves() -> None:
    clock = ShiftedClock()
    before = clock()
    clock.advance(100)
    assert 100 <= clock() - before < 200
