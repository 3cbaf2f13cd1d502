"""What Train, Step and Epoch do now, and a sentence where they do nothing, or not what the fields say."""

from __future__ import annotations

from collections.abc import Callable

from saegui.app.services import Services
from saegui.core.config.conflicts import conflicts
from saegui.core.config.schema import parameter, relevant


class Starting:
    """Begins a training with the state's draft, or resumes the one that is paused or was interrupted."""

    def __init__(self, services: Services) -> None:
        self._state, self._training = services.state, services.training

    @property
    def ready(self) -> bool:
        """Whether the draft can be trained."""
        return not conflicts(self._state.draft)

    @property
    def possible(self) -> bool:
        """Whether a training can begin or go on."""
        return self._state.phase == "paused" or (not self._state.busy and self.ready)

    @property
    def verb(self) -> str:
        """What Train does now."""
        return "Resume" if self._state.phase == "paused" or self._training.will_resume else "Train"

    @property
    def begins_run(self) -> bool:
        """Whether what begins now is a new run, whichever run is open."""
        return self._state.phase == "idle" and not self._training.will_resume

    @property
    def waiting(self) -> list[str]:
        """The fields whose changes the training that is under way does not take."""
        config, draft = self._training.config, self._state.draft
        if not self._state.busy or config is None:
            return []
        values = config.model_dump()
        return [name for name in relevant(draft) if draft[name] != values[name] and not parameter(name).live]

    def why_not(self) -> str:
        """Why no training can begin now, and what to do about it; empty where one can."""
        if self.possible:
            return ""
        if self._state.phase == "idle":
            return f"Nothing is trained yet. {next(iter(conflicts(self._state.draft).values()))}"
        if self._state.phase == "stopping":
            return "The training before is being saved. Train again when that is done."
        under_way = (
            "A training is being prepared" if self._state.phase == "preparing" else "A training is under way"
        )
        if self.waiting:
            return (
                f"{under_way}, and it goes on without the change of {titles(self.waiting)}. "
                "To train with it, stop this training (Shift+F5) and press Train again."
            )
        return f"{under_way}. Pause it (Ctrl+.) or stop it (Shift+F5) first."

    def train(self) -> None:
        """Train to the end."""
        self._go(self._training.train)

    def step(self) -> None:
        """Train on one batch."""
        self._go(self._training.step)

    def step_epoch(self) -> None:
        """Train to the end of the epoch."""
        self._go(self._training.step_epoch)

    def _go(self, run: Callable[[], object]) -> None:
        if not self.possible:
            return
        if self.waiting:
            self._state.notify(
                "info",
                f"The training goes on without the change of {titles(self.waiting)}, which is for the next training.",
            )
        run()


def titles(names: list[str]) -> str:
    """The titles of parameters, separated by commas."""
    return ", ".join(parameter(name).title for name in names)
