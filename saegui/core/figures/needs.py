"""What kinds of figures need of a subject, how to see whether it is there, and what to do when it is not."""

from __future__ import annotations

from collections.abc import Callable

from saegui.core.arrays import input_in_words, inputs_in_words
from saegui.core.data.noun import IMAGE
from saegui.core.figures.base import Subject
from saegui.core.numbers import no_latent
from saegui.core.runs.together import not_together


def _history(subject: Subject) -> str | None:
    history = subject.history
    if history is None or not (len(history.train["step"]) or len(history.test["step"])):
        return "this run has no training curves; train it, or open a run that was trained here."
    return None


def _dataset(subject: Subject) -> str | None:
    if subject.dataset is None:
        return "no data is loaded; choose a data set or its folder."
    return _other_data(subject)


def _stats(subject: Subject) -> str | None:
    if subject.stats is not None:
        return None
    sentence = "the latents have not been measured yet; load the data set and wait until they are measured."
    return _other_data(subject) or sentence


def any_active(subject: Subject) -> str | None:
    """Why a figure of what activates latents cannot be drawn; None where a latent is active on some training input."""
    if subject.stats is not None and subject.stats.dead.all():
        return f"no latent is active on any training {subject.noun.one}; choose another run."
    return None


def _drawing(subject: Subject) -> str | None:
    if subject.drawing is None:
        noun = subject.noun
        return noun.instead_of_input("there is no drawing yet; ") + (
            f"draw something or load a test {noun.one}." if noun == IMAGE else f"load a test {noun.one}."
        )
    own, shape = subject.snapshot.shape, subject.drawing.shape
    if shape != own:
        wrong = f"{subject.noun.instead_of_input('the drawing')} is {input_in_words(shape)}, but the model reads {inputs_in_words(own)}"
        return f"{wrong}; load a test {subject.noun.one} of the data set that it was trained on."
    return None


def _other_data(subject: Subject) -> str | None:
    """What to do where the data set has inputs of another shape than the model reads."""
    own, dataset = subject.snapshot.shape, subject.dataset
    if dataset is None or dataset.shape == own:
        return None
    wrong = f"the data set {dataset.title} has {inputs_in_words(dataset.shape)}, but the model reads {inputs_in_words(own)}"
    return f"{wrong}; choose the data set that it was trained on."


def _latent(subject: Subject) -> str | None:
    if subject.latent is None:
        return "no latent is selected; click a tile in Features, or give --latent I on the command line."
    if not 0 <= subject.latent < subject.snapshot.n_latents:
        return no_latent(subject.latent, subject.snapshot.n_latents)
    return None


def _densities(subject: Subject) -> str | None:
    if subject.densities is None:
        return "no training of this model is kept; open a run, or train one."
    return None


def _other(subject: Subject) -> str | None:
    if subject.other is None:
        return "there is no second run; choose one in Compare, or name two runs on the command line."
    return None


def _seeds(subject: Subject) -> str | None:
    if not subject.seeds:
        return "no run differs from this one in the seed alone; train one with another seed."
    return None


def _runs(subject: Subject) -> str | None:
    if len(subject.runs) < 2:
        return "several runs are needed; compare runs in the window, or name them or the folder of a sweep on the command line."
    return not_together(subject.runs)


def _alike(subject: Subject) -> str | None:
    if subject.alike is None:
        return "the monosemanticity of these runs has not been measured yet; load their data set."
    return None


def _histories(subject: Subject) -> str | None:
    if not subject.histories:
        return "none of these runs has training curves; choose runs that were trained here."
    return None


def _models(subject: Subject) -> str | None:
    if not subject.models:
        return "none of these runs has a model whose atoms could be drawn; choose runs that did not diverge."
    return None


NEEDS: dict[str, Callable[[Subject], str | None]] = {
    "history": _history,
    "dataset": _dataset,
    "stats": _stats,
    "drawing": _drawing,
    "latent": _latent,
    "densities": _densities,
    "other": _other,
    "seeds": _seeds,
    "runs": _runs,
    "alike": _alike,
    "histories": _histories,
    "models": _models,
}
"""By the name of a field of :class:`Subject`: None when it can be used, else what is wrong with it and what to do."""
