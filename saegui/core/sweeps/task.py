"""One training of a sweep, wherever it runs: either its whole run is in its folder at the end, or nothing is.

It may be started several times, at the same time too: schedulers do so when a worker is lost. The run is written under
a hidden name and moved when it is whole; who finds it there already does nothing. What an interrupted one had saved is
continued: see :mod:`saegui.core.sweeps.unfinished`.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from contextlib import suppress
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING

from saegui.core.api import load_data
from saegui.core.data import Dataset
from saegui.core.errors import DataError, DeviceError, DivergedError, RunError, SaeguiError, reason
from saegui.core.files import leftovers
from saegui.core.runs.run import RUN
from saegui.core.sweeps import unfinished
from saegui.core.sweeps.spec import Training

if TYPE_CHECKING:
    from saegui.core.training.session import Session

_log = logging.getLogger(__name__)


def is_done(training: Training, out: Path) -> bool:
    """Whether its run is there."""
    return (out / training.folder / RUN).exists()


def train(
    training: Training,
    out: str,
    threads: int = 1,
    device: str = "cpu",
    say: Callable[[str], object] = _log.warning,
) -> str:
    """Train into the folder ``out``; returns the name of the run's folder in it. A training that diverges keeps a run, too.

    What is saved of it is continued; where that is impossible, it begins again, to the same run, and ``say`` gets the reason.

    Raises:
        DataError, ConfigError, RunError: names what to do; nothing is left.
        DeviceError, KeyboardInterrupt: what was saved last is kept, and continued by the next call.
    """
    folder = Path(out)
    if is_done(training, folder):
        return training.folder
    from saegui.core.training.devices import use_threads
    from saegui.core.training.session import Session

    dataset = _data(training.data, training.data_dir)
    use_threads(threads)
    hidden = folder / leftovers.name_for(training.folder)
    session: Session | None = None
    try:
        with suppress(DivergedError):
            session = _continued(training, folder, hidden, dataset, device, say) or Session(
                training.config, dataset, hidden, name=training.name, preset=training.preset, device=device
            )
            while not session.done:
                session.advance()
            session.close()
        move(hidden, folder / training.folder)
    except (DeviceError, KeyboardInterrupt):
        if session is not None:
            session.checkpoints.release()
        unfinished.keep(hidden, folder)
        raise
    finally:
        leftovers.remove(hidden)
    return training.folder


def _continued(
    training: Training, out: Path, hidden: Path, dataset: Dataset, device: str, say: Callable[[str], object]
) -> Session | None:
    """The session of what is saved of ``training``, in the folder ``hidden`` now; None where nothing can be continued."""
    from saegui.core.training.session import Session

    try:
        run = unfinished.of(training, out)
    except RunError as error:
        unfinished.discard(training, out)
        say(begun_again(error))
        return None
    if run is None:
        return None
    try:
        taken = unfinished.take(run, hidden)
    except OSError:
        # Somebody else continues it.
        return None
    try:
        return Session.resume(taken, dataset, device=device)
    except (OSError, DataError, RunError) as error:
        # It is of other inputs, or it cannot be read.
        leftovers.remove(hidden)
        say(begun_again(error))
        return None


def begun_again(error: Exception) -> str:
    """What to say of a training of which nothing could be continued. What to do about that is left out: it is done."""
    said = words_of(error)
    why = said.rpartition("; ")[0] or said
    return f"It began again from its first step, because what was saved of it could not be continued: {why.rstrip('.')}."


def attempt(
    training: Training,
    out: str,
    threads: int,
    device: str,
    say: Callable[[str], object] = _log.warning,
) -> str | None:
    """:func:`train`; returns why it failed, in words, or None. Nothing is raised: schedulers lose errors that do not travel."""
    try:
        train(training, out, threads, device, say)
    except Exception as error:  # noqa: BLE001 - of whichever kind: it is said, and the other trainings go on
        return words_of(error)
    return None


def words_of(error: Exception) -> str:
    """Why a training failed: the sentence of an error that is foreseen; of others also what they are."""
    return str(error) if isinstance(error, SaeguiError) else f"{type(error).__name__}: {error}"


def is_under_way(out: Path) -> bool:
    """Whether some process, perhaps this one, is training into the folder ``out``."""
    try:
        return any(not leftovers.is_abandoned(left) for left in out.glob(".*.tmp"))
    except OSError:
        return False


def tidy(out: Path) -> None:
    """Remove what trainings that were killed left in ``out``, but for what can be continued."""
    unfinished.rescue(out)


def move(hidden: Path, target: Path) -> None:
    """Put a run that is whole into its place; raises :class:`RunError` where it holds nothing or cannot be moved."""
    if not (hidden / RUN).exists():
        raise RunError(f"{target.name} diverged before anything was trained; choose a smaller learning rate.")
    try:
        hidden.rename(target)
    except OSError as error:
        # Another process that trained the same was quicker: theirs is as good.
        if not (target / RUN).exists():
            raise RunError(f"{target} cannot be written: {reason(error)}.") from error


@lru_cache(maxsize=1)
def _data(name: str, folder: str | None) -> Dataset:
    """Once a process."""
    return load_data(name, folder)
