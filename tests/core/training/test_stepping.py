"""Several steps of several groups, by threads of which any may be kept from its processor."""

from __future__ import annotations

from threading import Event, Lock

import pytest

from saegui.core.training import stepping
from saegui.core.training.gradients.plan import Group

torch = pytest.importorskip("torch")


def _groups(number: int, beside: bool = True) -> list[Group]:
    return [Group((index,), lambda x, asks: [], beside) for index in range(number)]


def _numbers(after: int, steps: int) -> list[int]:
    return list(range(after, after + steps))


class TestTakeAll:
    @pytest.mark.parametrize("threads", [1, 2, 3])
    @pytest.mark.parametrize("steps", [1, 3, 32])
    def test_takes_the_steps_of_every_group_in_order(self, steps: int, threads: int) -> None:
        torch.set_num_threads(threads)
        groups = _groups(1, False) + _groups(7)
        found = stepping.take_all(groups, lambda group, most, after: _numbers(after, most), steps)
        assert found == [list(range(steps))] * 8

    def test_asks_again_after_fewer_and_not_after_none(self) -> None:
        """Something must be done between two steps of the first, and the second is over."""
        torch.set_num_threads(2)
        asked: list[tuple[int, int]] = []

        def take(group: Group, most: int, after: int) -> list[int]:
            asked.append((group.which[0], after))
            ends = 20 if group.which[0] else 100
            return _numbers(after, min(most, 5, ends - after))

        first, second = stepping.take_all(_groups(2), take, 32)
        assert (first, second) == (list(range(32)), list(range(20)))
        assert asked.count((1, 20)) == 1

    def test_takes_the_first_whole_and_the_last_in_parts(self) -> None:
        torch.set_num_threads(2)
        asked: dict[int, list[int]] = {index: [] for index in range(6)}

        def take(group: Group, most: int, after: int) -> list[int]:
            asked[group.which[0]].append(most)
            return _numbers(after, most)

        stepping.take_all(_groups(6), take, 32)
        assert asked == {0: [32], 1: [32], **{index: [8] * 4 for index in (2, 3, 4, 5)}}

    @pytest.mark.parametrize("stopped", [0, 5])
    def test_who_is_stopped_holds_up_only_what_it_has(self, stopped: int) -> None:
        """The others are done with all of their steps before it goes on."""
        torch.set_num_threads(2)
        others, counted, lock = Event(), 0, Lock()

        def take(group: Group, most: int, after: int) -> list[int]:
            nonlocal counted
            if group.which[0] == stopped:
                assert others.wait(60)
                return _numbers(after, most)
            with lock:
                counted += most
                if counted == 5 * 32:
                    others.set()
            return _numbers(after, most)

        assert stepping.take_all(_groups(6), take, 32) == [list(range(32))] * 6

    def test_raises_what_a_thread_raised_when_all_are_done(self) -> None:
        torch.set_num_threads(2)
        done: list[int] = []

        def take(group: Group, most: int, after: int) -> list[int]:
            if group.which[0] == 0:
                raise ValueError("of the first")
            done.append(most)
            return _numbers(after, most)

        with pytest.raises(ValueError, match="of the first"):
            stepping.take_all(_groups(3), take, 8)
        assert sum(done) == 16
