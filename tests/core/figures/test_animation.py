"""A training as a moving picture: every format is decoded again and compared, pixel by pixel."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from saegui.core.config.schema import RunConfig
from saegui.core.errors import Cancelled, ExportError
from saegui.core.figures import animation, paper
from saegui.core.figures.animation import animate, chosen, frame, laid_out
from saegui.core.model.snapshot import Snapshot
from saegui.core.progress import Progress
from saegui.core.runs.history import History
from saegui.core.runs.run import Run, open_run
from saegui.core.runs.writer import RunWriter

LOSSLESS = (".gif", ".apng", ".png", ".webp")
SHAPES = {"grey": (6, 5), "colour": (4, 4, 3), "vector": (7,)}
STEPS = (0, 1, 2, 4, 30)


def made(path: Path, shape: tuple[int, ...], steps: tuple[int, ...] = STEPS) -> Run:
    """A run of random weights, with zeros among them, which have exactly the middle of the map."""
    F, d = 7, int(np.prod(shape))
    config = RunConfig(n_latents=F, k=2, epochs=3)
    writer = RunWriter(path, config, shape=shape)
    for step in steps:
        W = np.random.default_rng(step).standard_normal((F, d)).astype(np.float32)
        W[:, ::3] = 0
        snapshot = Snapshot(
            config, step, step / 10, W.T.copy(), np.zeros(F, np.float32), W, np.zeros(d, np.float32), np.full(F, 0.5, np.float32), shape=shape
        )  # fmt: skip
        writer.save(snapshot, History(), keep=True)
    writer.release()
    return open_run(path)


def decoded(path: Path) -> tuple[list[np.ndarray], list[float]]:
    """All frames of a file, and how long each stays (ms)."""
    found, times = [], []
    with Image.open(path) as picture:
        for place in range(picture.n_frames):  # type: ignore[attr-defined]
            picture.seek(place)
            found.append(np.asarray(picture.convert("RGB")))
            times.append(float(picture.info["duration"]))
    return found, times


@pytest.mark.parametrize("suffix", LOSSLESS)
def test_every_frame_is_exactly_what_was_drawn(suffix: str, tmp_path: Path) -> None:
    run = made(tmp_path / "run", SHAPES["grey"])
    out = tmp_path / f"run{suffix}"
    assert animate(run, out, speed=20) == len(STEPS)
    found, times = decoded(out)
    layout = laid_out(run.latest())
    for picture, step in zip(found, STEPS, strict=True):
        np.testing.assert_array_equal(picture, frame(run.at(step), layout))
    assert times == [50, 50, 50, 50, 2000]


@pytest.mark.parametrize("suffix", LOSSLESS)
def test_vectors_are_exact_too_and_colour_pictures_where_the_format_has_all_colours(
    suffix: str, tmp_path: Path
) -> None:
    for name in ("vector", "colour"):
        run = made(tmp_path / name, SHAPES[name])
        out = tmp_path / f"{name}{suffix}"
        animate(run, out)
        wanted = frame(run.at(STEPS[1]), laid_out(run.latest())).astype(int)
        away = int(np.abs(decoded(out)[0][1] - wanted).max())
        # GIF has 255 colours: six of each channel.
        assert away <= (32 if (name, suffix) == ("colour", ".gif") else 0)


def test_a_film_keeps_the_middle_of_the_map_and_edges(tmp_path: Path) -> None:
    av = pytest.importorskip("av")
    run = made(tmp_path / "run", SHAPES["grey"])
    out = tmp_path / "run.mp4"
    animate(run, out, speed=10)
    with av.open(str(out)) as film:
        found = [picture.to_ndarray(format="rgb24") for picture in film.decode(video=0)]
        assert film.streams.video[0].codec_context.pix_fmt == "yuv444p"
    assert len(found) == len(STEPS) - 1 + 20, "the last one stays for two seconds"
    layout, middle = laid_out(run.latest()), paper.signed(np.zeros(1), 1.0)[0]
    for picture, step in zip(found, STEPS, strict=False):
        wanted = frame(run.at(step), layout)
        zero = (wanted == middle).all(axis=-1)
        assert zero.sum() > 1000
        assert (picture[zero] == middle).all()
        assert np.abs(picture.astype(int) - wanted).max() <= 3


def test_equal_runs_give_equal_files(tmp_path: Path) -> None:
    run = made(tmp_path / "run", SHAPES["grey"])
    for suffix in (*LOSSLESS, ".mp4"):
        files = [tmp_path / f"{name}{suffix}" for name in "ab"]
        for out in files:
            animate(run, out)
        assert files[0].read_bytes() == files[1].read_bytes(), suffix


def test_fewer_frames_are_spread_evenly() -> None:
    assert chosen(range(10), None) == list(range(10))
    assert chosen(range(10), 4) == [0, 3, 6, 9]
    assert chosen(range(3), 4) == [0, 1, 2]


@pytest.mark.parametrize(
    ("name", "options", "expected"),
    [
        ("a.avi", {}, "as an animation: end its name in .gif, .apng, .png, .webp or .mp4"),
        ("a", {}, "end its name in"),
        ("a.gif", {"speed": 60}, "60 frames a second cannot be written; choose a speed from 1 to 50"),
        ("a.gif", {"speed": float("nan")}, "nan frames a second cannot be written"),
        ("a.gif", {"most": 1}, "1 frames do not move; choose 2 or more"),
    ],
)
def test_what_cannot_be_written_is_refused_and_leaves_nothing(
    name: str, options: dict[str, float], expected: str, tmp_path: Path
) -> None:
    run = made(tmp_path / "run", SHAPES["grey"])
    before = sorted(tmp_path.iterdir())
    with pytest.raises(ExportError, match=expected):
        animate(run, tmp_path / name, **options)  # type: ignore[arg-type]
    assert sorted(tmp_path.iterdir()) == before


def test_a_run_of_one_step_does_not_move(tmp_path: Path) -> None:
    run = made(tmp_path / "run", SHAPES["grey"], steps=(0,))
    with pytest.raises(ExportError, match="keeps only one step, so nothing moves"):
        animate(run, tmp_path / "a.gif")


def test_cancelled_it_leaves_nothing(tmp_path: Path) -> None:
    class Impatient(Progress):
        def report(self, done: int, total: int, text: str = "") -> None:
            if done == 2:
                raise Cancelled

    run = made(tmp_path / "run", SHAPES["grey"])
    with pytest.raises(Cancelled):
        animate(run, tmp_path / "a.gif", progress=Impatient())
    assert [path.name for path in tmp_path.iterdir()] == ["run"]


def test_large_dictionaries_show_the_most_active(tmp_path: Path) -> None:
    last = made(tmp_path / "run", SHAPES["grey"]).latest()
    F = animation.MOST_TILES + 10
    W = np.ones((F, 30), np.float32)
    density = np.linspace(0, 1, F).astype(np.float32)
    config = last.config.model_copy(update={"n_latents": F})
    large = Snapshot(config, 1, 1.0, W.T.copy(), density, W, last.b_dec, density, shape=last.shape)
    layout = laid_out(large)
    assert len(layout.latents) == animation.MOST_TILES
    assert layout.latents[0] == F - 1
    assert max(layout.size) <= 1000
