"""``saegui figure`` for a page, and of several runs."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.cli.conftest import Result

Here = Callable[..., Result]


def test_a_figure_for_a_column_has_its_caption_beside_it(here: Here, small_run: Path) -> None:
    words = ("--kind", "decoder-grid", "--width", "85mm", "--tiles", "2", "--ink", "white")
    done = here("figure", small_run, *words, "--pages", "--out", "grid.svg")
    assert done.status == 0, done.err
    written = [Path(line).name for line in done.out.splitlines()]
    assert written[:3] == ["grid.svg", "grid.csv", "grid-2.svg"] and written[-2:] == ["grid.txt", "grid.tex"]
    assert 'width="241pt"' in Path("grid.svg").read_text()


def test_curves_show_several_runs_in_one_figure_and_other_kinds_are_a_file_each(
    here: Here, small_run: Path
) -> None:
    runs = [str(shutil.copytree(small_run, Path(name))) for name in ("k-5", "k-10", "more/k-5")]
    done = here("figure", *runs, "--kind", "curves", "--out", "curves.svg")
    assert done.status == 0, done.err
    assert [Path(line).name for line in done.out.splitlines()] == ["curves.svg", "curves.csv"]
    names = {line.split(",")[0] for line in Path("curves.csv").read_text().splitlines()[1:]}
    assert len(names) == 3, "each run has a name of its own"
    done = here("figure", *runs, "--kind", "decoder-grid", "--out", "grid.png")
    assert done.status == 0, done.err
    here_name = Path.cwd().name
    assert {Path(line).name for line in done.out.splitlines() if line.endswith("png")} == {
        f"grid-{here_name}-k-5.png",
        "grid-k-10.png",
        "grid-more-k-5.png",
    }


def test_the_folder_of_a_sweep_stands_for_all_of_its_runs(
    here: Here, refused: Callable[..., str], small_run: Path
) -> None:
    content = json.loads((small_run / "run.json").read_text())
    sweep = small_run.parent / "sweep"
    for k in (2, 4):
        config = {**content["config"], "k": k}
        shutil.copytree(small_run, sweep / f"k-{k}")
        (sweep / f"k-{k}" / "run.json").write_text(
            json.dumps({**content, "name": f"k {k}", "config": config})
        )
    (sweep / "no run").mkdir()
    for named in (str(sweep), "sweep"):
        done = here("figure", named, "--kind", "mse-by-l0", "--width", "column", "--out", "mse.png")
        assert done.status == 0, done.err
        names = [line.split(",")[0] for line in Path("mse.csv").read_text().splitlines()[1:]]
        assert names == ["k 2", "k 4"]
    done = here("figure", sweep, "--kind", "decoder-grid", "--out", "grid.png")
    assert {Path(line).name for line in done.out.splitlines() if line.endswith("png")} == {
        "grid-k-2.png",
        "grid-k-4.png",
    }
    assert "name them or the folder of a sweep" in refused(
        "figure", small_run, "--kind", "mse-by-l0", "--out", "mse.png"
    )


@pytest.mark.slow
def test_codes_are_placed_by_components_or_by_t_sne(
    here: Here, refused: Callable[..., str], small_run: Path
) -> None:
    places = {}
    for method in ("pca", "tsne"):
        done = here("figure", small_run, "--kind", "code-map", "--map", method, "--out", f"{method}.svg")
        assert done.status == 0, done.err
        places[method] = Path(f"{method}.csv").read_text().splitlines()
    assert len(places["pca"]) == len(places["tsne"]) and places["pca"] != places["tsne"]
    assert "t-SNE: alike codes are near" in Path("tsne.svg").read_text()
    assert "first component" in Path("pca.svg").read_text()
    words = ("figure", small_run, "--kind", "code-map", "--map", "umap", "--out", "codes.png")
    assert "code-map is drawn by pca or tsne, not by umap" in refused(*words)
    done = here("figure", small_run, "--kind", "encoder-grid", "--map", "tsne", "--out", "grid.png")
    assert "--map changes nothing in a figure of the kind encoder-grid" in done.err


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (("--width", "wide"), "'wide' is no width; give a length such as 85mm"),
        (("--tiles", "0"), "--tiles is 0"),
        (("--latents", "1,x"), "--latents is '1,x'; give the numbers of latents"),
        (("--latents", "9999"), "There is no latent #9999"),
    ],
)
def test_what_cannot_be_is_named(
    refused: Callable[..., str], small_run: Path, words: tuple[str, str], sentence: str
) -> None:
    assert sentence in refused("figure", small_run, "--kind", "decoder-grid", *words, "--out", "grid.png")


def test_the_table_of_runs_is_printed_for_a_paper(
    here: Here, refused: Callable[..., str], small_run: Path
) -> None:
    assert "leave one of them out" in refused("runs", small_run.parent, "--json", "--format", "csv")
    done = here("runs", small_run.parent, "--columns", "k", "mse", "--format", "latex")
    assert done.status == 0, done.err
    lines = done.out.splitlines()
    assert lines[0] == r"\begin{tabular}{lrr}" and lines[-1] == r"\end{tabular}" and len(lines) == 7
    assert here("runs", small_run.parent, "--format", "csv").out.startswith("run,name,preset,status,data,")
