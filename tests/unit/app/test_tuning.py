import ctypes
import gc
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from ctibridge.app.tuning import tune


@pytest.fixture(autouse=True)
def _as_before() -> Iterator[None]:
    interval, thresholds = sys.getswitchinterval(), gc.get_threshold()
    yield
    sys.setswitchinterval(interval)
    gc.set_threshold(*thresholds)


def test_a_thread_that_stores_has_its_turn_within_a_millisecond() -> None:
    tune()
    assert sys.getswitchinterval() == pytest.approx(0.001)


def test_garbage_is_looked_for_less_often_and_still_found() -> None:
    tune()
    before = sum(one["collected"] for one in gc.get_stats())
    for _ in range(25_000):
        circle: list[object] = []
        circle.append(circle)
    assert sum(one["collected"] for one in gc.get_stats()) - before > 15_000


HEAPS = """
import ctypes, sys, threading
from ctibridge.app.tuning import tune

if sys.argv[1] == "tuned":
    tune()
libc = ctypes.CDLL(None)
libc.fopen.restype = ctypes.c_void_p
libc.fclose.argtypes = [ctypes.c_void_p]
libc.malloc_info.argtypes = [ctypes.c_int, ctypes.c_void_p]
together = threading.Barrier(4)

def take() -> None:
    together.wait()
    libc.malloc(1000)
    together.wait()

threads = [threading.Thread(target=take) for _ in range(4)]
for thread in threads:
    thread.start()
for thread in threads:
    thread.join()
out = libc.fopen(sys.argv[2].encode(), b"w")
libc.malloc_info(0, out)
libc.fclose(out)
"""


def heaps(tmp_path: Path, how: str) -> int:
    """How many the C library has when four threads have asked for memory."""
    told = tmp_path / f"{how}.xml"
    subprocess.run([sys.executable, "-c", HEAPS, how, str(told)], check=True, timeout=60)
    return told.read_text().count("<heap nr=")


@pytest.mark.skipif(not hasattr(ctypes.CDLL(None), "malloc_info"), reason="only glibc has several heaps")
def test_all_threads_share_one_heap(tmp_path: Path) -> None:
    assert heaps(tmp_path, "untuned") > 1
    assert heaps(tmp_path, "tuned") == 1
