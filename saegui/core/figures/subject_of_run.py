"""What figures are drawn of: put together here for the window and for the command line."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np

from saegui.core.analysis import kept_stats
from saegui.core.analysis.code_map import by_neighbours, chosen, codes_of
from saegui.core.analysis.embedding import Method
from saegui.core.analysis.kept_maps import latents_embedded
from saegui.core.analysis.latent_map import Mapped
from saegui.core.analysis.latent_stats import LatentStats
from saegui.core.analysis.matching import best_method, match_models
from saegui.core.analysis.stability import stability
from saegui.core.arrays import Images
from saegui.core.config.schema import RunConfig
from saegui.core.data import Dataset
from saegui.core.errors import ExportError
from saegui.core.figures import atoms_by_k
from saegui.core.figures.base import Other, Span, Subject
from saegui.core.figures.registry import KINDS, missing
from saegui.core.model.snapshot import Snapshot, to_input
from saegui.core.progress import UNWATCHED, Progress
from saegui.core.runs import latent_notes, results
from saegui.core.runs.densities import densities
from saegui.core.runs.folders import unique_titles
from saegui.core.runs.history import History
from saegui.core.runs.latent_notes import Notes
from saegui.core.runs.overlay import Overlay
from saegui.core.runs.run import Run
from saegui.core.runs.seeds import nearby, other_seeds
from saegui.core.runs.short_names import Named, telling_names
from saegui.core.runs.together import not_together


def needs(kinds: Iterable[str]) -> set[str]:
    """Fields of :class:`saegui.core.figures.Subject` that at least one of ``kinds`` cannot do without."""
    return {need for kind in kinds for need in KINDS[kind].needs}


def uses(kinds: Iterable[str]) -> set[str]:
    """:func:`needs`, and the fields that make one of ``kinds`` better."""
    kinds = list(kinds)
    return needs(kinds) | {wish for kind in kinds for wish in KINDS[kind].prefers}


def uses_notes(kinds: Iterable[str]) -> bool:
    """Whether one of ``kinds`` shows latents by their numbers, so that stars and labels belong to it."""
    return not {"decoder-grid", "encoder-grid", "latent"}.isdisjoint(kinds)


def build(
    name: str,
    snapshot: Snapshot,
    *,
    path: Path = Path(),
    history: History | None = None,
    overlays: Sequence[Overlay] = (),
    dataset: Dataset | None = None,
    stats: LatentStats | None = None,
    drawing: Images | None = None,
    latent: int | None = None,
    epochs: Span | None = None,
    config: RunConfig | None = None,
    preset: str | None = None,
    notes: Notes | None = None,
    run: Run | None = None,
) -> Subject:
    """The run ``name`` in the folder ``path``, with compared runs; each has a title that no other one has.

    ``config`` and ``preset`` that it was trained with tell it apart from the others in legends.
    """
    titles = unique_titles([(path, name), *((overlay.path, overlay.name) for overlay in overlays)])
    changes = history.changes if history is not None else ()
    runs = [Named(name, config, preset, changes), *(overlay.named for overlay in overlays)]
    return Subject(
        title=titles[0],
        snapshot=snapshot,
        history=history,
        dataset=dataset,
        stats=stats,
        drawing=drawing,
        latent=latent,
        overlays=tuple(
            overlay._replace(name=title, place=overlay.place or place)
            for place, (title, overlay) in enumerate(zip(titles[1:], overlays, strict=True), start=1)
        ),
        epochs=epochs,
        notes=notes or {},
        run=run,
        short_titles=tuple(
            telling_names([run._replace(name=title) for run, title in zip(runs, titles, strict=True)])
        ),
    )


def subject_of(
    run: Run,
    kinds: Iterable[str],
    *,
    snapshot: Snapshot | None = None,
    dataset: Dataset | None = None,
    drawing: Images | None = None,
    latent: int | None = None,
    overlays: Sequence[Run] = (),
    other: Run | None = None,
    together: Sequence[Run] = (),
    progress: Progress = UNWATCHED,
) -> Subject:
    """A run on disk, at its latest snapshot unless another one is given, ready for drawing ``kinds``.

    Only what ``kinds`` need is read. The curves of ``overlays`` are drawn behind the run's own; the latents are matched with
    those of ``other``; figures of several runs show it and those of ``together``. The rest is done by :func:`prepared`.

    Raises:
        RunError: the weights, or the curves, stars and labels where they are needed, cannot be read.
        Cancelled: ``progress`` gave the work up.
    """
    kinds = list(kinds)
    curves = "history" in uses(kinds)
    subject = build(
        run.name,
        run.latest() if snapshot is None else snapshot,
        path=run.path,
        history=run.history() if curves else None,
        overlays=[Overlay.of(other, other.history()) for other in overlays] if curves else (),
        dataset=dataset,
        drawing=drawing,
        latent=latent,
        config=run.config,
        preset=run.preset,
        notes=latent_notes.read(run.path, run.config.n_latents) if uses_notes(kinds) else {},
        run=run,
    )
    if other is not None and "other" in needs(kinds):
        subject = replace(subject, other=Other(other.name, other.latest()))
    if "seeds" in needs(kinds):
        subject = replace(subject, seeds=tuple(other_seeds(run, nearby(run))))
    return prepared(replace(subject, runs=(run, *together)), kinds, progress=progress)


def obstacle(kind: str, subject: Subject) -> str | None:
    """Why ``kind`` cannot be drawn even of a :func:`measured` subject: one sentence. None when it can be."""
    can_be_read = {
        "stats": _measurable(subject),
        "densities": subject.run is not None,
        "alike": _measurable(subject),
        "histories": bool(subject.runs),
        "models": bool(subject.runs),
    }
    return missing(kind, subject, given=[need for need, given in can_be_read.items() if given])


def measured(subject: Subject, kinds: Iterable[str], *, progress: Progress = UNWATCHED) -> Subject:
    """``subject``, its latents measured over the training images where one of ``kinds`` uses that and the data is there.

    ``progress`` counts images. Without data, densities are those of the last epoch of training. Those of every kept moment
    are read where one of ``kinds`` needs them.

    Raises:
        RunError: a snapshot of the run cannot be read.
        Cancelled: ``progress`` gave the work up.
    """
    kinds = list(kinds)
    if "densities" in uses(kinds) and subject.run is not None and subject.densities is None:
        subject = replace(subject, densities=densities(subject.run, progress=progress))
    if "other" in needs(kinds) and subject.other is not None and subject.matching is None:
        subject = _matched(subject, progress)
    if "seeds" in needs(kinds) and subject.seeds and subject.stability is None:
        others = (run.latest() for run in subject.seeds)
        found = stability(subject.snapshot, others, len(subject.seeds), progress)
        subject = replace(subject, stability=found)
    if not not_together(subject.runs):
        subject = _of_many(subject, needs(kinds), progress)
    if "stats" not in uses(kinds) or not _measurable(subject) or subject.stats is not None:
        return subject
    assert subject.dataset is not None
    return replace(subject, stats=kept_stats.measured(subject.snapshot, subject.dataset, progress=progress))


def _matched(subject: Subject, progress: Progress) -> Subject:
    """With its latents matched, unless they cannot be: the figure says why."""
    other = subject.other
    if other is None or other.snapshot.d_in != subject.snapshot.d_in:
        return subject
    method = best_method(subject.snapshot, other.snapshot)
    return replace(subject, matching=match_models(subject.snapshot, other.snapshot, method, progress))


def _of_many(subject: Subject, needed: set[str], progress: Progress) -> Subject:
    """With what is read or measured of all of its runs, where there are several."""
    runs = subject.runs
    if len(runs) < 2:
        return subject
    if "alike" in needed and subject.alike is None and subject.dataset is not None and _measurable(subject):
        found = results.results(runs).found
        alike = results.measured_monosemanticity(found, subject.dataset, progress)
        subject = replace(subject, alike=alike)
    if "histories" in needed and not subject.histories:
        subject = replace(subject, histories=tuple((run, run.history()) for run in runs))
    if "models" in needed and not subject.models:
        models = tuple((run, run.latest()) for _, run in atoms_by_k.chosen(runs))
        subject = replace(subject, models=models)
    return subject


MAPS = ("code-map", "latent-map")
"""Kinds whose points are placed by a method of choice."""


def mapped_by(subject: Subject, kind: str, method: Method, progress: Progress = UNWATCHED) -> Subject:
    """``subject`` whose figure of ``kind``, one of :data:`MAPS`, places its points by ``method`` instead of principal components.

    Raises:
        ExportError: test inputs cannot be placed by UMAP.
        EmbeddingError: there are too few points, all are equal, or the method's library is not installed.
        Cancelled: ``progress`` gave the work up.
    """
    if kind == "latent-map":
        places = latents_embedded(method, subject.snapshot, subject.dead, progress)
        return replace(subject, mapped=Mapped(method, places))
    if method != "tsne":
        raise ExportError(f"The figure {kind} is drawn by pca or tsne, not by {method}; choose one of them.")
    if subject.dataset is None or missing(kind, subject):
        return subject
    inputs = chosen(len(subject.dataset.test_images))
    codes = codes_of(subject.snapshot, subject.dataset.test_images[inputs])
    return replace(subject, coded=by_neighbours(inputs, codes, progress=progress))


def prepared(subject: Subject, kinds: Iterable[str], *, progress: Progress = UNWATCHED) -> Subject:
    """:func:`measured` and, where one of ``kinds`` needs a drawing or a latent, :func:`completed`."""
    kinds = list(kinds)
    subject = measured(subject, kinds, progress=progress)
    return completed(subject) if needs(kinds) & {"drawing", "latent"} else subject


def completed(subject: Subject) -> Subject:
    """``subject`` with a drawing and a latent where none was chosen, so that every kind can be drawn.

    The drawing is the first test image; the latent is the strongest on the drawing, or the most often active.
    """
    dataset, shape = subject.dataset, subject.snapshot.shape
    if (
        subject.drawing is None
        and dataset is not None
        and dataset.shape == shape
        and len(dataset.test_images)
    ):
        subject = replace(subject, drawing=dataset.test_images[0])
    if subject.latent is None:
        subject = replace(subject, latent=_strongest_latent(subject))
    return subject


def _measurable(subject: Subject) -> bool:
    return subject.dataset is not None and subject.dataset.shape == subject.snapshot.shape


def _strongest_latent(subject: Subject) -> int:
    if subject.drawing is not None and subject.drawing.shape == subject.snapshot.shape:
        z = subject.snapshot.encode(to_input(subject.drawing[np.newaxis]))[0]
        if z.any():
            return int(np.argmax(z))
    return int(subject.order()[0])
