"""Latents that somebody sets on the current image: what it gives, undo, and what ends it."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from PySide6.QtTest import QSignalSpy

from saegui.app.services import Services
from saegui.app.steering import HEADROOM, NOT_HERE, OTHER_INPUT, OTHER_MODEL
from saegui.core.data import Dataset
from saegui.core.data.noun import IMAGE
from saegui.core.runs.run import STARTER_PATH


@pytest.fixture
def ready(services: Services, small_run: Path, digits: Dataset) -> Services:
    """With a digit that four of 24 latents describe."""
    services.library.open(small_run)
    services.state.set_image(digits.test_images[3], "test image 3")
    return services


def active(services: Services) -> list[int]:
    assert services.state.code is not None
    return [int(latent) for latent in services.state.code.active]


def off(services: Services) -> int:
    """A latent that the image does not activate."""
    assert services.state.code is not None
    return int(np.flatnonzero(services.state.code.z == 0)[0])


def notices(services: Services) -> QSignalSpy:
    return QSignalSpy(services.state.notice)


def test_setting_latents_changes_what_is_shown_and_not_the_code(ready: Services) -> None:
    steering, code = ready.steering, ready.state.code
    assert code is not None
    assert not steering.on
    assert steering.shown is code
    first, other = active(ready)[0], off(ready)
    steering.set(first, 0.0)
    steering.set(other, 1.5)
    assert steering.values == {first: 0.0, other: 1.5}
    shown, result = steering.shown, steering.result
    assert shown is not None
    assert result is not None
    z = code.z.copy()
    z[[first, other]] = 0, 1.5
    np.testing.assert_array_equal(shown.z, z)
    np.testing.assert_allclose(shown.reconstruction - code.reconstruction, result.difference, atol=1e-6)
    assert (result.mse_before, shown.mse) == (pytest.approx(code.mse), result.mse)
    assert ready.state.code is code


def test_values_stay_between_off_and_twice_the_strongest(ready: Services) -> None:
    steering, code = ready.steering, ready.state.code
    assert code is not None
    assert steering.top == pytest.approx(HEADROOM * code.z.max())
    for asked, held in ((-3.0, 0.0), (1e9, steering.top)):
        steering.set(2, asked)
        assert steering.values == {2: held}
    steering.set(24, 1.0)
    steering.set(-1, 1.0)
    steering.hold(24)
    assert steering.values == {2: steering.top}


def test_a_latent_that_is_held_is_listed_with_the_value_that_it_has(ready: Services) -> None:
    first, other = active(ready)[0], off(ready)
    assert ready.state.code is not None
    for latent in (first, other):
        ready.steering.hold(latent)
    assert ready.steering.values == {first: ready.state.code.z[first], other: 0.0}
    ready.steering.set(first, 0.5)
    ready.steering.hold(first)
    assert ready.steering.values[first] == 0.5


def test_every_change_is_one_step_of_the_one_undo(ready: Services) -> None:
    steering, undo = ready.steering, ready.undo
    undo.clear()
    first, second = active(ready)[:2]
    steering.set(first, 0.1)
    for value in (0.2, 0.3, 0.4):
        steering.set(first, value, more=True)
    steering.set(second, 0.0, more=True)
    steering.release(first)
    steering.reset()
    assert undo.count() == 4
    seen = [dict(steering.values)]
    while undo.canUndo():
        undo.undo()
        seen.append(dict(steering.values))
    assert seen == [{}, {second: 0.0}, {first: 0.4, second: 0.0}, {first: 0.4}, {}]
    while undo.canRedo():
        undo.redo()
        seen.append(dict(steering.values))
    assert seen[5:] == [*reversed(seen[1:4]), {}]
    steering.reset()
    assert undo.count() == 4, "nothing was set, and nothing is a step"


def test_a_change_after_an_undo_is_a_step_of_its_own(ready: Services) -> None:
    steering, undo = ready.steering, ready.undo
    steering.set(1, 0.1)
    steering.set(1, 0.2)
    undo.undo()
    steering.set(1, 0.3, more=True)
    undo.undo()
    assert steering.values == {1: 0.1}


def test_another_image_ends_it_and_undo_brings_it_back(ready: Services, digits: Dataset) -> None:
    steering, state, said = ready.steering, ready.state, notices(ready)
    drawn = state.drawing
    steering.set(3, 1.0)
    state.set_image(digits.test_images[4], "test image 4")
    assert not steering.on
    assert steering.shown is state.code
    assert said.count() == 1
    assert said.at(0)[1] == IMAGE.instead_of_input(OTHER_INPUT)
    state.set_drawing(drawn)
    assert steering.values == {3: 1.0}
    ready.undo.undo()
    assert steering.values == {}
    state.set_image(digits.test_images[4], "test image 4")
    state.set_drawing(drawn)
    assert steering.values == {}
    assert said.count() == 1


def test_a_step_that_belongs_to_another_image_says_so(ready: Services, digits: Dataset) -> None:
    said = notices(ready)
    ready.steering.set(3, 1.0)
    ready.state.set_image(digits.test_images[4], "test image 4")
    ready.undo.undo()
    assert ready.steering.values == {}
    assert [said.at(place)[1] for place in range(said.count())] == [
        IMAGE.instead_of_input(words) for words in (OTHER_INPUT, NOT_HERE)
    ]


def test_another_run_ends_it_and_other_weights_of_the_run_do_not(ready: Services, small_run: Path) -> None:
    steering, said = ready.steering, notices(ready)
    steering.set(3, 1.0)
    before = steering.result
    ready.scrubbing.show_place(0)
    assert steering.values == {3: 1.0}
    assert steering.result is not before
    assert steering.result is not None
    assert steering.result.z[3] == 1
    assert ready.library.open(STARTER_PATH)
    assert not steering.on
    assert [said.at(place)[1] for place in range(said.count())] == [OTHER_MODEL]
    ready.library.open(small_run)
    assert not steering.on


def test_without_an_image_nothing_can_be_set(services: Services, small_run: Path) -> None:
    services.library.open(small_run)
    services.steering.set(1, 1.0)
    services.steering.hold(1)
    assert not services.steering.on
    assert services.steering.result is services.steering.shown is None


def test_clearing_the_drawing_ends_it(ready: Services) -> None:
    ready.steering.set(1, 1.0)
    ready.state.set_strokes([])
    assert not ready.steering.on
    assert ready.steering.shown is None
