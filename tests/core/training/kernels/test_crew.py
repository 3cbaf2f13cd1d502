"""Threads that share the pieces of a kernel."""

from __future__ import annotations

import os
import subprocess
import sys
import threading
import time
from functools import partial
from pathlib import Path

import numpy as np
import pytest

pytest.importorskip("numba")

from saegui.core.training.kernels.crew import Pace

CHECKOUT = Path(__file__).parents[4]
BUSY = """
import atexit, os, threading

@atexit.register
def after_all_others():
    left = [thread.name for thread in threading.enumerate() if thread.name.startswith("saegui")]
    print("left:", left)

import numpy as np
from saegui.core.training.kernels import crew
from saegui.core.training.kernels.compiled import kernel

@kernel
def work(counters):
    while crew.take(counters[0]) < 1000:
        crew.done(counters[0])

crew.share(work, 1000, 4)
print("shared by", len([thread for thread in threading.enumerate() if thread.name.startswith("saegui")]))
"""


def test_the_threads_end_before_python_does(tmp_path: Path) -> None:
    """One that comes out of a kernel while Python ends aborts the process, at one end of three where others keep the processor."""
    environment = {**os.environ, "SAEGUI_HOME": str(tmp_path), "PYTHONPATH": str(CHECKOUT)}
    script = tmp_path / "busy.py"
    script.write_text(BUSY)
    done = subprocess.run(
        [sys.executable, str(script)], env=environment, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    assert done.stdout.split("\n")[:2] == ["shared by 3", "left: []"]


def test_nobody_begins_a_phase_before_the_one_it_needs_is_done() -> None:
    """Every piece of the second phase sums up what the first has written."""
    from saegui.core.training.kernels import crew
    from saegui.core.training.kernels.compiled import kernel

    pieces, wide = 50, 20_000

    @kernel
    def work(counters, written, sums):  # type: ignore[no-untyped-def]
        while True:
            piece = crew.take(counters[0])
            if piece >= pieces:
                break
            written[piece, :] += 1
            crew.done(counters[0])
        crew.all_done(counters[0], pieces)
        while True:
            piece = crew.take(counters[1])
            if piece >= pieces:
                return
            sums[piece] = written.sum()
            crew.done(counters[1])

    for threads in (1, 2, 4):
        written, sums = np.zeros((pieces, wide)), np.zeros(pieces)
        for step in range(1, 21):
            crew.share(partial(work, written=written, sums=sums), pieces, threads, 2)
            assert (sums == step * pieces * wide).all()


@pytest.mark.skipif(os.name != "posix", reason="elsewhere threads that wait do not sleep")
def test_who_waits_for_long_leaves_the_processor_to_others_and_is_woken() -> None:
    """Two threads that wait for each other would else take turns with other programs, and seldom run at the same time."""
    from saegui.core.training.kernels import crew
    from saegui.core.training.kernels.compiled import kernel

    @kernel
    def do_one(counters):  # type: ignore[no-untyped-def]
        crew.done(counters)

    counters, shares = np.zeros(crew.ROW, np.int64), list[float]()
    crew._wait(counters, 0)
    do_one(np.zeros(crew.ROW, np.int64))

    def wait() -> None:
        wall, own = time.perf_counter(), time.thread_time()
        crew._wait(counters, 2)
        shares.append((time.thread_time() - own) / (time.perf_counter() - wall))

    thread = threading.Thread(target=wait, daemon=True)
    thread.start()
    for _ in range(2):
        thread.join(0.2)
        assert thread.is_alive()
        do_one(counters)
    thread.join(60)
    assert shares and shares[0] < 0.5
    assert counters[crew.SLEEPING] == 0


def test_nobody_sleeps_on_when_the_last_piece_is_done() -> None:
    """Pieces take so long that whoever waits for one has fallen asleep, or is about to."""
    from saegui.core.training.kernels import crew
    from saegui.core.training.kernels.compiled import kernel

    phases = 500

    @kernel
    def work(counters, lengths, found):  # type: ignore[no-untyped-def]
        for phase in range(len(lengths)):
            here = counters[phase]
            while crew.take(here) < 2:
                total = 0.0
                for number in range(lengths[phase]):
                    total += np.sqrt(number + total)
                found[phase] += total > 0
                crew.done(here)
            crew.all_done(here, 2)

    lengths = np.random.default_rng(0).integers(1, 30_000, phases)
    for threads in (2, 3):
        found = np.zeros(phases, np.int64)
        crew.share(partial(work, lengths=lengths, found=found), 0, threads, phases)
        assert (found > 0).all()


class Clock:
    """Time that goes on as it is told."""

    def __init__(self) -> None:
        self.now = 5.0

    def __call__(self) -> float:
        return self.now


def paced(pace: Pace, clock: Clock, seconds: dict[int, float], until: float) -> list[int]:
    """How many threads did each step up to a time, where a step takes ``seconds`` by their number."""
    found = []
    while clock.now < until:
        found.append(pace.begin(4))
        clock.now += seconds[found[-1]]
        pace.end()
    return found


@pytest.mark.parametrize("best", [4, 2, 1])
def test_the_fastest_number_of_threads_is_chosen(best: int) -> None:
    clock = Clock()
    seconds = {number: 0.001 if number == best else 0.0014 for number in (4, 2, 1)}
    found = paced(Pace(clock), clock, seconds, clock.now + 10)
    late = found[len(found) // 2 :]
    assert set(found) == {4, 2, 1} and late.count(best) > 0.97 * len(late)


def test_where_half_of_the_threads_are_much_slower_fewer_are_not_tried() -> None:
    clock = Clock()
    found = paced(Pace(clock), clock, {4: 0.001, 2: 0.002}, clock.now + 10)
    assert set(found) == {4, 2} and found.count(4) > 0.9 * len(found)


def test_all_are_tried_again_when_others_have_ended() -> None:
    clock = Clock()
    pace = Pace(clock)
    found = paced(pace, clock, {4: 0.004, 2: 0.002, 1: 0.001}, clock.now + 10)
    assert found.count(1) > 0.95 * len(found)
    found = paced(pace, clock, {4: 0.001, 2: 0.0011, 1: 0.0012}, clock.now + 10)
    late = found[len(found) // 2 :]
    assert found.count(4) > 0.75 * len(found) and late.count(4) > 0.95 * len(late)


def test_a_moment_in_which_others_need_the_processors_changes_nothing() -> None:
    """Whenever it is, also while numbers of threads are tried, for the first time, too."""
    seconds = {4: 0.001, 2: 0.0014, 1: 0.002}
    for after in np.arange(0, 5.5, 0.01):
        clock = Clock()
        pace = Pace(clock)
        paced(pace, clock, seconds, clock.now + after)
        pace.begin(4)
        clock.now += 0.2
        pace.end()
        found = paced(pace, clock, seconds, clock.now + 2)
        assert found.count(4) > 0.8 * len(found), after


def test_first_steps_that_become_faster_do_not_decide() -> None:
    """The first few of a large model take several times as long as those that come later, whoever does them."""
    clock = Clock()
    pace, found = Pace(clock), list[int]()
    for step in range(60):
        found.append(pace.begin(2))
        clock.now += {2: 0.1, 1: 0.15}[found[-1]] * (1 + 8 * 0.4**step)
        pace.end()
    assert found[-50:].count(2) > 45


def test_what_was_chosen_wrongly_is_not_kept_for_long() -> None:
    """Beside other programs, a few steps do not say which is faster: one thread is first left alone, and has its share later."""
    clock = Clock()
    pace = Pace(clock)
    assert paced(pace, clock, {4: 0.002, 2: 0.0014, 1: 0.001}, clock.now + 0.4)[-1] == 1
    found = paced(pace, clock, {4: 0.001, 2: 0.0014, 1: 0.002}, clock.now + 3)
    assert found.count(4) > 0.6 * len(found)


def test_one_thread_has_nothing_to_try() -> None:
    pace = Pace(Clock())
    for _ in range(10):
        assert pace.begin(1) == 1
        pace.end()


def test_long_steps_are_tried_as_often_as_short_ones() -> None:
    clock = Clock()
    found = paced(Pace(clock), clock, {4: 10.0, 2: 12.0, 1: 17.0}, clock.now + 4000)
    assert found.count(1) <= 6 and found.count(2) <= 6 and found[-1] == 4


def test_a_step_that_never_ends_is_not_counted() -> None:
    """As one that diverged."""
    clock = Clock()
    pace = Pace(clock)
    pace.begin(4)
    clock.now += 1000
    assert paced(pace, clock, {4: 0.001, 2: 0.002}, clock.now + 0.5)[-1] == 4
