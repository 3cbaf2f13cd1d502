"""An accelerator that fails in the middle of a step: what was saved is kept, and the processor resumes the training."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from saegui.core.config.schema import RunConfig
from saegui.core.config.variants import variants
from saegui.core.data import Dataset
from saegui.core.errors import DeviceError
from saegui.core.runs.run import open_run
from saegui.core.training.adam import Adam
from saegui.core.training.joint_trainer import Member
from saegui.core.training.session import Session
from saegui.core.training.sweep import Sweep

pytestmark = pytest.mark.usefixtures("one_thread")
CONFIG = RunConfig(dataset="digits", n_latents=16, k=4, batch_size=256, epochs=4)
SAID = "CUDA error: unspecified launch failure"


def finish(training: Session | Sweep) -> None:
    while not training.done:
        training.advance()


@pytest.fixture
def failing(monkeypatch: pytest.MonkeyPatch) -> Iterator[pytest.MonkeyPatch]:
    """The processor is called cuda, and fails as that does: between the gradients and the new weights of the 18th step."""
    steps, step = iter(range(1, 1000)), Adam.step

    def fail(self: Adam, *arguments: object) -> None:
        if next(steps) == 18:
            raise RuntimeError(f"{SAID}\nCUDA kernel errors might be asynchronously reported.")
        step(self, *arguments)  # type: ignore[arg-type]

    with monkeypatch.context() as patch:
        patch.setattr(Adam, "step", fail)
        patch.setattr(Member, "device", "cuda")
        yield patch


def test_the_sentence_says_what_is_kept_and_the_processor_resumes_it(
    digits: Dataset, tmp_path: Path, failing: pytest.MonkeyPatch
) -> None:
    session = Session(CONFIG, digits, tmp_path / "run")
    with pytest.raises(DeviceError) as error:
        finish(session)
    kept = open_run(tmp_path / "run")
    assert kept.step > 0 and kept.step == kept.latest().step
    said = f"The device cuda failed after step {session.trainer.steps} ({SAID}). {kept.path} keeps step {kept.step}; "
    assert str(error.value) == f"{said}resume its training on the processor (--device cpu)."
    failing.undo()
    resumed = Session.resume(kept, digits)
    finish(resumed)
    resumed.close()
    assert open_run(kept.path).status == "finished"
    uninterrupted = Session(CONFIG, digits, tmp_path / "other")
    finish(uninterrupted)
    np.testing.assert_array_equal(resumed.trainer.snapshot().W_dec, uninterrupted.trainer.snapshot().W_dec)


def test_on_the_processor_it_is_a_mistake_of_the_program(
    digits: Dataset, tmp_path: Path, failing: pytest.MonkeyPatch
) -> None:
    failing.setattr(Member, "device", "cpu")
    session = Session(CONFIG, digits, tmp_path / "run")
    with pytest.raises(RuntimeError, match=SAID):
        finish(session)


def test_each_of_several_can_be_resumed(digits: Dataset, tmp_path: Path, failing: pytest.MonkeyPatch) -> None:
    sweep = Sweep(
        variants({"seed": [0, 1]}, lambda values: CONFIG.model_copy(update=values)), digits, tmp_path / "runs"
    )
    with pytest.raises(DeviceError, match="resume its training on the processor"):
        finish(sweep)
    for variant in sweep.variants:
        run = open_run(tmp_path / "runs" / variant.folder)
        assert run.can_resume and not run.is_being_trained
