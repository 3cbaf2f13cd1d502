"""What a format is, and the checks that every file passes before its numbers are believed."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from types import MappingProxyType
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from saegui.core.arrays import BYTES, Shape, Span, checked_shape, checked_span
from saegui.core.config.schema import RunConfig, from_file
from saegui.core.errors import ConfigError, FormatError
from saegui.core.model.snapshot import TENSORS, Snapshot
from saegui.core.model.snapshot_file import extra_shapes, position


class Found(NamedTuple):
    """A model in a file of another library, and what has to be said of it."""

    model: Snapshot
    notes: tuple[str, ...] = ()
    """Sentences for the user: what the file does not say, or says and does not mean."""
    without_k: str = ""
    """What happens where the user gives no k, which the file does not say or does not mean; empty where it need not be asked."""
    without_input: str = ""
    """What is taken for done to every input where the user does not say it; empty where the file says it."""
    knows_shape: bool = False
    """Whether the file says the shape of one input; else it is taken for a vector."""
    knows_data: bool = False
    """Whether the file says which data set the model was trained on."""
    k: float | None = None
    """How many latents are active per input, as the file says."""

    def told(self, *, k: int | None = None, input: str | None = None) -> tuple[str, ...]:
        """The sentences that are left when the user has said ``k`` and what is done to every ``input``, or not."""
        left = "" if k is not None else self.without_k, "" if input is not None else self.without_input
        return (*self.notes, *filter(None, left))


@dataclass(frozen=True)
class Format:
    """One kind of file, or of folder, that a model can be written to and read from."""

    name: str
    """The word after ``--format``."""
    title: str
    """As menus and file dialogs show it."""
    about: str
    """One sentence for lists: what the file is good for."""
    suffix: str
    """How its files end, with the dot; empty for a folder."""
    sniff: Callable[[Path], bool]
    """Whether the file or folder that exists at this path is of this format. Reads only its beginning, and never raises."""
    read: Callable[[Path], Snapshot] | None = None
    """The model in a file; raises :class:`FormatError` with the file, what is wrong with it and what to do. None where :attr:`look` does it."""
    write: Callable[[Snapshot, Path], None] | None = None
    """Replace a file in one step, or fill an empty folder; equal models give equal bytes. Raises ``OSError`` when it cannot
    be written. None for a format that is only imported."""
    look: Callable[[Path], Found] | None = None
    """Like :attr:`read`, with what else a file of another library says. None for a format that is only exported."""
    folder: bool = False
    """Whether a model is a folder of files."""
    holds: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))
    """The families it can hold → what they are called there; empty where it holds every model as it is."""
    refuses: Callable[[Snapshot], str] = lambda model: ""
    """Why it cannot hold a model, and what would help, after "because"; empty where it can."""
    tells: Callable[[Snapshot], str] = lambda model: ""
    """A sentence on what is otherwise in the file than here, though it computes the same; empty where nothing is."""

    @property
    def exact(self) -> bool:
        """Whether a model comes back with all that it was exported with; else it computes the same codes and reconstructions."""
        return not self.holds

    @property
    def is_exported(self) -> bool:
        """Whether models are written in this format."""
        return self.write is not None

    @property
    def is_imported(self) -> bool:
        """Whether models in this format are read."""
        return self.read is not None or self.look is not None

    @property
    def ending(self) -> str:
        """What a list calls its files: ``.npz`` or ``folder``."""
        return "folder" if self.folder else self.suffix


@dataclass(frozen=True)
class Stored:
    """A model as a file describes it, before its tensors are read."""

    config: RunConfig
    step: int
    epoch: float
    shape: Shape
    """Of one input."""
    span: Span = BYTES
    """What inputs are drawn over."""

    @property
    def shapes(self) -> dict[str, tuple[int, ...]]:
        """Name and shape of every tensor that the model has."""
        d, F = math.prod(self.shape), self.config.n_latents
        sizes = {"W_enc": (d, F), "b_enc": (F,), "W_dec": (F, d), "b_dec": (d,), "density": (F,)}
        return {**{name: sizes[name] for name in TENSORS}, **extra_shapes(self.config, d)}


def described(path: Path, values: Mapping[str, Any]) -> Stored:
    """What a file says of its model: ``config``, ``step``, ``epoch``, ``shape`` and perhaps ``span``, which must be possible.

    Raises:
        FormatError: names ``path``, what is missing or impossible, and what to do.
    """
    try:
        config = from_file(dict(values["config"]))
        step, epoch = position(values["step"], values["epoch"])
        shape = checked_shape(values["shape"])
        span = checked_span(values.get("span", BYTES))
    except KeyError as error:
        raise damaged(path, f"it has no {error.args[0]}") from error
    except (ValueError, TypeError, OverflowError, ConfigError) as error:
        raise damaged(path, str(error).rstrip(".")) from error
    return Stored(config, step, epoch, shape, span)


def snapshot(path: Path, stored: Stored, tensors: Mapping[str, NDArray[Any]]) -> Snapshot:
    """The model of ``stored`` with ``tensors``, each of which must be float32, of its shape, and finite.

    Raises:
        FormatError: names ``path``, the tensor, what it is and what it should be.
    """
    for name, shape in stored.shapes.items():
        if name not in tensors:
            raise damaged(path, f"it has no {name}")
        check(path, name, tensors[name].shape, tensors[name].dtype, shape)
        if not np.isfinite(tensors[name]).all():
            raise damaged(path, f"{name} holds numbers that are not finite")
    known = {name: np.array(tensors[name], np.float32) for name in stored.shapes}
    weights: dict[str, Any] = {name: known.pop(name) for name in TENSORS}
    return Snapshot(
        stored.config,
        stored.step,
        stored.epoch,
        extras=known,
        shape=stored.shape,
        span=stored.span,
        **weights,
    )


def check(
    path: Path, name: str, shape: tuple[int, ...], dtype: np.dtype[Any], expected: tuple[int, ...]
) -> None:
    """Raises :class:`FormatError` unless a tensor is float32 and of the ``expected`` shape."""
    if shape != expected or dtype != np.float32:
        raise damaged(path, f"{name} is {dtype} {shape}, but must be float32 {expected}")


def damaged(path: Path, reason: str) -> FormatError:
    """What to report of a file that cannot be a model."""
    return FormatError(
        f"{path} cannot be imported ({reason.rstrip('.')}); export the model again, or choose another file."
    )
