"""Work that several threads ask for, done once."""

import threading
from collections.abc import Callable, Hashable
from concurrent.futures import Future
from typing import Generic, TypeVar

_Key = TypeVar("_Key", bound=Hashable)
_Value = TypeVar("_Value")


class Once(Generic[_Key, _Value]):
    """Answers each question once; whoever asks meanwhile waits for that answer, or for its error."""

    def __init__(self, answer: Callable[[_Key], _Value]) -> None:
        self._answer = answer
        self._lock = threading.Lock()
        self._futures: dict[_Key, Future[_Value]] = {}

    def __call__(self, key: _Key) -> _Value:
        """Return the answer, or raise the error that the question was answered with."""
        with self._lock:
            known = self._futures.get(key)
            future = self._futures.setdefault(key, Future())
        if known is None:
            try:
                future.set_result(self._answer(key))
            except BaseException as error:  # noqa: BLE001 - handed to every caller that waits
                future.set_exception(error)
        return future.result()
