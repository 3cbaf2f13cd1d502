"""``saegui report``."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from tests.cli.conftest import Program, Result


def test_a_run_becomes_a_page(program: Program, small_run: Path) -> None:
    done = program("report", small_run, "--out", "page.html")
    assert (done.status, done.out, done.err) == (0, "page.html\n", "")
    assert (program.folder / "page.html").read_text().startswith("<!DOCTYPE html>")


def test_without_its_data_the_page_is_written_and_the_remedy_named(
    here: Callable[..., Result], program: Program
) -> None:
    done = here("report", "starter", "--out", "page.html")
    assert done.status == 0
    assert "neither examples nor classes; give its folder with --data-dir" in done.err


def test_bad_places_are_refused_at_once(refused: Callable[..., str], small_run: Path) -> None:
    assert "end its name in .html" in refused("report", small_run, "--out", "page.pdf")
