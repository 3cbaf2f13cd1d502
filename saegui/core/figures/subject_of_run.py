"""What figures of a run on disk are drawn of: reads only what the wanted kinds need."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from saegui.core.analysis.latent_stats import analyse
from saegui.core.arrays import Images
from saegui.core.data import Dataset
from saegui.core.figures import KINDS, Subject, completed
from saegui.core.model.snapshot import Snapshot
from saegui.core.progress import UNWATCHED, Progress
from saegui.core.runs.folders import unique_titles
from saegui.core.runs.overlay import Overlay
from saegui.core.runs.run import Run


def needs(kinds: Iterable[str]) -> set[str]:
    """Fields of :class:`saegui.core.figures.Subject` that at least one of ``kinds`` cannot do without."""
    return {need for kind in kinds for need in KINDS[kind].needs}


def subject_of(
    run: Run,
    kinds: Iterable[str],
    *,
    snapshot: Snapshot | None = None,
    dataset: Dataset | None = None,
    drawing: Images | None = None,
    latent: int | None = None,
    others: Sequence[Run] = (),
    progress: Progress = UNWATCHED,
) -> Subject:
    """All that drawing ``kinds`` of ``run`` takes, at its latest snapshot unless another is given.

    The curves of ``others`` are drawn behind the run's own. With a ``dataset`` the latents are measured over its training
    images, which ``progress`` counts; without one, densities are those of the training's last epoch. A
    drawing and a latent that were not chosen are chosen as :func:`saegui.core.figures.completed` does.

    Raises:
        RunError: when the weights, or the curves where they are needed, cannot be read.
    """
    snapshot = run.latest() if snapshot is None else snapshot
    wanted = needs(kinds)
    title, *titles = unique_titles([(found.path, found.name) for found in (run, *others)])
    measured = dataset is not None and wanted != {"history"}
    return completed(
        Subject(
            title=title,
            snapshot=snapshot,
            history=run.history() if "history" in wanted else None,
            overlays=tuple(
                Overlay.of(other, other.history())._replace(name=name, place=place)
                for place, (name, other) in enumerate(zip(titles, others, strict=True), start=1)
            )
            if "history" in wanted
            else (),
            dataset=dataset,
            stats=analyse(snapshot, dataset, progress=progress) if measured and dataset is not None else None,
            drawing=drawing,
            latent=latent,
        )
    )
