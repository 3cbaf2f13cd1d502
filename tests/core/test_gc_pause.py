"""The collector rests while saegui loads, forgets what was loaded, and is left alone in anyone else's process.

In a process of its own: what other tests left to the collector must not be taken up again.
"""

from __future__ import annotations

import subprocess
import sys

import pytest

FORGETS = """
gc_pause.pause()
assert not gc.isenabled()
loaded = [object(), []]
gc_pause.resume()
assert gc.isenabled() and gc.get_freeze_count() > 0
assert not any(found is loaded for found in gc.get_objects())
"""
INNER = """
gc_pause.pause()
with gc_pause.paused():
    assert not gc.isenabled()
assert not gc.isenabled()
gc_pause.resume()
with gc_pause.paused():
    assert not gc.isenabled()
assert gc.isenabled()
"""
FOREIGN = """
with gc_pause.paused():
    assert gc.isenabled()
gc.disable()
gc_pause.resume()
assert not gc.isenabled() and gc.get_freeze_count() == 0
"""
BY_CALLER = """
import threading
gc_pause.pause()
gc_pause.leave_to_caller()
threads = []
gc.callbacks.append(lambda phase, info: threads.append(threading.current_thread()))
def work():
    for _ in range(10_000):
        circle = []
        circle.append(circle)
other = threading.Thread(target=work)
other.start()
other.join()
assert not threads
with gc_pause.paused():
    loaded = [object(), []]
    gc_pause.collect_if_due()
    assert not threads
assert not any(found is loaded for found in gc.get_objects())
work()
gc_pause.collect_if_due()
assert set(threads) == {threading.main_thread()}
threads.clear()
gc_pause.collect_if_due()
assert not threads
gc_pause.resume()
assert gc.isenabled()
"""


@pytest.mark.parametrize(
    "code", [FORGETS, INNER, FOREIGN, BY_CALLER], ids=["forgets", "inner", "foreign", "by caller"]
)
def test_collecting(code: str) -> None:
    command = [sys.executable, "-c", "import gc\nfrom saegui.core import gc_pause\n" + code]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 0, done.stderr
