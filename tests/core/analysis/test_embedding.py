"""t-SNE and UMAP: what is refused, that equal points have equal places, that they can be given up, and what is kept."""

from __future__ import annotations

import subprocess
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from saegui.core import own_process
from saegui.core.analysis import embedding, kept_arrays, kept_maps
from saegui.core.analysis.embedding import embed, unavailable
from saegui.core.analysis.latent_map import principal_basis
from saegui.core.errors import Cancelled, EmbeddingError
from saegui.core.progress import Progress


def clusters(count: int = 24) -> tuple[np.ndarray, np.ndarray]:
    """Two heaps of points, and their principal components."""
    rng = np.random.default_rng(0)
    rows = rng.normal(size=(count, 6))
    rows[: count // 2, 0] += 40
    return rows, principal_basis(rows).places(rows)


@pytest.mark.parametrize(
    ("rows", "words"),
    [
        (np.ones((4, 3)), "at least 5 points; there are 4"),
        (np.ones((9, 3)), "All 9 points are equal"),
        (np.array([[0.0, np.nan]] * 9), "not finite"),
    ],
)
def test_points_of_which_no_map_can_be_made_are_refused_at_once(rows: np.ndarray, words: str) -> None:
    with pytest.raises(EmbeddingError, match=words):
        embed("tsne", rows, np.zeros((len(rows), 2)))


def test_without_the_library_it_is_said_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    assert unavailable("tsne") == ""
    monkeypatch.setattr(embedding, "find_spec", lambda name: None)
    assert unavailable("umap").endswith('pip install "saegui[umap]".')
    with pytest.raises(EmbeddingError, match="umap-learn"):
        embed("umap", *clusters())


class Watched(Progress):
    """Remembers how far it was."""

    def __init__(self) -> None:
        self.reached: list[int] = []

    def report(self, done: int, total: int, text: str = "") -> None:
        self.reached.append(done)


class GivenUp(Progress):
    """Gives the work up at once."""

    def report(self, done: int, total: int, text: str = "") -> None:
        raise Cancelled


def test_equal_points_have_equal_places_and_alike_ones_are_near(
    monkeypatch: pytest.MonkeyPatch, own_home: Path
) -> None:
    """Fewer points than the usual perplexity of 30; kept, so that the second time takes none."""
    rows, start = clusters()
    watched = Watched()
    found = kept_maps.embedded("tsne", rows, start, progress=watched)
    assert found.shape == (24, 2) and watched.reached == sorted(watched.reached)
    heaps = found[:12], found[12:]
    apart = np.linalg.norm(heaps[0].mean(axis=0) - heaps[1].mean(axis=0))
    assert apart > 2 * max(np.linalg.norm(heap - heap.mean(axis=0), axis=1).mean() for heap in heaps)
    again = embed("tsne", rows, start)
    assert np.array_equal(again, found), "bit by bit"
    monkeypatch.setattr(kept_maps, "embed", lambda *args, **named: pytest.fail("computed again"))
    assert np.array_equal(kept_maps.embedded("tsne", rows, start), found)
    (file,) = kept_arrays.folder().glob("map-*.npz")
    monkeypatch.setattr(kept_maps, "embed", lambda *args, **named: again + 1)
    for damaged in (b"", file.read_bytes()[:100]):
        file.write_bytes(damaged)
        assert np.array_equal(kept_maps.embedded("tsne", rows, start), again + 1)
    assert np.array_equal(kept_maps.embedded("tsne", rows + 1, start), again + 1)
    assert len(list(kept_arrays.folder().glob("map-*.npz"))) == 2, "other points are another map"


def test_it_can_be_given_up_and_its_process_ends(monkeypatch: pytest.MonkeyPatch) -> None:
    started: list[subprocess.Popen[bytes]] = []

    class Seen(subprocess.Popen[bytes]):
        def __init__(self, *args: Any, **named: Any) -> None:
            super().__init__(*args, **named)
            started.append(self)

    monkeypatch.setattr(own_process.subprocess, "Popen", Seen)
    with pytest.raises(Cancelled):
        embed("tsne", *clusters(2000), progress=GivenUp())
    (process,) = started
    assert process.returncode is not None and process.returncode != 0


def test_a_process_that_fails_is_an_error_that_says_what_it_said(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(own_process.sys, "executable", "/bin/false")
    with pytest.raises(EmbeddingError, match="t-SNE failed"):
        embed("tsne", *clusters())


@pytest.mark.slow
def test_umap_places_alike_points_near_each_other_too() -> None:
    pytest.importorskip("umap", reason="the extra umap is not installed")
    rows, start = clusters()
    found = embed("umap", rows, start)
    heaps = found[:12], found[12:]
    apart = np.linalg.norm(heaps[0].mean(axis=0) - heaps[1].mean(axis=0))
    assert apart > 2 * max(np.linalg.norm(heap - heap.mean(axis=0), axis=1).mean() for heap in heaps)
