"""What is said when a training has ended."""

from __future__ import annotations

from saegui.app.state import Level
from saegui.core.analysis.advice import advice
from saegui.core.analysis.latent_order import on_inputs
from saegui.core.analysis.metrics import Metrics
from saegui.core.config.changes import text as change_text
from saegui.core.data import registry
from saegui.core.numbers import counted_latents
from saegui.core.runs.history import History
from saegui.core.runs.run import Run


def closing_message(run: Run, found: Metrics | None, history: History) -> tuple[Level, str]:
    """How grave it is, and the sentence: the metrics, what was changed during the training, and advice after a bad one.

    ``found`` is None where the run was not measured.
    """
    word = "finished" if run.status == "finished" else "stopped"
    again = " A fit by scikit-learn cannot be resumed." if run.config.is_fitted and word == "stopped" else ""
    if found is None:
        later = "Its test metrics are computed in the background while it is open."
        return "info", f"Training {word}. The run is saved.{again} {later}"
    said = f"Training {word}: MSE {found.mse:.4f}, FVU {found.fvu:.3f}, L0 {found.l0:.1f}"
    if found.loss_recovered is not None:
        said += f", loss recovered {found.loss_recovered:.3f}"
    changed = f" Changed during it: {change_text(history.changes)}." if history.changes else ""
    if todo := advice(found, run.config, lambda parameter: parameter.title, history):
        return "warn", f"{said}.{changed} {todo}"
    dead = f"{found.dead:,} of {counted_latents(found.n_latents)} dead {on_inputs(found.n_train_images, registry.noun_of(run.config.dataset))}"
    return ("good" if word == "finished" else "info"), f"{said}, {dead}.{changed}{again}"
