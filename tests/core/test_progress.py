"""How far work of several parts is."""

from __future__ import annotations

from saegui.core.progress import InOne
from tests.watched import Watched


class Clock:
    """Shows the time that it is given."""

    def __init__(self) -> None:
        self.now = 5.0

    def __call__(self) -> float:
        return self.now


def test_a_part_that_takes_no_time_takes_no_room() -> None:
    watched, clock = Watched(), Clock()
    in_one = InOne(watched, clock)
    for done in range(3):
        in_one.report(done, 2, "Reading")
    in_one.last().report(0, 4, "Drawing")
    assert watched.done == [0, 0, 0, 0]
    in_one.report(1, 4, "Drawing")
    in_one.report(4, 4)
    assert watched.done[4:] == [250, 1000]


def test_a_part_that_takes_long_takes_half_of_what_is_left() -> None:
    watched, clock = Watched(), Clock()
    in_one = InOne(watched, clock)
    in_one.report(0, 2, "Reading")
    in_one.report(2, 2, "Reading")
    # The next one begins at nothing again; its time counts from there.
    clock.now += 100
    in_one.report(0, 2, "Measuring")
    in_one.report(1, 2, "Measuring")
    clock.now += InOne.AT_ONCE + 1
    in_one.report(1, 2, "Measuring")
    clock.now += 100
    in_one.report(2, 2, "Measuring")
    in_one.last().report(0, 4, "Drawing")
    in_one.report(2, 4, "Drawing")
    assert watched.done == [0, 0, 0, 0, 250, 500, 500, 750]
    assert watched.texts[-1] == "Drawing: 3 of 4"
