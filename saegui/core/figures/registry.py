"""The kinds of figures there are. What draws them imports matplotlib, so it is imported when one is drawn."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from saegui.core.errors import ExportError
from saegui.core.figures.base import Drawn, Kind, Subject

if TYPE_CHECKING:
    from saegui.core.runs.history import History


def _decoder_grid(subject: Subject) -> Drawn:
    from saegui.core.figures import grids

    return grids.draw(subject, "decoder")


def _encoder_grid(subject: Subject) -> Drawn:
    from saegui.core.figures import grids

    return grids.draw(subject, "encoder")


def _curves(subject: Subject) -> Drawn:
    from saegui.core.figures import curves

    return curves.draw(subject)


def _reconstruction(subject: Subject) -> Drawn:
    from saegui.core.figures import reconstruction

    return reconstruction.draw(subject)


def _activation_pattern(subject: Subject) -> Drawn:
    from saegui.core.figures import activation_pattern

    return activation_pattern.draw(subject)


def _percent_active(subject: Subject) -> Drawn:
    from saegui.core.figures import percent_active

    return percent_active.draw(subject)


def _latent(subject: Subject) -> Drawn:
    from saegui.core.figures import latent

    return latent.draw(subject)


KINDS: dict[str, Kind] = {
    kind.name: kind
    for kind in (
        Kind("decoder-grid", "Decoder grid", "What every latent draws: the dictionary.", (), _decoder_grid),
        Kind("encoder-grid", "Encoder grid", "What every latent looks for.", (), _encoder_grid),
        Kind(
            "curves",
            "Training curves",
            "Loss, FVU, L0 and dead latents during the training, with other runs behind.",
            ("history",),
            _curves,
        ),
        Kind(
            "reconstruction",
            "Reconstructions",
            "A test image of each class beside its reconstruction and error, with label, L0 and MSE.",
            ("dataset",),
            _reconstruction,
        ),
        Kind(
            "activation-pattern",
            "Activation pattern",
            "The drawing, its reconstruction, the latents that are on, and the sum of the strongest three.",
            ("drawing",),
            _activation_pattern,
        ),
        Kind(
            "percent-active",
            "Active latents per image",
            "How many of the latents are on for each training image, with the target marked.",
            ("stats",),
            _percent_active,
        ),
        Kind(
            "latent",
            "One latent",
            "Encoder, decoder, activations, classes, and training images that switch one latent on: the strongest and random ones.",
            ("latent", "stats", "dataset"),
            _latent,
        ),
    )
}

_REMEDIES = {
    "history": "this run has no training curves; train it, or open a run that was trained here.",
    "dataset": "no data is loaded; choose a data set or its folder.",
    "drawing": "there is no drawing yet; draw a digit or load a test image.",
    "stats": "the latents have not been measured yet; load the data set and wait for the analysis.",
    "latent": "no latent is chosen; click one in the feature grid (on the command line: --latent I).",
}


def missing(kind: str, subject: Subject) -> str | None:
    """Why ``kind`` cannot be drawn of ``subject`` now, and what to do: one sentence. None when it can be.

    Raises:
        ExportError: when there is no such kind; it lists those there are.
    """
    found = _kind(kind)
    for need in found.needs:
        if getattr(subject, need) is None:
            return f"{found.title}: {_REMEDIES[need]}"
    if "history" in found.needs and subject.history is not None and _empty(subject.history):
        return f"{found.title}: {_REMEDIES['history']}"
    if "latent" in found.needs and not 0 <= (subject.latent or 0) < subject.snapshot.n_latents:
        last = subject.snapshot.n_latents - 1
        return f"{found.title}: there is no latent {subject.latent}; choose one from 0 to {last:,}."
    if kind == "reconstruction" and subject.dataset is not None and not len(subject.dataset.test_images):
        return f"{found.title}: {subject.dataset.title} has no test images; choose another data set."
    return None


def draw(kind: str, subject: Subject) -> Drawn:
    """The figure of that kind and the numbers behind it. Any thread may call it.

    Raises:
        ExportError: when there is no such kind, or when ``subject`` lacks what it needs: what that is and
            where to get it.
    """
    if sentence := missing(kind, subject):
        raise ExportError(sentence)
    from saegui.core.figures import paper

    with paper.style():
        return KINDS[kind].draw(subject)


def completed(subject: Subject) -> Subject:
    """``subject`` with a drawing and a latent where none was chosen, so that every kind can be drawn.

    The drawing is the first test image; the latent is the strongest on the drawing, or the most often active.
    """
    if subject.drawing is None and subject.dataset is not None and len(subject.dataset.test_images):
        subject = replace(subject, drawing=subject.dataset.test_images[0])
    if subject.latent is None:
        subject = replace(subject, latent=_telling_latent(subject))
    return subject


def _telling_latent(subject: Subject) -> int:
    if subject.drawing is not None:
        from saegui.core.model.snapshot import to_input

        z = subject.snapshot.encode(to_input(subject.drawing[np.newaxis]))[0]
        if z.any():
            return int(np.argmax(z))
    return int(subject.order()[0])


def _empty(history: History) -> bool:
    return not len(history.train["step"]) and not len(history.test["step"])


def _kind(name: str) -> Kind:
    if name not in KINDS:
        raise ExportError(f"There is no figure '{name}'; choose one of {', '.join(KINDS)}.")
    return KINDS[name]
