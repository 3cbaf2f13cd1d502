"""Work waits for the pen's next movement while it moves, and never longer than until it is asked for again."""

from __future__ import annotations

import numpy as np
import pytest
from pytestqt.qtbot import QtBot

from saegui.app.pen_first import PenFirst
from saegui.app.state import AppState

STROKE = np.array([[0.2, 0.2], [0.8, 0.8]])


@pytest.fixture
def state(qapp: object) -> AppState:
    return AppState()


def test_without_a_pen_it_is_done_at_once(state: AppState) -> None:
    done: list[bool] = []
    pen_first = PenFirst(state, lambda: done.append(True), state)
    pen_first.ask()
    pen_first.ask()
    assert len(done) == 2


def test_while_the_pen_moves_it_is_done_after_its_next_movement(state: AppState, qtbot: QtBot) -> None:
    done: list[bool] = []
    pen_first = PenFirst(state, lambda: done.append(True), state)
    state.set_strokes([STROKE])
    pen_first.ask()
    assert not done
    state.set_strokes([STROKE * 0.9])
    # Not within the movement: what it changed is painted first.
    assert not done
    qtbot.waitUntil(lambda: done == [True])
    state.set_strokes([STROKE * 0.8])
    assert done == [True]


def test_a_pen_that_stopped_holds_nothing_up(state: AppState) -> None:
    done: list[bool] = []
    pen_first = PenFirst(state, lambda: done.append(True), state)
    state.set_strokes([STROKE])
    pen_first.ask()
    pen_first.ask()
    assert done == [True]
    pen_first.ask()
    assert done == [True, True]
