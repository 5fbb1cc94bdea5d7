import threading
from concurrent.futures import ThreadPoolExecutor

from ca_vendor.workflows.turns import Turns


def test_the_largest_that_waits_is_next() -> None:
    turns, begun, order = Turns(1), threading.Barrier(2, timeout=10), list[int]()
    waiting = threading.Semaphore(0)

    def download(size: int) -> None:
        waiting.release()
        with turns.take(size):
            order.append(size)

    def first() -> None:
        with turns.take(1):
            begun.wait()
            begun.wait()

    with ThreadPoolExecutor(8) as pool:
        holding = pool.submit(first)
        begun.wait()
        others = [pool.submit(download, size) for size in (5, 40, 3, 40, 7)]
        for _ in others:
            assert waiting.acquire(timeout=10)
        while len(turns._waiting) < len(others):
            threading.Event().wait(0.001)
        begun.wait()
        for future in (holding, *others):
            future.result(timeout=10)
    assert order == [40, 40, 7, 5, 3]


def test_so_many_at_a_time_and_a_failed_one_gives_its_turn_back() -> None:
    turns, lock, running, most = Turns(2), threading.Lock(), [0], [0]

    def download(number: int) -> None:
        with turns.take(number):
            with lock:
                running[0] += 1
                most[0] = max(most[0], running[0])
            threading.Event().wait(0.002)
            with lock:
                running[0] -= 1
            if number % 3 == 0:
                raise ValueError

    with ThreadPoolExecutor(8) as pool:
        futures = [pool.submit(download, number) for number in range(20)]
    assert sum(future.exception() is not None for future in futures) == 7
    assert most[0] == 2
