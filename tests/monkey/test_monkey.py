"""What a session of random events counts as a fault, how it is shortened, and a short session itself."""

from __future__ import annotations

import subprocess
import sys
import threading
import warnings
from pathlib import Path

import pytest
from PySide6.QtCore import QTimer, qWarning
from pytestqt.exceptions import capture_exceptions
from pytestqt.qtbot import QtBot

from tests.monkey import growth
from tests.monkey.__main__ import numbers
from tests.monkey.faults import Faults
from tests.monkey.growth import Held
from tests.monkey.shorten import ranges, shortest

CHECKOUT = Path(__file__).parents[2]


def held(events: int, **values: float) -> Held:
    return Held(**{**dict.fromkeys(Held._fields, 0), "events": events, **values})  # type: ignore[arg-type]


def test_what_grows_steadily_is_a_fault_and_what_jumps_once_is_none() -> None:
    at = range(growth.WARM_UP, growth.WARM_UP + 4000, growth.EVERY)
    leak = [held(events, memory=300 + events / 20) for events in at]
    assert growth.slope(leak, "memory") == pytest.approx(50)
    (sentence,) = growth.excess(leak)
    assert "memory grows by 50.0 per 1,000 events" in sentence
    assert growth.excess(leak[:3]) == []
    peak = [held(events, memory=300 + 400 * (events == at[7]), files=9) for events in at]
    assert growth.excess(peak) == []
    few = [held(events, files=9 + events // 100) for events in at]
    assert growth.excess(few)


def test_what_comes_with_a_library_is_no_growth_and_what_comes_beside_it_is() -> None:
    loaded = [
        held(events, memory=100.0 + 200 * (events > 1200), modules=10 + (events > 1200))
        for events in range(growth.WARM_UP, 4600, growth.EVERY)
    ]
    assert growth.excess(loaded) == []
    growing = [one._replace(memory=one.memory + one.events) for one in loaded]
    assert [fault.split(" grows")[0] for fault in growth.excess(growing)] == ["memory"]


def test_a_list_of_events_is_written_in_ranges_and_read_again() -> None:
    events = [3, 7, 8, 9, 20]
    assert ranges(events) == "3,7-9,20"
    assert sorted(numbers(ranges(events))) == events


def test_the_shortest_list_that_still_fails_is_found() -> None:
    tried: list[int] = []

    def fails(events: list[int]) -> bool:
        tried.append(len(events))
        return {17, 402} <= set(events)

    assert shortest(list(range(1000)), fails) == [17, 402]
    assert len(tried) < 100


def test_exceptions_of_every_thread_warnings_and_what_qt_says_are_faults(qtbot: QtBot) -> None:
    first: list[None] = []
    faults = Faults(lambda: first.append(None))
    with capture_exceptions(), faults.installed():
        QTimer.singleShot(0, lambda: 1 // 0)
        qtbot.waitUntil(lambda: len(faults.found) == 1)
        thread = threading.Thread(target=lambda: [][1])
        thread.start()
        thread.join()
        warnings.warn("an array of nothing", RuntimeWarning, stacklevel=1)
        qWarning("a painter that is not active")
        qWarning("This plugin does not support raise()")
    words = ("ZeroDivisionError", "IndexError", "an array of nothing", "a painter that is not active")
    assert [word in found for word, found in zip(words, faults.found, strict=True)] == [True] * 4
    assert len(first) == 1


@pytest.mark.slow
@pytest.mark.timeout(600)
def test_two_thousand_random_events_find_no_fault() -> None:
    """In a process of its own: what ends the process would take the tests with it."""
    done = subprocess.run(
        [sys.executable, "-m", "tests.monkey", "--events", "2000", "--seed", "0", "--table"],
        cwd=CHECKOUT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert "2000 events" in done.stdout.splitlines()[-1]
