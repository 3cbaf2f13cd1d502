"""The curves: every column, thinned without a gap, and back from disk."""

from __future__ import annotations

from contextlib import suppress
from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from saegui.core.config.changes import Change
from saegui.core.errors import RunError
from saegui.core.runs import history as curves
from saegui.core.runs.history import CAPACITY, TEST_COLUMNS, TRAIN_COLUMNS, History, StepResult


def step(number: int) -> StepResult:
    """A result whose every value tells its step."""
    return StepResult(number, number / 100, number / 1000, 1 / number, 2 / number, 10.0, number % 64, {}, 256)


def filled(steps: int, tests: int = 3) -> History:
    history = History()
    for number in range(1, steps + 1):
        history.add_step(step(number))
    for number in range(tests):
        history.add_test(curves.TestResult(number * 10, float(number), number / 7, 0.5, 0.4, 9.5))
    return history


class TestColumns:
    def test_hold_what_was_added(self) -> None:
        history = filled(300)
        assert tuple(history.train) == TRAIN_COLUMNS
        assert tuple(history.test) == TEST_COLUMNS
        np.testing.assert_array_equal(history.train["step"], np.arange(1, 301))
        for name in TRAIN_COLUMNS:
            np.testing.assert_array_equal(
                history.train[name], [getattr(step(n), name) for n in range(1, 301)]
            )
        np.testing.assert_array_equal(history.test["epoch"], [0, 1, 2])

    def test_are_empty_at_first(self) -> None:
        assert all(len(column) == 0 for column in [*History().train.values(), *History().test.values()])

    def test_cannot_be_written_to(self) -> None:
        column = filled(3).train["loss"]
        with pytest.raises(ValueError, match="read-only"):
            column[0] = 7


class TestThinning:
    @pytest.mark.parametrize("steps", [CAPACITY, CAPACITY + 1, 3 * CAPACITY, 5 * CAPACITY + 17])
    def test_keeps_evenly_spaced_steps_from_the_first_on_and_the_newest(self, steps: int) -> None:
        kept = filled(steps).train["step"]
        stride = 1
        while -(-steps // stride) > CAPACITY:
            stride *= 2
        np.testing.assert_array_equal(kept, np.union1d(np.arange(1, steps + 1, stride), [steps]))

    def test_the_newest_is_there_at_every_step(self) -> None:
        history = History()
        for number in range(1, 2 * CAPACITY + 10):
            history.add_step(step(number))
            newest = {name: column[-1] for name, column in history.train.items()}
            assert newest == {name: getattr(step(number), name) for name in TRAIN_COLUMNS}
        assert len(history.train["step"]) <= CAPACITY + 1

    def test_test_points_are_all_kept(self) -> None:
        assert len(filled(1, CAPACITY + 500).test["step"]) == CAPACITY + 500


class TestGoingOn:
    """A training that is resumed at ``step`` has the curves of one that was never interrupted."""

    @pytest.mark.parametrize("saved", [0, 1, 2, 100, CAPACITY, CAPACITY + 1, 2 * CAPACITY + 5])
    @pytest.mark.parametrize("ahead", [0, 1, 700])
    @pytest.mark.parametrize("more", [0, 1, 2, CAPACITY, 3 * CAPACITY])
    def test_the_same_rows_as_without_a_break(
        self, saved: int, ahead: int, more: int, tmp_path: Path
    ) -> None:
        """The file may be ahead of the step that is gone on from; what is ahead comes again."""
        filled(saved + ahead).save(tmp_path / "history.npz")
        history = History.load(tmp_path / "history.npz").until(saved)
        for number in range(saved + 1, saved + ahead + more + 1):
            history.add_step(step(number))
        expected = filled(saved + ahead + more)
        for name, column in expected.train.items():
            np.testing.assert_array_equal(history.train[name], column, err_msg=name)

    def test_ends_at_the_step_in_both_curves(self) -> None:
        history = filled(30, tests=4)
        for until, tests in ((0, 1), (9, 1), (10, 2), (25, 3), (30, 4), (99, 4)):
            cut = history.until(until)
            np.testing.assert_array_equal(cut.train["step"], np.arange(1, min(until, 30) + 1))
            np.testing.assert_array_equal(cut.test["step"], np.arange(tests) * 10)

    def test_is_a_copy(self) -> None:
        history = filled(30, tests=4)
        cut = history.until(10)
        cut.add_step(step(11))
        cut.add_test(curves.TestResult(20, 2.0, 0.1, 0.5, 0.4, 9.5))
        assert (len(history.train["step"]), len(history.test["step"])) == (30, 4)
        assert (len(cut.train["step"]), len(cut.test["step"])) == (11, 3)

    @settings(deadline=None, max_examples=40)
    @given(st.lists(st.integers(0, 40), max_size=6), st.integers(1, 9))
    def test_however_often_it_is_interrupted(self, pieces: list[int], capacity: int) -> None:
        """With room for a few rows only, so that it is thinned again and again."""
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(curves, "CAPACITY", capacity + 1)
            history, done = History(), 0
            for piece in pieces:
                for number in range(done + 1, done + piece + 1):
                    history.add_step(step(number))
                done += piece
                history = history.until(done)
            np.testing.assert_array_equal(history.train["step"], filled(done).train["step"])


class TestFiles:
    @pytest.mark.parametrize("steps", [0, 1, 255, 256, 257, CAPACITY + 5])
    def test_come_back(self, steps: int, tmp_path: Path) -> None:
        history = filled(steps)
        history.save(tmp_path / "history.npz")
        loaded = History.load(tmp_path / "history.npz")
        for name, column in history.train.items():
            np.testing.assert_array_equal(loaded.train[name], column)
        for name, column in history.test.items():
            np.testing.assert_array_equal(loaded.test[name], column)

    def test_equal_curves_give_equal_files(self, tmp_path: Path) -> None:
        for name in ("a", "b"):
            filled(20).save(tmp_path / name)
        assert (tmp_path / "a").read_bytes() == (tmp_path / "b").read_bytes()

    def test_what_was_loaded_can_grow(self, tmp_path: Path) -> None:
        filled(CAPACITY).save(tmp_path / "history.npz")
        loaded = History.load(tmp_path / "history.npz")
        for number in range(CAPACITY + 1, 2 * CAPACITY):
            loaded.add_step(step(number))
        assert len(loaded.train["step"]) <= CAPACITY
        assert loaded.train["step"][0] == 1

    def test_missing(self, tmp_path: Path) -> None:
        with pytest.raises(RunError, match=r"history\.npz cannot be read"):
            History.load(tmp_path / "history.npz")

    def test_foreign_files(self, tmp_path: Path) -> None:
        path = tmp_path / "history.npz"
        good = np.zeros((3, len(TRAIN_COLUMNS)))
        np.save(tmp_path / "array.npy", good)
        objects = np.array([{}], dtype=object)
        np.savez(tmp_path / "objects.npz", train=objects, test=objects)
        np.savez(tmp_path / "one.npz", train=good)
        np.savez(tmp_path / "shape.npz", train=good, test=good)
        np.savez(tmp_path / "type.npz", train=good.astype(np.float32), test=np.zeros((0, len(TEST_COLUMNS))))
        for name in ("array.npy", "objects.npz", "one.npz", "shape.npz", "type.npz"):
            path.write_bytes((tmp_path / name).read_bytes())
            with pytest.raises(RunError, match="curves are lost") as caught:
                History.load(path)
            # Numpy would advise to load it unsafely.
            assert "pickle" not in str(caught.value)

    @settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None, max_examples=150)
    @given(st.data())
    def test_damaged_anywhere_they_are_refused_or_read(self, tmp_path: Path, data: st.DataObject) -> None:
        path = tmp_path / "history.npz"
        filled(5).save(path)
        content = bytearray(path.read_bytes())
        if data.draw(st.booleans(), label="cut"):
            del content[data.draw(st.integers(0, len(content) - 1)) :]
        else:
            for place in data.draw(st.lists(st.integers(0, len(content) - 1), min_size=1, max_size=4)):
                content[place] = data.draw(st.integers(0, 255))
        path.write_bytes(content)
        with suppress(RunError):
            History.load(path)


def test_live_changes_are_kept_with_the_curves_and_cut_where_they_are(tmp_path: Path) -> None:
    history = History()
    # A wheel that was turned between two steps is one change; one that was turned back is none.
    for step, name, before, after in (
        (5, "k", 30, 20),
        (5, "k", 20, 10),
        (7, "lr", 0.001, 0.01),
        (7, "k", 10, 9),
        (7, "k", 9, 10),
    ):
        history.add_change(Change(step, step / 10, step / 100, name, before, after))
    expected = (Change(5, 0.5, 0.05, "k", 30, 10), Change(7, 0.7, 0.07, "lr", 0.001, 0.01))
    assert history.changes == expected
    history.save(tmp_path / "history.npz")
    found = History.load(tmp_path / "history.npz")
    assert found.changes == expected and isinstance(found.changes[0].after, int)
    assert found.until(6).changes == expected[:1]
    assert found.thinned(3).changes == expected
    np.savez(tmp_path / "old.npz", train=np.empty((0, 7)), test=np.empty((0, 6)))
    assert History.load(tmp_path / "old.npz").changes == ()
    for changed in (["seed"], ["k", "k"], [1.0]):
        np.savez(
            tmp_path / "bad.npz",
            train=np.empty((0, 7)),
            test=np.empty((0, 6)),
            changes=np.ones((1, 5)),
            changed=np.array(changed),
        )
        with pytest.raises(RunError, match="damaged"):
            History.load(tmp_path / "bad.npz")
