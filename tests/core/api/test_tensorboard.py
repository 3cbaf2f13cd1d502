"""What TensorBoard is given, read back by TensorBoard itself."""

from __future__ import annotations

import io
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

import saegui
from saegui.__main__ import main
from saegui.core.api.tensorboard import TensorBoard
from saegui.core.data import Dataset
from saegui.core.errors import ExportError
from saegui.core.figures.dictionary_picture import dictionary_picture

accumulator = pytest.importorskip("tensorboard.backend.event_processing.event_accumulator")


def read(folder: Path):  # type: ignore[no-untyped-def]
    found = accumulator.EventAccumulator(
        str(folder), size_guidance={"scalars": 0, "images": 0, "histograms": 0}
    )
    found.Reload()
    return found


def test_curves_histograms_and_the_dictionary_are_those_of_the_run(digits: Dataset, tmp_path: Path) -> None:
    run = saegui.train(
        tmp_path / "run", digits, log_dir=tmp_path / "log", n_latents=8, k=2, epochs=2, batch_size=128
    )
    found, history = read(tmp_path / "log"), run.history()
    losses = {event.step: event.value for event in found.Scalars("train/loss")}
    assert list(losses) == [1, 10, 20, run.step]
    of_step = dict(
        zip(history.train["step"].astype(int).tolist(), history.train["loss"].tolist(), strict=True)
    )
    assert losses == pytest.approx({step: of_step[step] for step in losses})
    assert [event.value for event in found.Scalars("test/fvu")] == pytest.approx(history.test["fvu"].tolist())
    assert {"latents/decoder norm", "codes/activation", "codes/L0"} <= set(found.Tags()["histograms"])
    # Parameters written beside them would become a second run of their own, in a folder with a name of the clock.
    (file,) = (tmp_path / "log").iterdir()
    assert file.is_file() and not any("hparams" in name for name in found.Tags()["tensors"])
    last = found.Images("decoder")[-1]
    assert last.step == run.step
    shown = np.asarray(Image.open(io.BytesIO(last.encoded_image_string)).convert("RGB"))
    assert (shown == dictionary_picture(run.latest())).all()


def test_what_is_no_number_or_empty_is_left_out(digits: Dataset, tmp_path: Path) -> None:
    run = saegui.train(tmp_path / "run", digits, n_latents=8, k=2, epochs=1)
    model = replace(
        run.latest(), density=np.full(8, np.nan, np.float32), W_dec=np.full((8, 784), np.inf, np.float32)
    )
    board = TensorBoard(tmp_path / "log")
    board._latents(
        replace(model, W_enc=np.zeros((784, 8), np.float32), b_enc=np.zeros(8, np.float32)), digits
    )
    board._scalar("nothing", float("nan"), 1)
    board.close()
    assert read(tmp_path / "log").Tags()["histograms"] == ["codes/L0"]
    assert read(tmp_path / "log").Tags()["scalars"] == []


def test_the_command_line_writes_a_folder_a_run(
    digits_cached: None, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    small = ["--dataset", "digits", "--latents", "8", "--epochs", "1", "--threads", "1"]
    assert (
        main(
            ["train", *small, "--k", "2", "--out", str(tmp_path / "a"), "--log-dir", str(tmp_path / "log-a")]
        )
        == 0
    )
    assert read(tmp_path / "log-a").Scalars("test/loss")
    varied = [
        "train",
        *small,
        "--vary",
        "k=2,3",
        "--out",
        str(tmp_path / "b"),
        "--log-dir",
        str(tmp_path / "log-b"),
    ]
    assert main(varied) == 0
    assert sorted(path.name for path in (tmp_path / "log-b").iterdir()) == sorted(
        path.name for path in (tmp_path / "b").iterdir() if path.is_dir()
    )
    for folder in (tmp_path / "log-b").iterdir():
        assert read(folder).Scalars("test/loss")


def test_a_folder_that_cannot_be_written_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("x")
    with pytest.raises(ExportError, match="file"):
        TensorBoard(tmp_path / "file" / "log")
