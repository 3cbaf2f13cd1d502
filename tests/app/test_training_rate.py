"""The images per second that the status bar says."""

from __future__ import annotations

from saegui.app.training_rate import TrainingRate
from saegui.core.runs.history import StepResult


def step(seconds: float) -> StepResult:
    return StepResult(
        step=1, epoch=0.1, seconds=seconds, loss=1.0, fvu=1.0, l0=3.0, dead=0, losses={"mse": 1.0}, images=100
    )


def test_only_the_last_two_seconds_count_and_one_step_has_no_rate() -> None:
    rate = TrainingRate()
    assert rate.value == 0
    rate.add(step(0.0))
    assert rate.value == 0
    for seconds in (1.0, 11.0, 11.5, 12.0):
        rate.add(step(seconds))
    assert rate.value == 200, "the slow steps before are forgotten"
    rate.clear()
    assert rate.value == 0
