"""Lessons: two or three trainings that differ in one thing, and what to look at in them. Window and command line share them.

They are the experiments of the notebook that saegui started from.
"""

from __future__ import annotations

from dataclasses import dataclass

from saegui.core.config.presets import preset
from saegui.core.config.run_names import run_name
from saegui.core.config.variants import Variant
from saegui.core.errors import ConfigError

SMALL = 10_000
"""Data sets with fewer training inputs are given smaller batches: an epoch would have hardly a step."""
SMALL_BATCH = 64


@dataclass(frozen=True)
class Lesson:
    """One experiment."""

    name: str
    title: str
    about: str
    """One sentence: what is compared."""
    look: str
    """One paragraph: what to look at when the runs are side by side."""
    parts: tuple[tuple[str, str], ...]
    """(what stands above a run, the preset that it is trained with), from left to right."""

    @property
    def folders(self) -> list[str]:
        """What the folders of its runs are called."""
        return [title.lower().replace(" ", "-") for title, _ in self.parts]

    def variants(self, dataset: str, inputs: int) -> list[Variant]:
        """The configurations for a data set of that name with so many training inputs."""
        changes: dict[str, object] = {"dataset": dataset}
        if inputs < SMALL:
            changes["batch_size"] = SMALL_BATCH
        found = []
        for (_, name), folder in zip(self.parts, self.folders, strict=True):
            config = preset(name).config.model_copy(update=changes)
            found.append(Variant(config, {"preset": name}, folder, run_name(config, name), name))
        return found


LESSONS: dict[str, Lesson] = {
    lesson.name: lesson
    for lesson in (
        Lesson(
            "sparsity",
            "k 10 against 64",
            "The same model twice: at most 10 latents are active on one input, or all 64 may be.",
            "Compare the tiles first. With k 10 the latents that live draw clear patterns, and on digits many are dead (hatched). With "
            "k 64 fewer are dead, but hardly a tile has a meaning of its own, as most latents work together on every input. Now compare "
            "FVU: it is lower with k 64. Sparsity costs some error, and buys latents that can be understood.",
            (("k 10", "seed-k10"), ("k 64", "seed-k64")),
        ),
        Lesson(
            "size",
            "64, 32 and 15 latents",
            "The same k with fewer and fewer latents: are those that die missed?",
            "Compare how many latents live in each run: on digits it is far from twice as many with 64 as with 32, so most of those that "
            "were left out had been dead. FVU rises all the same with each cut, and most with 15 latents, as a few patterns must then "
            "serve for all inputs.",
            (("64 latents", "seed-k10"), ("32 latents", "seed-small"), ("15 latents", "seed-tiny")),
        ),
        Lesson(
            "penalty",
            "KL against TopK",
            "The penalty of many tutorials beside the kind that keeps the k largest activations: both are called sparse.",
            "Compare L0. TopK keeps at most 10 latents active on one input. The KL penalty only makes the mean activation of each "
            "latent small: it may be active on many inputs, if only weakly, so L0 is higher. As the penalty also pulls up latents that "
            "are never active, hardly any die. Open each run with the same input, and compare how many latents Active latents lists.",
            (("TopK", "seed-k10"), ("KL", "tutorial-kl")),
        ),
        Lesson(
            "dead",
            "Dead latents and their cure",
            "The plain model beside current practice: AuxK, unit-norm atoms, a tied start and a pre-bias.",
            "Compare the number of dead latents: on digits most of them die early in the plain training and never come back, and with the "
            "cure nearly all live. FVU is lower at the same L0, since more latents share the work. Open a run and look at Density, behind "
            "Curves: the raster shows when latents died, and which were revived.",
            (("Plain", "seed-k10"), ("With the cure", "modern")),
        ),
    )
}


def lesson(name: str) -> Lesson:
    """The lesson of that name.

    Raises:
        ConfigError: lists the names there are.
    """
    if name not in LESSONS:
        raise ConfigError(f"There is no lesson '{name}'; choose one of {', '.join(LESSONS)}.")
    return LESSONS[name]
