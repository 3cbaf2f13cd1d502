"""``saegui eval``, ``encode``, ``figure``, ``figures`` and the lists."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from saegui.core import strokes
from saegui.core.analysis import metrics
from saegui.core.config.presets import PRESETS
from saegui.core.config.schema import RunConfig, make
from saegui.core.data import DATASETS, Dataset
from saegui.core.data.source import Source
from saegui.core.figures import FILE_TYPES, KINDS
from saegui.core.figures.export_all import PAGE
from saegui.core.files.locks import TrainingLock
from saegui.core.runs.run import open_run
from saegui.core.strokes.drawings import load_npz
from tests import made_up as made_up_data
from tests.cli.conftest import Program, Result

Here = Callable[..., Result]
Refused = Callable[..., str]
MAGIC = {"png": b"\x89PNG", "svg": b"<?xml", "pdf": b"%PDF", "svgz": b"\x1f\x8b"}


class TestEval:
    def test_of_a_run_that_diverged_it_says_what_is_measured(self, here: Here, small_run: Path) -> None:
        content = json.loads((small_run / "run.json").read_text())
        (small_run / "run.json").write_text(json.dumps({**content, "status": "diverged"}))
        result = here("eval", small_run, "--json")
        assert result.status == 0
        assert "diverged; its last good snapshot, of step" in result.err

    def test_json_is_the_measurement(self, program: Program, small_run: Path, digits: Dataset) -> None:
        result = program("eval", small_run, "--json")
        assert result.status == 0, result.err
        assert result.err == ""
        # Sums depend a little on how many processors share them.
        found = result.last
        assert found.pop("shape") == [28, 28]
        assert found == pytest.approx(metrics.evaluate(open_run(small_run).latest(), digits).to_dict())

    def test_the_table_says_what_each_number_means(self, here: Here, small_run: Path) -> None:
        result = here("eval", small_run)
        assert result.status == 0, result.err
        for name in ("mse", "fvu", "fvu_pooled", "l0", "dead"):
            line = next(line for line in result.out.splitlines() if line.startswith(f"{name} "))
            assert metrics.HELP[name] in line

    def test_a_run_is_found_by_its_folder_s_or_its_own_name(self, here: Here, small_run: Path) -> None:
        assert here("eval", "small", "--json").last == here("eval", "small run", "--json").last

    def test_the_amortisation_gap_where_it_is_asked_for(
        self, here: Here, small_run: Path, digits: Dataset
    ) -> None:
        gap = metrics.amortisation_gap(open_run(small_run).latest(), digits.test_images)
        assert gap is not None
        found = json.loads(here("eval", small_run, "--gap", "--json").out)
        assert found["amortisation_gap"] == pytest.approx(gap)
        assert "amortisation_gap" not in json.loads(here("eval", small_run, "--json").out)
        assert metrics.HELP["amortisation_gap"] in here("eval", small_run, "--gap").out

    def test_a_name_that_two_runs_have_is_not_guessed(self, refused: Refused, small_run: Path) -> None:
        small_run.with_name("other").mkdir()
        for file in ("run.json", "weights.safetensors"):
            (small_run.with_name("other") / file).write_bytes((small_run / file).read_bytes())
        sentence = refused("eval", "small run")
        assert "2 runs" in sentence
        assert "other" in sentence

    def test_no_such_run(self, refused: Refused) -> None:
        sentence = refused("eval", "nope")
        assert "'nope'" in sentence
        assert "saegui runs" in sentence

    def test_a_folder_that_is_no_run(self, refused: Refused) -> None:
        assert "holds no run.json" in refused("eval", ".")

    def test_a_folder_of_runs(self, refused: Refused, small_run: Path) -> None:
        (small_run.parent / "other").mkdir()
        sentence = refused("eval", small_run.parent)
        assert sentence.endswith(f"{small_run.parent} is a folder of runs; choose one of them: small.")

    @pytest.mark.parametrize("file", ["run.json", "weights.safetensors"])
    def test_a_run_that_is_damaged(self, refused: Refused, small_run: Path, file: str) -> None:
        whole = (small_run / file).read_bytes()
        (small_run / file).write_bytes(whole[: len(whole) // 2])
        assert str(small_run / file) in refused("eval", small_run)


class TestEncode:
    def test_writes_images_codes_and_reconstructions(
        self, program: Program, small_run: Path, drawings: Path
    ) -> None:
        result = program("encode", small_run, "--strokes", drawings, "--out", "new/codes.npz")
        assert result.status == 0, result.err
        snapshot = open_run(small_run).latest()
        with np.load(program.folder / "new" / "codes.npz") as file:
            assert set(file) == {"images", "latents", "reconstructions"}
            images, latents, reconstructions = (
                file[name] for name in ("images", "latents", "reconstructions")
            )
        assert (images.dtype, images.shape) == (np.uint8, (3, 28, 28))
        assert (latents.dtype, latents.shape) == (np.float32, (3, 24))
        assert (reconstructions.dtype, reconstructions.shape) == (np.float32, (3, 28, 28))
        for index, drawing in enumerate(load_npz(drawings)):
            np.testing.assert_array_equal(images[index], strokes.render(drawing))
        x = images.reshape(3, -1).astype(np.float32) / np.float32(255)
        np.testing.assert_array_equal(latents, snapshot.encode(x))
        np.testing.assert_array_equal(reconstructions.reshape(3, -1), snapshot.decode(latents, x))

    def test_equal_input_gives_equal_bytes(self, program: Program, small_run: Path, drawings: Path) -> None:
        for name in ("a.npz", "b.npz"):
            assert program("encode", small_run, "--strokes", drawings, "--out", name).status == 0
        assert (program.folder / "a.npz").read_bytes() == (program.folder / "b.npz").read_bytes()

    def test_broken_strokes(
        self, program: Program, refused: Refused, small_run: Path, drawings: Path
    ) -> None:
        broken = program.folder / "broken.npz"
        broken.write_bytes(drawings.read_bytes()[:200])
        assert "broken.npz" in refused("encode", small_run, "--strokes", broken, "--out", "o.npz")
        assert "none.npz" in refused("encode", small_run, "--strokes", "none.npz", "--out", "o.npz")
        assert not (program.folder / "o.npz").exists()

    def test_a_name_that_is_none_of_a_numpy_file_is_refused(
        self, program: Program, refused: Refused, small_run: Path, drawings: Path
    ) -> None:
        told = refused("encode", small_run, "--strokes", drawings, "--out", "codes.txt")
        assert "codes.txt cannot be written: end its name in .npz." in told
        assert not (program.folder / "codes.txt").exists()

    def test_never_overwrites_the_strokes(
        self, program: Program, refused: Refused, small_run: Path, drawings: Path
    ) -> None:
        mine = program.folder / "mine.npz"
        mine.write_bytes(drawings.read_bytes())
        assert "holds the strokes" in refused("encode", small_run, "--strokes", mine, "--out", mine)
        assert mine.read_bytes() == drawings.read_bytes()

    def test_a_full_disk_keeps_what_was_there(
        self, program: Program, small_run: Path, drawings: Path
    ) -> None:
        (program.folder / "codes.npz").write_text("before")
        words = ("encode", small_run, "--strokes", drawings, "--out", "codes.npz")
        assert "codes.npz cannot be written" in program(*words, file_bytes=5_000).sentence
        assert (program.folder / "codes.npz").read_text() == "before"
        assert [path.name for path in program.folder.iterdir()] == ["codes.npz"]

    def test_a_folder_in_the_way(
        self, program: Program, refused: Refused, small_run: Path, drawings: Path
    ) -> None:
        (program.folder / "codes.npz").mkdir()
        words = ("encode", small_run, "--strokes", drawings, "--out", "codes.npz")
        assert "codes.npz cannot be written" in refused(*words)


def endings(kind: str) -> tuple[str, str]:
    return ("pdf" if kind == PAGE else "png"), "csv"


OF_ONE_RUN = [name for name, kind in KINDS.items() if not {"other", "seeds", "runs"} & set(kind.needs)]


class TestFigures:
    @pytest.mark.parametrize("fmt", FILE_TYPES)
    def test_one_figure_with_its_numbers(
        self, program: Program, here: Here, small_run: Path, drawings: Path, fmt: str
    ) -> None:
        words = ("--kind", "activation-pattern", "--strokes", drawings, "--index", "1", "--out", f"f.{fmt}")
        result = here("figure", small_run, *words)
        assert result.status == 0, result.err
        assert result.out.split() == [f"f.{fmt}", "f.csv"]
        assert (program.folder / f"f.{fmt}").read_bytes().startswith(MAGIC[fmt])
        row = (program.folder / "f.csv").read_text().splitlines()[1].split(",")
        image = strokes.render(load_npz(drawings)[1])
        np.testing.assert_allclose(np.array(row[3:], float), image.reshape(-1) / 255, atol=1e-6)

    def test_all_figures(self, program: Program, here: Here, small_run: Path, small_figures: None) -> None:
        result = here("figures", small_run, "--out", "all")
        assert result.status == 0, result.err
        there = {path.name for path in (program.folder / "all").iterdir()}
        assert there == {f"{small_run.name}-{kind}.{end}" for kind in OF_ONE_RUN for end in endings(kind)}
        assert {Path(line).name for line in result.out.splitlines()} == there

    @pytest.mark.parametrize(
        "source", [made_up_data.COLOUR, made_up_data.VECTOR], ids=lambda source: source.info.name
    )
    def test_all_figures_of_inputs_that_are_no_grey_pictures(
        self, made_up: None, small_figures: None, program: Program, here: Here, source: Source
    ) -> None:
        run = made_up_data.train(source, program.folder / "run")
        result = here("figures", run, "--out", "all")
        assert result.status == 0, result.err
        there = {path.name for path in (program.folder / "all").iterdir()}
        assert there == {f"run-{kind}.{end}" for kind in OF_ONE_RUN for end in endings(kind)}

    def test_the_dictionary_needs_no_data(self, program: Program) -> None:
        nowhere = {"SAEGUI_MNIST_MIRRORS": "http://127.0.0.1:9/mnist/", "no_proxy": "127.0.0.1"}
        result = program(
            "figure", "starter", "--kind", "decoder-grid", "--out", "grid.png", environment=nowhere
        )
        assert result.status == 0, result.err

    @pytest.mark.parametrize(
        ("words", "expected"),
        [
            (("--kind", "pie", "--out", "f.png"), ["'pie'", "decoder-grid"]),
            (("--kind", "curves", "--out", "f.jpg"), ["f.jpg", ".png, .svg, .pdf or .svgz"]),
            (("--kind", "curves", "--out", "f"), ["f cannot be written", ".png"]),
            (("--kind", "latent", "--latent", "24", "--out", "f.png"), ["no latent #24", "#0 to #23"]),
            (("--kind", "latent", "--latent", "-1", "--out", "f.png"), ["no latent #-1"]),
            (("--kind", "latent", "--latent", "x", "--out", "f.png"), ["--latent", "'x'"]),
            (("--kind", "curves", "--out", "file/f.png"), ["file/f.png cannot be written"]),
            (("--kind", "activation-pattern", "--strokes", "file", "--out", "f.png"), ["file"]),
        ],
    )
    def test_what_cannot_be_drawn(
        self, program: Program, refused: Refused, small_run: Path, words: tuple[str, ...], expected: list[str]
    ) -> None:
        (program.folder / "file").write_text("in the way")
        sentence = refused("figure", small_run, *words)
        for word in expected:
            assert word in sentence
        assert [path.name for path in program.folder.iterdir()] == ["file"]

    def test_a_drawing_that_is_not_there(self, refused: Refused, small_run: Path, drawings: Path) -> None:
        words = ("--kind", "activation-pattern", "--strokes", drawings, "--index", "3", "--out", "f.png")
        assert "no drawing 3" in refused("figure", small_run, *words)


class TestLists:
    def test_presets(self, here: Here) -> None:
        found = json.loads(here("presets", "--json").out)
        assert {row["name"]: make(row["config"]) for row in found} == {
            name: preset.config for name, preset in PRESETS.items()
        }
        text = here("presets").out
        for preset in PRESETS.values():
            assert preset.about in text

    def test_the_options_of_a_preset_are_the_preset(self, here: Here) -> None:
        """The column can be typed: it makes the same configuration."""
        from saegui.cli import arguments
        from saegui.cli.command import Parser
        from saegui.cli.listing import _differences

        for preset in PRESETS.values():
            parser = Parser("test", None, "", "")
            arguments.add_config(parser)
            words = [] if preset.config == RunConfig() else _differences(preset).split()
            assert arguments.config(parser.parse_args(words)) == preset.config

    def test_datasets(self, here: Here) -> None:
        found = {row["name"]: row for row in json.loads(here("datasets", "--json").out)}
        assert set(found) == set(DATASETS)
        assert found["digits"]["available"] is True
        assert found["mnist"]["available"] is False
        assert "built-in" in here("datasets").out.lower() or "scikit-learn" in here("datasets").out

    def test_one_data_set_is_described_with_licence_and_source(self, here: Here) -> None:
        info = DATASETS["qmnist"]
        (found,) = json.loads(here("datasets", "qmnist", "--json").out)
        assert (found["licence"], found["credit"], found["home"]) == (info.licence, info.credit, info.home)
        shown = here("datasets", "qmnist").out
        for words in (
            info.title,
            info.licence,
            info.credit,
            info.home,
            "28×28",
            "60,000 for testing",
            "label=class",
        ):
            assert words in shown
        assert "62: 0, 1, 2 … z" in here("datasets", "emnist-byclass").out

    def test_runs_lists_broken_ones_with_the_reason(self, here: Here, small_run: Path) -> None:
        (small_run.parent / "broken").mkdir()
        found = {row["run"]: row for row in json.loads(here("runs", "--json").out)}
        assert set(found) == {"small", "broken", "starter"}
        assert found["small"]["metrics"]["n_latents"] == 24
        assert "run.json" in found["broken"]["reason"]
        text = here("runs").out
        assert "small run" in text
        assert "broken cannot be opened" in text

    def test_runs_says_which_are_in_training_and_which_were_left_unfinished(
        self, here: Here, stopped_run: Path
    ) -> None:
        content = json.loads((stopped_run / "run.json").read_text())
        (stopped_run / "run.json").write_text(json.dumps({**content, "status": "training"}))

        def told() -> tuple[str, bool]:
            (found,) = json.loads(here("runs", stopped_run.parent, "--json").out)
            return found["status"], found["status"] in here("runs", stopped_run.parent).out

        assert told() == ("unfinished", True)
        lock = TrainingLock(stopped_run)
        assert told() == ("training", True)
        lock.release()
        assert told() == ("unfinished", True)

    def test_runs_of_a_folder(self, here: Here, small_run: Path) -> None:
        found = json.loads(here("runs", small_run.parent, "--json").out)
        assert [row["run"] for row in found] == ["small"]
        assert "nowhere" in here("runs", "nowhere").sentence

    def test_a_reader_that_stops_reading_is_no_error(self, program: Program) -> None:
        process = subprocess.Popen(
            [sys.executable, "-m", "saegui", "presets"],
            cwd=program.folder,
            env=program.environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
        )
        assert process.stdout is not None
        assert process.stderr is not None
        process.stdout.close()
        err = process.stderr.read()
        process.stderr.close()
        assert process.wait() == 141
        assert err == b""
