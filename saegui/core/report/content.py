"""What the page of a run shows, as plain numbers, texts and sheets of pictures."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
from numpy.typing import NDArray

from saegui.core import on_disk
from saegui.core.analysis import metrics
from saegui.core.analysis.latent_order import dead_where
from saegui.core.analysis.latent_stats import LatentStats
from saegui.core.analysis.named_axes import MOST_BARS, largest_in_words
from saegui.core.analysis.neighbours import nearest_atoms
from saegui.core.analysis.sort_keys import decoder_norms
from saegui.core.arrays import BYTES, Floats
from saegui.core.config.changes import trails
from saegui.core.config.run_names import value_text
from saegui.core.config.schema import parameter, relevant
from saegui.core.data import Dataset
from saegui.core.figures import paper
from saegui.core.figures.base import Subject
from saegui.core.figures.colour_maps import diverging
from saegui.core.figures.grids import ReadAtoms, read_atoms
from saegui.core.progress import UNWATCHED, Progress
from saegui.core.report import sheets
from saegui.core.report.sheets import Sheet

TITLES = {
    "mse": "MSE",
    "fvu": "FVU",
    "explained_variance": "Explained variance",
    "l0": "L0",
    "dead": "Dead latents",
    "dense": "Dense latents",
    "loss_recovered": "Loss recovered",
    "accuracy": "Accuracy",
    "accuracy_reconstruction": "Accuracy of reconstructions",
}
"""The metrics that the page shows, in their order."""
MOST_CLASSES = 12
"""Classes of one latent's profile, the strongest first."""
MOST_COMPARED = 8192
"""Latents up to which each is compared with all others."""
NEIGHBOURS = 6
_EXAMPLES = (20, 14, 10, 7, 5, 3)
"""Strongest inputs of a latent that are shown: the first number with which the sheet is small enough, else the last one."""
_EXAMPLE_BYTES = 4 << 20
"""Of the sheet of examples."""
_LARGEST_SIDE = 48
"""Pixels of an example; larger ones are averaged to fit."""
_LONGEST_TEXT = 240


def content(subject: Subject, progress: Progress = UNWATCHED) -> dict[str, Any]:
    """Everything but the figures. ``subject`` is measured; without data there are neither examples nor classes.

    Raises:
        Cancelled: ``progress`` gave the work up.
    """
    noun = subject.noun
    progress.report(0, 3, "Measuring")
    measured = _metrics(subject)
    progress.report(1, 3, "Collecting latents")
    latents = _latents(subject)
    progress.report(2, 3, "Collecting examples")
    dataset, stats = _measured(subject)
    examples = None if dataset is None or stats is None else _examples(dataset, stats, subject)
    return {
        "title": subject.title,
        "summary": f"{subject.snapshot.config.describe()} · epoch {subject.snapshot.epoch:.4g}",
        "data": _data(subject),
        "noun": [noun.one, noun.many],
        "metrics": measured,
        "parameters": _parameters(subject),
        "dead_where": dead_where(subject.stats, noun),
        "latents": latents,
        "atoms": _atoms(subject),
        "examples": examples,
    }


def _measured(subject: Subject) -> tuple[Dataset | None, LatentStats | None]:
    """Data and statistics where both are there and belong to the model."""
    dataset, stats = subject.dataset, subject.stats
    if dataset is None or stats is None or dataset.shape != subject.snapshot.shape:
        return None, None
    return dataset, stats


def _data(subject: Subject) -> str:
    if subject.dataset is not None:
        return subject.dataset.title
    return subject.run.data_title if subject.run is not None else subject.snapshot.config.dataset


def _metrics(subject: Subject) -> list[list[str]]:
    """(title, value, definition) of each metric: measured where the data is there, else as the run's end left them."""
    dataset, stats = _measured(subject)
    run = subject.run
    found: dict[str, Any] = {}
    if dataset is not None and stats is not None and len(dataset.test_images):
        found = metrics.evaluate(subject.snapshot, dataset, shares=stats.density).to_dict()
    elif run is not None and run.metrics.get("step") == subject.snapshot.step:
        found = dict(run.metrics)
    noun = subject.noun
    return [
        [title, _value(found[name]), noun.instead_of_input(metrics.HELP[name])]
        for name, title in TITLES.items()
        if found.get(name) is not None
    ]


def _value(value: Any) -> str:
    if isinstance(value, int):
        return f"{value:,}"
    return paper.number(value) if isinstance(value, float) and math.isfinite(value) else str(value)


def _parameters(subject: Subject) -> list[list[str]]:
    """(title, value, explanation) of each parameter that has an effect; its values one after the other where it was changed."""
    values = subject.snapshot.config.model_dump()
    changed = trails(subject.history.changes) if subject.history is not None else {}
    rows = []
    for name in relevant(values):
        found = parameter(name)
        plain = found.title_of(str(values[name])) if found.choices else _plain(values[name])
        rows.append([found.title, changed.get(name, plain), subject.noun.instead_of_input(found.help)])
    return rows


def _plain(value: object) -> str:
    return ("on" if value else "off") if isinstance(value, bool) else value_text(value)


def _latents(subject: Subject) -> dict[str, Any]:
    """One list for each number, by latent."""
    snapshot, stats = subject.snapshot, subject.stats
    norms = decoder_norms(snapshot)
    lengths = np.linalg.norm(snapshot.W_enc, axis=0) * norms
    cosines = np.einsum("df,fd->f", snapshot.W_enc, snapshot.W_dec) / np.where(lengths > 0, lengths, 1)
    found: dict[str, Any] = {
        "count": snapshot.n_latents,
        "dead": subject.dead.astype(int).tolist(),
        "density": rounded(subject.density),
        "norm": rounded(norms),
        "cosine": rounded(cosines),
        "notes": {
            str(latent): [int(note.starred), note.label] for latent, note in sorted(subject.notes.items())
        },
        "near": None,
    }
    if 1 < snapshot.n_latents <= MOST_COMPARED:
        near = nearest_atoms(snapshot, NEIGHBOURS)
        found["near"] = [near.rows.tolist(), [rounded(row) for row in near.cosines]]
    dataset, measured = _measured(subject)
    if dataset is None or measured is None or stats is None:
        return found
    found |= {
        "maximum": rounded(measured.maximum),
        "mean": rounded(measured.mean_active),
        "edges": rounded(measured.edges),
        "histogram": measured.histogram.tolist(),
        "inputs": measured.n_images,
    }
    if dataset.has_labels:
        kept = np.argsort(-measured.class_means, axis=1, kind="stable")[:, :MOST_CLASSES]
        found |= {
            "purity": rounded(measured.purities),
            "classes": list(dataset.classes),
            "profile": [
                kept.tolist(),
                [rounded(row) for row in np.take_along_axis(measured.class_means, kept, axis=1)],
            ],
        }
    return found


def _atoms(subject: Subject) -> dict[str, Any]:
    """How the weights are shown: as pictures, as plots, or by what stands for them."""
    snapshot = subject.snapshot
    limits = {
        side: paper.weight_limit(subject, images)
        for side, images in (("decoder", snapshot.decoder_images), ("encoder", snapshot.encoder_images))
    }
    read = read_atoms(subject)
    found: dict[str, Any] = {
        "decoder": {
            **sheets.of_weights(snapshot.decoder_images, limits["decoder"]).described(),
            "limit": rounded(np.array([limits["decoder"]]))[0],
        },
        "encoder": {
            **sheets.of_weights(snapshot.encoder_images, limits["encoder"]).described(),
            "limit": rounded(np.array([limits["encoder"]]))[0],
        },
        "plots": len(snapshot.shape) == 1,
        "note": paper.limit_note(subject),
        "words": read.words,
        "average": None if read.averages is None else _averages(read),
        "texts": _texts(subject, read),
        "axes": None,
        "palettes": {"light": _palette("RdBu_r"), "dark": _palette("berlin")},
    }
    if 0 < len(subject.axes) <= MOST_BARS:
        found["axes"] = {
            "names": list(subject.axes),
            "decoder": [rounded(row) for row in snapshot.decoder_images],
            "encoder": [rounded(row) for row in snapshot.encoder_images],
        }
    return found


def _averages(read: ReadAtoms) -> dict[str, Any]:
    assert read.averages is not None
    return sheets.of_inputs(read.averages, BYTES).described()


def _texts(subject: Subject, read: ReadAtoms) -> list[list[str]] | None:
    """What is written into the tiles: the nearest texts, or the largest of the named numbers."""
    if read.texts is not None:
        return [[_short(text) for text in texts] for texts in read.texts]
    if not subject.axes:
        return None
    return [
        largest_in_words(row, subject.axes, 3).split(", ")
        for row in np.asarray(subject.snapshot.decoder_images)
    ]


def _examples(dataset: Dataset, stats: LatentStats, subject: Subject) -> dict[str, Any]:
    """The strongest inputs of each latent: a sheet of pictures, or texts, or only their numbers."""
    shown = dataset.train_images if dataset.pictures is None else dataset.pictures
    sheet: Sheet | None = None
    top: NDArray[np.int32] = stats.top
    if not dataset.writes and shown.ndim > 2:
        span = subject.snapshot.span if dataset.pictures is None else BYTES
        for count in _EXAMPLES:
            top = stats.top[:, :count]
            used = np.unique(top[top >= 0])
            if count != _EXAMPLES[-1] and len(used) * _LARGEST_SIDE**2 > 4 * sheets.MOST_PIXELS:
                continue
            pictures = _thumbnails(on_disk.taken(shown, used))
            sheet = sheets.of_inputs(pictures, span)
            if len(sheet.png) <= _EXAMPLE_BYTES:
                break
    used = np.unique(top[top >= 0])
    place = np.full(len(dataset.train_images) + 1, -1, np.int64)
    place[used] = np.arange(len(used))
    counts = (top >= 0).sum(axis=1)
    kept = range(len(counts))
    return {
        "sheet": None if sheet is None or not len(used) else sheet.described(),
        "rows": used.tolist(),
        "labels": dataset.train_labels[used].tolist() if dataset.has_labels else None,
        "texts": _words(dataset, used),
        "top": [place[top[latent, : counts[latent]]].tolist() for latent in kept],
        "z": [rounded(stats.top_values[latent, : counts[latent]]) for latent in kept],
    }


def _words(dataset: Dataset, rows: NDArray[np.integer[Any]]) -> list[str] | None:
    if dataset.items is None or not dataset.writes:
        return None
    return [_short(str(dataset.items.train[row])) for row in rows.tolist()]


def _thumbnails(pictures: NDArray[Any]) -> NDArray[Any]:
    """Pictures whose longer side has at most :data:`_LARGEST_SIDE` pixels."""
    factor = -(-max(pictures.shape[1:3]) // _LARGEST_SIDE)
    if factor == 1 or not len(pictures):
        return pictures
    pixels = len(pictures) * pictures.shape[1] * pictures.shape[2]
    means = sheets.shrunk(pictures, pixels // factor**2)
    return np.rint(means).astype(np.uint8) if pictures.dtype == np.uint8 else means


def _palette(name: str) -> str:
    """Colours of the bytes 1 to 255 as hexadecimal digits: the middle one is the map's own centre."""
    return diverging(name, 2 * sheets.STEPS + 1).tobytes().hex()


def _short(text: str) -> str:
    words = " ".join(text.split())
    return words if len(words) <= _LONGEST_TEXT else f"{words[: _LONGEST_TEXT - 1]}…"


def rounded(values: Floats) -> list[float]:
    """Four significant digits: more would only make the page larger. What is no finite number is 0."""
    return [float(f"{value:.4g}") if math.isfinite(value) else 0.0 for value in np.asarray(values).tolist()]
