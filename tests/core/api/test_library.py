"""What notebooks and scripts use."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

import saegui
from saegui import analysis, figures
from saegui.core.data import Dataset
from saegui.core.errors import ConfigError, DataError, RunError
from saegui.core.model.snapshot import to_input
from saegui.core.runs.history import StepResult
from saegui.core.runs.run import Run, open_run
from saegui.core.training import ways
from saegui.core.training.gradients.plan import KERNELS
from saegui.core.training.trainer import Trainer

CHECKOUT = Path(__file__).parents[3]
SMALL = {"n_latents": 8, "k": 2, "epochs": 2, "batch_size": 256}


def test_importing_saegui_loads_nothing_and_lists_what_there_is() -> None:
    code = (
        "import sys, saegui; assert set(saegui.__all__) <= set(dir(saegui)); "
        "print(sorted({m.split('.')[0] for m in sys.modules} & {'numpy', 'torch', 'matplotlib', 'PySide6'}))"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd=CHECKOUT
    )
    assert done.stdout.strip() == "[]"
    assert all(getattr(saegui, name) for name in saegui.__all__)
    assert all(getattr(analysis, name) for name in analysis.__all__)
    with pytest.raises(AttributeError, match="nothing_like_it"):
        saegui.nothing_like_it  # noqa: B018
    with pytest.raises(AttributeError, match="nothing_like_it"):
        analysis.nothing_like_it  # noqa: B018


class TestTrain:
    def test_equal_calls_give_equal_weights_and_a_run_that_opens(
        self, digits: Dataset, tmp_path: Path
    ) -> None:
        steps: list[StepResult] = []
        shapes: list[tuple[int, ...]] = []

        def note(step: StepResult, trainer: Trainer) -> None:
            steps.append(step)
            shapes.append(trainer.snapshot().W_dec.shape)

        run = saegui.train(tmp_path / "a", digits, preset="modern", threads=1, callback=note, **SMALL)
        again = saegui.train(tmp_path / "b", digits, preset="modern", threads=1, **SMALL)
        assert run.status == "finished"
        assert run.preset == "modern"
        assert [step.step for step in steps] == list(range(1, run.step + 1))
        assert set(shapes) == {(8, 784)}
        assert (run.latest().W_dec == again.latest().W_dec).all()
        assert run.metrics["mse"] == pytest.approx(analysis.evaluate(run.latest(), digits).mse)
        assert open_run(tmp_path / "a").config.k == 2

    def test_a_callback_that_returns_true_stops_it_and_one_that_fails_loses_nothing(
        self, digits: Dataset, tmp_path: Path
    ) -> None:
        run = saegui.train(tmp_path / "a", digits, callback=lambda step, _: step.step == 3, **SMALL)
        assert (run.status, run.step, run.can_resume) == ("stopped", 3, True)

        def fail(step: StepResult, trainer: Trainer) -> None:
            raise KeyError(step.step)

        with pytest.raises(KeyError):
            saegui.train(tmp_path / "b", digits, callback=fail, **SMALL)
        kept = open_run(tmp_path / "b")
        assert (kept.status, kept.step) == ("stopped", 1)

    def test_a_callback_sees_the_weights_of_its_own_step_where_several_are_best_taken_at_once(
        self, digits: Dataset, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        pytest.importorskip("numba")
        monkeypatch.setenv(ways.VARIABLE, KERNELS)
        places: list[tuple[int, int, int]] = []

        def note(step: StepResult, trainer: Trainer) -> bool:
            places.append((step.step, trainer.steps, trainer.at_once))
            return step.step == 30

        few = {**SMALL, "batch_size": 32}
        run = saegui.train(tmp_path / "a", digits, callback=note, threads=1, **few)
        assert max(at_once for *_, at_once in places) > 1
        assert [seen for _, seen, _ in places] == [step for step, *_ in places] == list(range(1, 31))
        assert run.step == 30

    @pytest.mark.parametrize(
        ("given", "message"),
        [
            ({"k": 99}, "k is 99"),
            ({"latents": 5}, "latents"),
            ({"preset": "newest"}, "newest"),
            ({"threads": 0}, "threads"),
        ],
    )
    def test_what_it_cannot_do_is_said_before_anything_is_made(
        self, given: dict[str, object], message: str, digits: Dataset, tmp_path: Path
    ) -> None:
        with pytest.raises(ConfigError, match=message):
            saegui.train(tmp_path / "a", digits, **{**SMALL, **given})  # type: ignore[arg-type]
        assert not (tmp_path / "a").exists()

    def test_a_folder_that_is_there_already_is_left_alone(self, digits: Dataset, tmp_path: Path) -> None:
        (tmp_path / "mine").write_text("x")
        with pytest.raises(RunError, match="exists already"):
            saegui.train(tmp_path, digits, **SMALL)
        assert [path.name for path in tmp_path.iterdir() if path.name != "home"] == ["mine"]


class TestLoadRun:
    def test_by_folder_by_name_and_the_one_that_comes_with_saegui(self, small_run: Path) -> None:
        runs = [saegui.load_run(each) for each in (small_run, str(small_run), small_run.name, "small run")]
        assert {run.path for run in runs} == {small_run}
        assert saegui.load_run("starter").latest().n_latents == 64

    def test_what_is_no_run_is_named(self) -> None:
        with pytest.raises(RunError, match="no run 'nothing'"):
            saegui.load_run("nothing")


class TestEncode:
    def test_the_codes_are_those_of_the_model_in_pieces_or_one_by_one(
        self, small_run: Path, digits: Dataset
    ) -> None:
        run = saegui.load_run(small_run)
        model = run.latest()
        codes = saegui.encode(run, digits.test_images[:5])
        assert codes.dtype == np.float32
        assert (codes == model.encode(to_input(digits.test_images[:5]))).all()
        assert np.allclose(saegui.encode(model, digits.test_images[3]), codes[3:4], atol=1e-6)
        assert saegui.encode(model, digits.test_images[:5].astype(np.float64) / 255) == pytest.approx(
            codes, abs=1e-6
        )
        assert len(saegui.encode(model, digits)) == len(digits.test_images)

    def test_another_shape_is_refused(self, small_run: Path) -> None:
        with pytest.raises(DataError, match=r"\(N, 28, 28\)"):
            saegui.encode(saegui.load_run(small_run), np.zeros((2, 8, 8), np.uint8))


class TestSnapshotInANotebook:
    def test_it_says_what_it_is_and_shows_its_dictionary(self, small_run: Path) -> None:
        import io

        from PIL import Image

        run: Run = saegui.load_run(small_run)
        model = run.latest()
        assert repr(model).startswith(
            f"<Snapshot of step {model.step:,} (epoch 6.00): TopK · 24 latents · k 4"
        )
        assert "28×28" in repr(model) and len(repr(model)) < 200 and "array(" not in repr(model)
        png = model._repr_png_()
        assert png is not None
        picture = np.asarray(Image.open(io.BytesIO(png)))
        assert (picture == figures.dictionary_picture(model)).all()
        # The first atom, on a scale of its own: its largest weight has the end's colour, and white is around.
        assert (picture[0] == 255).all()
        atom = model.decoder_images[0]
        top, left = np.unravel_index(np.abs(atom).argmax(), atom.shape)
        end = 1.0 if atom[top, left] > 0 else -1.0
        from saegui.core.figures import paper

        side = 56 // 28
        assert (picture[2 + top * side, 2 + left * side] == paper.signed(np.array([end]), 1.0)[0]).all()


@pytest.mark.slow
def test_four_experiments_by_the_library_alone(digits_cached: None, tmp_path: Path) -> None:
    done = subprocess.run(
        [
            sys.executable,
            "tests/experiments.py",
            str(tmp_path / "out"),
            "--dataset",
            "digits",
            "--epochs",
            "3",
        ],
        env={**os.environ, "OMP_NUM_THREADS": "1"},
        cwd=CHECKOUT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    runs = ["k10", "k64", "latents32", "latents15", "kl", "auxk"]
    assert [line.split()[-4] for line in done.stdout.splitlines()[1:]] == runs
    for run in runs:
        assert len(list((tmp_path / "out" / run).glob("*.svg"))) == 4
