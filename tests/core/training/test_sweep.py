"""Several trainings on the same batches and their runs: each as it would be alone, whatever happens to the others."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from saegui.core.analysis import metrics
from saegui.core.config.schema import make
from saegui.core.config.variants import Variant, variants
from saegui.core.data import Dataset
from saegui.core.errors import DivergedError, RunError
from saegui.core.runs import writer
from saegui.core.runs.run import open_run
from saegui.core.training import checkpoints
from saegui.core.training.session import Session
from saegui.core.training.sweep import Sweep

torch = pytest.importorskip("torch")
pytestmark = pytest.mark.usefixtures("one_thread")

BASE = {"dataset": "digits", "n_latents": 32, "k": 4, "epochs": 3, "batch_size": 64}


def of(base: dict[str, Any] = BASE, **values: Sequence[object]) -> list[Variant]:
    return variants(values, lambda chosen: make({**base, **chosen}))


def finish(sweep: Sweep) -> list[str]:
    """Everything that went wrong."""
    problems = []
    while not sweep.done:
        sweep.advance()
        problems += sweep.problems
    sweep.close()
    return problems + sweep.problems


class TestSweep:
    def test_each_run_is_what_it_is_alone(self, digits: Dataset, tmp_path: Path) -> None:
        sweep = Sweep(of(k=[2, 4], epochs=[1, 3]), digits, tmp_path / "all")
        assert finish(sweep) == []
        assert len({checkpoints.run.created for checkpoints in sweep.checkpointers}) == 1
        for variant, measured in zip(sweep.variants, sweep.measured, strict=True):
            run = open_run(tmp_path / "all" / variant.folder)
            assert (run.status, run.name, run.epoch) == ("finished", variant.name, variant.config.epochs)
            assert measured is not None
            assert run.metrics == measured.to_dict() == metrics.evaluate(run.latest(), digits).to_dict()
            alone = Session(variant.config, digits, tmp_path / "alone" / variant.folder)
            while not alone.done:
                alone.advance()
            assert alone.close().mse == pytest.approx(measured.mse, rel=1e-3)
            assert run.steps() == alone.run.steps()
            for table in ("train", "test"):
                ours, theirs = (
                    getattr(history, table) for history in (run.history(), alone.checkpoints.history)
                )
                np.testing.assert_array_equal(ours["step"], theirs["step"])
                np.testing.assert_allclose(ours["fvu"], theirs["fvu"], rtol=1e-2)

    def test_all_are_saved_after_the_same_step(self, digits: Dataset, tmp_path: Path) -> None:
        sweep = Sweep(of(k=[2, 4]), digits, tmp_path)
        for _ in range(3):
            sweep.advance()
        # Only of the first the last save is long ago.
        sweep.checkpointers[0]._saved -= 1000
        sweep.advance()
        assert [open_run(tmp_path / variant.folder).step for variant in sweep.variants] == [3, 3]
        sweep.close()

    def test_one_that_diverges_is_closed_and_named_and_the_others_continue(
        self, digits: Dataset, tmp_path: Path
    ) -> None:
        sweep = Sweep(of({**BASE, "n_latents": 64, "k": 64}, lr=[1e-3, 1.0]), digits, tmp_path)
        problems = finish(sweep)
        assert len(problems) == 1
        assert "lr 1: The training diverged at step" in problems[0] and "is kept" in problems[0]
        good, bad = (open_run(tmp_path / variant.folder) for variant in sweep.variants)
        assert (good.status, bad.status) == ("finished", "diverged")
        assert sweep.measured[0] is not None and sweep.measured[1] is None
        assert np.isfinite(bad.latest().W_dec).all()
        assert sweep.longest.config == good.config

    def test_one_whose_measurement_shows_that_it_exploded_trains_no_further(
        self, digits: Dataset, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        sweep = Sweep(of(k=[2, 4], epochs=[3, 4]), digits, tmp_path)
        first, longest = sweep.checkpointers[0], sweep.checkpointers[3]
        assert sweep.longest is longest.trainer or sweep.longest.total_steps == longest.trainer.total_steps
        while not first.trainer.at_epoch_end:
            sweep.advance()
        monkeypatch.setattr(
            first.trainer, "check", lambda loss, mse: (_ for _ in ()).throw(DivergedError("It exploded."))
        )
        problems = finish(sweep)
        assert [problem.split(": ")[1] for problem in problems] == [
            f"It exploded. The last snapshot before it, of step {first.last_good.step}, is kept in {first.run.path}."
        ]
        run = open_run(tmp_path / sweep.variants[0].folder)
        assert (run.status, run.epoch) == ("diverged", 1.0)
        # It was noticed at the end of its second epoch, and no step came after.
        assert first.trainer.epoch == 2.0
        others = [open_run(tmp_path / variant.folder) for variant in sweep.variants[1:]]
        assert [run.status for run in others] == ["finished"] * 3

    def test_the_longest_is_found_wherever_it_stands(self, digits: Dataset, tmp_path: Path) -> None:
        sweep = Sweep(of({**BASE, "n_latents": 64, "k": 64}, lr=[1.0, 1e-3], epochs=[3, 2]), digits, tmp_path)
        finish(sweep)
        assert [checkpoints.run.status for checkpoints in sweep.checkpointers] == ["diverged"] * 2 + [
            "finished"
        ] * 2
        assert sweep.longest is sweep.checkpointers[2].trainer

    def test_a_second_interruption_while_it_begins_leaves_nothing(
        self, digits: Dataset, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        def interrupted(*_: object, **__: object) -> None:
            raise KeyboardInterrupt

        monkeypatch.setattr(writer.RunWriter, "save", interrupted)
        with pytest.raises(KeyboardInterrupt):
            Sweep(of(k=[2, 4]), digits, tmp_path / "all")
        assert list(tmp_path.iterdir()) == []

    def test_one_that_is_done_is_not_copied_at_every_step(
        self, digits: Dataset, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """Not even where its last save failed."""
        sweep = Sweep(of(k=[2, 4], epochs=[1, 3])[:3:2] + of(k=[2, 4], epochs=[1, 3])[3:], digits, tmp_path)
        short = sweep.checkpointers[0]
        monkeypatch.setattr(short, "close", lambda: (_ for _ in ()).throw(RunError("No room.")))
        monkeypatch.setattr(checkpoints, "SAVE_SECONDS", 0.0)
        while not short.done:
            sweep.advance()
        asked: list[int] = []
        monkeypatch.setattr(short, "set_aside", lambda *, now: asked.append(1))
        sweep.advance()
        assert not asked

    def test_many_are_saved_less_often_than_one(
        self, digits: Dataset, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """Where a round of saves takes longer than a tenth of the time between two."""
        monkeypatch.setattr(checkpoints, "QUICK_SECONDS", 0.0001)
        sweep = Sweep(of(k=[2, 4]), digits, tmp_path)
        assert all(each._slower > 10 for each in sweep.checkpointers)

    def test_closed_early_each_can_be_resumed_alone(self, digits: Dataset, tmp_path: Path) -> None:
        sweep = Sweep(of(k=[2, 4]), digits, tmp_path / "cut")
        while sweep.longest.epoch < 1.5:
            sweep.advance()
        sweep.close()
        whole = Sweep(of(k=[2, 4]), digits, tmp_path / "whole")
        finish(whole)
        for variant in sweep.variants:
            run = open_run(tmp_path / "cut" / variant.folder)
            assert (run.status, run.can_resume) == ("stopped", True)
            session = Session.resume(run, digits)
            while not session.done:
                session.advance()
            # The batches to come are the same; only the order of additions is not.
            expected = open_run(tmp_path / "whole" / variant.folder).metrics["mse"]
            assert session.close().mse == pytest.approx(expected, rel=1e-3)

    def test_what_is_saved_on_the_way_opens(
        self, digits: Dataset, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(checkpoints, "SAVE_SECONDS", 0.0)
        sweep = Sweep(of(k=[2, 4]), digits, tmp_path)
        for _ in range(5):
            sweep.advance()
        for variant in sweep.variants:
            run = open_run(tmp_path / variant.folder)
            assert (run.status, run.step) == ("training", 4)
            with pytest.raises(RunError, match="being trained"):
                Session.resume(run, digits)
        sweep.close()

    def test_a_save_that_fails_is_named_and_tried_again(
        self, digits: Dataset, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        save, calls = writer.RunWriter.save, iter(range(100))

        def failing_once(writer: writer.RunWriter, *arguments: Any, **options: Any) -> None:
            if next(calls) == 2:
                raise RunError("There is no room.")
            save(writer, *arguments, **options)

        monkeypatch.setattr(writer.RunWriter, "save", failing_once)
        sweep = Sweep(of(k=[2, 4]), digits, tmp_path)
        problems = finish(sweep)
        assert problems == [
            f"{sweep.variants[0].name}: There is no room. The training continues; saving is tried again."
        ]
        assert [open_run(tmp_path / v.folder).status for v in sweep.variants] == ["finished"] * 2

    def test_a_last_save_that_fails_can_be_made_up_for(
        self, digits: Dataset, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        sweep = Sweep(of(k=[2, 4]), digits, tmp_path)
        with monkeypatch.context() as patch:
            patch.setattr(
                writer.RunWriter, "save", lambda *_, **__: (_ for _ in ()).throw(RunError("No room."))
            )
            problems = finish(sweep)
        assert problems[-2:] == [f"{variant.name}: No room." for variant in sweep.variants]
        sweep.close()
        assert sweep.problems == []
        assert [open_run(tmp_path / v.folder).status for v in sweep.variants] == ["finished"] * 2

    @pytest.mark.parametrize("there", [False, True])
    def test_where_one_cannot_begin_nothing_is_left_behind(
        self, there: bool, digits: Dataset, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        folder = tmp_path / "all"
        if there:
            folder.mkdir()
        save, calls = writer.RunWriter.save, iter(range(100))

        def failing(writer: writer.RunWriter, *arguments: Any, **options: Any) -> None:
            if next(calls) == 1:
                raise RunError("There is no room.")
            save(writer, *arguments, **options)

        monkeypatch.setattr(writer.RunWriter, "save", failing)
        with pytest.raises(RunError, match="no room"):
            Sweep(of(k=[2, 4]), digits, folder)
        assert list(tmp_path.iterdir()) == ([folder] if there else [])
        assert not there or list(folder.iterdir()) == []
