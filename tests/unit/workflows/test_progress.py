from ca_vendor.workflows.progress import Silence, counted
from tests.unit.workflows.projects import Notes


def test_chunks_are_counted_while_they_pass() -> None:
    notes = Notes()
    assert list(counted([b"ab", b"", b"cde"], notes)) == [b"ab", b"", b"cde"]
    assert notes.bytes == 5


def test_silence_takes_everything() -> None:
    silence = Silence()
    silence.begin("downloading", total=3)
    silence.note("a line")
    with silence.waiting_for("a file"):
        assert list(counted([b"abc"], silence)) == [b"abc"]
    silence.end()
