"""History: the curves of one training, as columns of numbers; long ones are thinned so that their size stays bounded."""

from __future__ import annotations

import io
import struct
import zlib
from pathlib import Path
from tokenize import TokenError
from typing import NamedTuple
from zipfile import BadZipFile

import numpy as np
from numpy.typing import NDArray

from saegui.core.config import changes
from saegui.core.config.changes import Change
from saegui.core.config.schema import parameters
from saegui.core.errors import RunError
from saegui.core.files import npz, paths

CurveValues = NDArray[np.float64]
"""One column of the curves: a value for each kept point."""

TRAIN_COLUMNS = ("step", "epoch", "seconds", "loss", "fvu", "l0", "dead")
TEST_COLUMNS = ("step", "epoch", "seconds", "loss", "fvu", "l0")
CAPACITY = 8192
"""Training points that are kept. When there are more, every second one is dropped, and from then on every second new one."""


MOST_BYTES = 1 << 26
"""Of one table that is read: no training has half as many points."""
_UNREADABLE = (
    OSError,
    ValueError,
    TypeError,
    KeyError,
    EOFError,
    ArithmeticError,
    MemoryError,
    RuntimeError,
    SyntaxError,
    BadZipFile,
    TokenError,
    struct.error,
    zlib.error,
)
"""What numpy and zipfile raise for a damaged file; it depends on where the damage is."""


class StepResult(NamedTuple):
    """What one training step did, on its own batch."""

    step: int
    """Steps done so far, this one included."""
    epoch: float
    """Passes over the training images done so far."""
    seconds: float
    """Time spent training so far, pauses left out."""
    loss: float
    """Sum of the named losses."""
    fvu: float
    """Σe² over the batch / what Σ(x − mean training image)² is for as many images on average."""
    l0: float
    """Mean number of active latents."""
    dead: int
    """Latents that were inactive for one epoch."""
    losses: dict[str, float]
    """The named losses that add up to ``loss``."""
    images: int
    """Images in the batch."""


class TestResult(NamedTuple):
    """A measurement on the test images."""

    step: int
    epoch: float
    seconds: float
    loss: float
    fvu: float
    l0: float


class _Table:
    """Rows of floats in one growing array. Long tables are thinned, but the newest row is always there."""

    def __init__(self, columns: tuple[str, ...], capacity: int | None) -> None:
        self.columns = columns
        self._capacity = capacity
        self._rows = np.empty((256, len(columns)))
        self._kept = 0
        self._passing = 0
        """1 when the newest row is not to be kept: the next one replaces it."""
        self._stride = 1
        self._seen = 0

    @property
    def _count(self) -> int:
        return self._kept + self._passing

    def append(self, row: tuple[float, ...]) -> None:
        self._seen += 1
        full = self._capacity is not None and self._kept >= self._capacity
        if full and self._is_to_be_kept():
            thinned = self._rows[: self._kept : 2].copy()
            self._kept = len(thinned)
            self._rows[: self._kept] = thinned
            self._stride *= 2
        if self._kept == len(self._rows):
            self._rows = np.concatenate([self._rows, np.empty_like(self._rows)])
        self._rows[self._kept] = row
        self._passing = 0 if self._is_to_be_kept() else 1
        self._kept += 1 - self._passing

    def _is_to_be_kept(self) -> bool:
        return (self._seen - 1) % self._stride == 0

    def view(self) -> dict[str, CurveValues]:
        rows = self._rows[: self._count]
        rows.setflags(write=False)
        return {name: rows[:, index] for index, name in enumerate(self.columns)}

    def to_array(self) -> CurveValues:
        return self._rows[: self._count].copy()

    def load(self, rows: CurveValues) -> None:
        self._rows, self._kept, self._seen = rows.copy(), len(rows), len(rows)
        self._passing, self._stride = 0, 1
        if not len(rows):
            self._rows = np.empty((256, len(self.columns)))

    def continue_after(self, seen: int) -> None:
        """Continue after ``seen`` rows. This table holds those that were kept of them, and perhaps the last one."""
        self._seen = seen
        self._stride = int(self._rows[1, 0] - self._rows[0, 0]) if self._count > 1 else 1
        if self._count and (self._rows[self._count - 1, 0] - 1) % self._stride:
            self._kept, self._passing = self._kept - 1, 1


class History:
    """Training points per step and test points per epoch, as columns."""

    def __init__(self) -> None:
        self._train = _Table(TRAIN_COLUMNS, CAPACITY)
        self._test = _Table(TEST_COLUMNS, None)
        self._changes: list[Change] = []

    @property
    def changes(self) -> tuple[Change, ...]:
        """What was changed while the run was trained, the first change first."""
        return tuple(self._changes)

    @property
    def train(self) -> dict[str, CurveValues]:
        """Columns ``step, epoch, seconds, loss, fvu, l0, dead`` of equal length; views, whose last row the next step may replace."""
        return self._train.view()

    @property
    def test(self) -> dict[str, CurveValues]:
        """Columns ``step, epoch, seconds, loss, fvu, l0`` of equal length."""
        return self._test.view()

    @property
    def length(self) -> float:
        """Seconds that the training took, without its pauses; 0 before its first step."""
        seconds = self.train["seconds"]
        return float(seconds[-1]) if len(seconds) else 0.0

    def add_step(self, result: StepResult) -> None:
        """Append one training point; in a thinned history most points are replaced by the next one."""
        # Its first fields are the columns.
        self._train.append(result[:7])

    def add_test(self, result: TestResult) -> None:
        """Append one test point."""
        self._test.append(result)

    def add_change(self, change: Change) -> None:
        """A live parameter was changed."""
        self._changes = changes.added(self._changes, change)

    def thinned(self, points: int) -> History:
        """A copy with at most ``points`` training points, evenly spaced, the first and the last among them."""
        made = History()
        rows = self._train.to_array()
        count = len(rows)
        made._train.load(rows[np.unique(np.linspace(0, count - 1, min(points, count)).round().astype(int))])
        made._test.load(self._test.to_array())
        made._changes = list(self._changes)
        return made

    def until(self, step: int) -> History:
        """A copy that ends at ``step``, for a training that is resumed there."""
        made = History()
        train, test = self._train.to_array(), self._test.to_array()
        made._train.load(train[train[:, 0] <= step])
        made._train.continue_after(step)
        made._test.load(test[test[:, 0] <= step])
        made._changes = [change for change in self._changes if change.step <= step]
        return made

    def save(self, path: Path, *, staged: bool = False) -> None:
        """Replace ``path`` (npz without pickles) in one step; ``staged`` as in :func:`paths.replacing`."""
        buffer = io.BytesIO()
        np.savez(
            buffer,
            train=self._train.to_array(),
            test=self._test.to_array(),
            changes=np.array([(*c[:3], c.before, c.after) for c in self._changes], float).reshape(-1, 5),
            changed=np.array([change.name for change in self._changes], "U64"),
        )
        paths.write_bytes(path, buffer.getvalue(), staged=staged)

    @staticmethod
    def load(path: Path) -> History:
        """Read what :meth:`save` wrote.

        Raises:
            RunError: names the file that is missing, truncated or foreign.
        """
        history = History()
        try:
            with npz.Archive(path) as archive:
                for name, table in (("train", history._train), ("test", history._test)):
                    if archive.sizes[name] > MOST_BYTES:
                        raise ValueError(f"{name} has {archive.sizes[name]:,} bytes")
                    rows = archive.read(name)
                    if rows.ndim != 2 or rows.shape[1] != len(table.columns) or rows.dtype != np.float64:
                        raise ValueError(f"{name} is {rows.dtype} {rows.shape}")
                    table.load(rows)
                if "changes" in archive.sizes:
                    if max(archive.sizes["changes"], archive.sizes["changed"]) > MOST_BYTES:
                        raise ValueError("more changes than anybody makes")
                    history._changes = _changes(archive.read("changes"), archive.read("changed"))
        except _UNREADABLE as error:
            # Not numpy's message: it advises to load the file unsafely.
            reason = error.strerror if isinstance(error, OSError) and error.strerror else "it is damaged"
            raise RunError(f"{path} cannot be read ({reason}); the run's curves are lost.") from error
        return history


def _changes(rows: NDArray[np.generic], names: NDArray[np.generic]) -> list[Change]:
    """What :meth:`History.save` wrote; raises ``ValueError`` for anything else."""
    if rows.ndim != 2 or rows.shape[1] != 5 or rows.dtype != np.float64 or not np.isfinite(rows).all():
        raise ValueError(f"changes is {rows.dtype} {rows.shape}")
    live = {found.name: int if found.kind == "int" else float for found in parameters() if found.live}
    if names.shape != rows.shape[:1] or names.dtype.kind != "U" or not set(names.tolist()) <= set(live):
        raise ValueError(f"changed is {names.dtype} {names.shape}")
    return [
        Change(int(step), epoch, seconds, name, live[name](before), live[name](after))
        for (step, epoch, seconds, before, after), name in zip(rows.tolist(), names.tolist(), strict=True)
    ]
