import json
import logging
import traceback

import pytest

from ca_vendor.credential import Credential, FixedCredential, Secret

VALUE = "hunter2-öß"
SECRET = Secret(VALUE)
CREDENTIAL = Credential(username="aws", password=SECRET)


@pytest.mark.parametrize(
    "shown",
    [
        str(SECRET),
        repr(SECRET),
        f"{SECRET}",
        f"{SECRET!r:>40}",
        "%s" % SECRET,  # noqa: UP031 - each way of formatting is tried
        "{}".format(SECRET),  # noqa: UP032
        repr(CREDENTIAL),
        str(CREDENTIAL),
        repr([SECRET, {"password": SECRET}]),
        repr(FixedCredential(CREDENTIAL)),
        json.dumps({"password": SECRET}, default=str),
    ],
)
def test_secret_is_masked_wherever_it_is_shown(shown: str) -> None:
    assert VALUE not in shown
    assert "********" in shown


def fail_with(secret: Secret, credential: Credential) -> None:
    raise ValueError(secret, credential)


def test_secret_is_masked_in_a_traceback() -> None:
    with pytest.raises(ValueError, match="Secret") as caught:
        fail_with(SECRET, CREDENTIAL)
    shown = traceback.TracebackException.from_exception(caught.value, capture_locals=True)
    text = "".join(shown.format())
    assert "secret = Secret(" in text
    assert VALUE not in text


def test_secret_is_masked_in_a_log(caplog: pytest.LogCaptureFixture) -> None:
    logging.getLogger("ca_vendor").error("failed for %s and %r", CREDENTIAL, SECRET)
    assert "********" in caplog.text
    assert VALUE not in caplog.text


def test_value_is_had_by_asking_for_it() -> None:
    assert SECRET.reveal() == VALUE
    assert bool(SECRET)
    assert not Secret("")
    assert Secret(VALUE) == SECRET


def test_authorization_is_basic_and_utf_8() -> None:
    assert Credential(username="aws", password=Secret("a:b")).authorization() == "Basic YXdzOmE6Yg=="
    assert CREDENTIAL.authorization().isascii()


def test_fixed_credential_has_no_other() -> None:
    source = FixedCredential(CREDENTIAL)
    assert source.current() is CREDENTIAL
    assert source.renewed(CREDENTIAL) is None
    assert FixedCredential().current() is None
