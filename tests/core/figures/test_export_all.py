"""Many figures in one folder: names, tables, formats, and that all are there or none."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from saegui.core.errors import Cancelled, ExportError
from saegui.core.figures import KINDS, Drawn, Subject, draw, export_all, save_all
from saegui.core.figures.base import Table
from saegui.core.figures.export import csv_bytes, to_csv
from saegui.core.figures.export_all import PAGE, large_tables, size_text
from saegui.core.figures.made_for import MadeFor, for_width
from saegui.core.model.snapshot import Snapshot
from saegui.core.runs.densities import Densities
from saegui.core.runs.run import open_run
from tests.watched import Watched

Draw = Callable[[str], Drawn]


def ending(kind: str, fmt: str) -> str:
    return "pdf" if kind == PAGE else fmt


def test_all_kinds_are_saved_at_once_and_equal_figures_are_equal_files(
    subject: Subject, drawn: Draw, rendered: Callable[[str, str], bytes], tmp_path: Path
) -> None:
    watched = Watched()
    written = save_all(subject, tmp_path, "svg", progress=watched)
    assert written.files == [
        tmp_path / f"model-{kind}.{end}" for kind in KINDS for end in (ending(kind, "svg"), "csv")
    ]
    assert not written.large and not written.refused and not written.notes()
    for kind in KINDS:
        there = tmp_path / f"model-{kind}.{ending(kind, 'svg')}"
        assert there.read_bytes() == rendered(kind, ending(kind, "svg")), kind
        assert (tmp_path / f"model-{kind}.csv").read_text() == to_csv(drawn(kind).table), kind
    assert [done for done, _, _ in watched.reports] == list(range(len(KINDS) + 1))
    assert {total for _, total, _ in watched.reports} == {len(KINDS)}
    assert [title for _, _, title in watched.reports[:-1]] == [kind.title for kind in KINDS.values()]


def test_files_are_named_after_their_run_and_kinds_are_chosen(
    subject: Subject, small_run: Path, tmp_path: Path
) -> None:
    written = save_all(replace(subject, run=open_run(small_run)), tmp_path, kinds=["curves"])
    assert [path.name for path in written.files] == [
        f"{small_run.name}-curves.png",
        f"{small_run.name}-curves.csv",
    ]


def test_what_cannot_be_drawn_is_left_out(subject: Subject, tmp_path: Path) -> None:
    written = save_all(Subject("bare", subject.snapshot), tmp_path, "svg", kinds=["encoder-grid", "latent"])
    assert [path.name for path in written.files] == ["model-encoder-grid.svg", "model-encoder-grid.csv"]
    assert list(written.refused) == ["latent"] and "no latent is selected" in written.notes()[0]
    with pytest.raises(ExportError, match="no latent is selected"):
        save_all(Subject("bare", subject.snapshot), tmp_path / "none", kinds=["latent"])
    with pytest.raises(ExportError, match="No figure was chosen"):
        save_all(subject, tmp_path / "none", kinds=[])
    assert not (tmp_path / "none").exists()


def test_a_kind_that_needs_more_width_is_named_and_the_others_are_written(
    subject: Subject, drawn: Draw, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    wide = drawn("percent-active")
    monkeypatch.setitem(KINDS, "latent", replace(KINDS["latent"], draw=lambda subject: wide))
    narrow = replace(subject, made_for=MadeFor(for_width("60mm"), header=False))
    with pytest.raises(ExportError, match="choose that or a wider one"):
        save_all(narrow, tmp_path / "none", kinds=["latent"])
    assert not (tmp_path / "none").exists()
    written = save_all(narrow, tmp_path, "svg", kinds=["latent", "percent-active"])
    assert [path.name for path in written.files] == [
        f"model-percent-active.{end}" for end in ("svg", "csv", "txt", "tex")
    ]
    assert list(written.refused) == ["latent"] and "wider" in written.notes()[0]


def test_large_tables_are_written_only_when_asked_for(
    subject: Subject, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(export_all, "LARGE", 20_000)
    size = len(to_csv(draw("decoder-grid", subject).table).encode())
    written = save_all(subject, tmp_path, "svg", kinds=["decoder-grid", "percent-active"])
    assert list(written.large) == ["decoder-grid"]
    assert written.large["decoder-grid"] == pytest.approx(size, rel=0.2)
    assert {path.name for path in tmp_path.iterdir()} == {
        "model-decoder-grid.svg",
        "model-percent-active.svg",
        "model-percent-active.csv",
    }
    assert written.notes() == [
        f"Tables of more than 20 kB were left out: decoder-grid ({size_text(written.large['decoder-grid'])})."
    ]
    written = save_all(subject, tmp_path, "svg", kinds=["decoder-grid"], large=True)
    assert (tmp_path / "model-decoder-grid.csv").stat().st_size == size and not written.large


def test_how_large_tables_will_be_is_known_before_they_are_drawn(
    subject: Subject, drawn: Draw, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(export_all, "LARGE", 0)
    foretold = large_tables(KINDS, subject)
    assert set(foretold) == {
        *("decoder-grid", "encoder-grid", "curves", "density-raster"),
        *("decoder-beside-encoder", "atoms-by-k", "mean-curves"),
    }
    for kind in foretold:
        table = drawn(kind).table
        assert KINDS[kind].cells(subject) == len(table.header) * len(table.rows), kind
    for kind in ("decoder-grid", "decoder-beside-encoder", "atoms-by-k"):
        assert foretold[kind] == pytest.approx(len(to_csv(drawn(kind).table)), rel=0.15), kind
    # Weights that were trained have more digits than zeros, which the small ones of the tests often are.
    model = subject.snapshot
    weights = np.random.default_rng(1).normal(0, 0.03, model.W_dec.shape).astype(np.float32)
    trained = replace(subject, snapshot=replace(model, W_dec=weights, W_enc=weights.T.copy()))
    for kind in ("decoder-grid", "encoder-grid", "decoder-beside-encoder"):
        size = len(to_csv(draw(kind, trained).table))
        assert large_tables([kind], trained)[kind] == pytest.approx(size, rel=0.08), kind
    assert csv_bytes(Table(("a", "b"), [])) == 4
    long = Table(("a", "b"), [[row, row / 7] for row in range(1000)])
    assert csv_bytes(long) == pytest.approx(len(to_csv(long)), rel=0.05)
    assert [size_text(size) for size in (3, 44_000, 1_400_000, 44_400_000)] == [
        "1 kB",
        "44 kB",
        "1.4 MB",
        "44 MB",
    ]


def test_a_raster_that_was_not_read_yet_foretells_its_table(subject: Subject, small_run: Path) -> None:
    run = open_run(small_run)
    unread = replace(subject, densities=None, run=run, listed=np.arange(3))
    assert KINDS["density-raster"].cells(unread) == 3 * (4 + len(run.steps()))
    assert KINDS["density-raster"].cells(replace(unread, run=None)) == 12
    few = Densities(np.arange(2), np.arange(2.0), np.ones((2, 12), np.float32))
    assert KINDS["density-raster"].cells(replace(unread, densities=few)) == 3 * 6


def test_cancelled_it_leaves_nothing_and_what_was_there_stays(subject: Subject, tmp_path: Path) -> None:
    old, new = tmp_path / "old", tmp_path / "a" / "new"
    old.mkdir()
    (old / "model-decoder-grid.svg").write_text("an earlier one")
    for folder in (old, new):
        seen: list[str] = []

        def stop(seen: list[str] = seen) -> bool:
            seen.append("")
            return len(seen) == 3

        with pytest.raises(Cancelled):
            save_all(subject, folder, "svg", progress=Watched(stop))
    assert [path.name for path in tmp_path.iterdir()] == ["old"]
    assert {path.name: path.read_text() for path in old.iterdir()} == {
        "model-decoder-grid.svg": "an earlier one"
    }


def test_a_folder_in_the_way_of_one_file_leaves_none(subject: Subject, tmp_path: Path) -> None:
    (tmp_path / "model-curves.csv").mkdir()
    with pytest.raises(ExportError, match=r"model-curves\.csv is a folder"):
        save_all(subject, tmp_path, "svg", kinds=["percent-active", "curves"])
    assert [path.name for path in tmp_path.iterdir()] == ["model-curves.csv"]


def test_a_wrong_format_for_all_is_refused_before_drawing(subject: Subject, tmp_path: Path) -> None:
    with pytest.raises(ExportError, match=r"end its name in"):
        save_all(subject, tmp_path / "new", "bmp")
    assert not list(tmp_path.iterdir())


def test_weights_are_sampled_once_for_all_tables_and_not_at_all_for_tables_without_weights(
    subject: Subject, monkeypatch: pytest.MonkeyPatch
) -> None:
    sampled: list[Snapshot] = []
    weight_bytes = export_all._weight_bytes

    def counted(model: Snapshot) -> float:
        sampled.append(model)
        return weight_bytes(model)

    monkeypatch.setattr(export_all, "_weight_bytes", counted)
    large_tables(KINDS, subject)
    assert len(sampled) == 1 and sum(kind.of_weights for kind in KINDS.values()) > 1
    large_tables(["curves"], subject)
    assert len(sampled) == 1
