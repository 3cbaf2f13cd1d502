"""Reads the tensors of other libraries' files without trusting them: sizes are checked before memory is taken, and nothing is unpickled."""

from __future__ import annotations

import json
import zipfile
from collections.abc import Iterable, Mapping
from io import BytesIO
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from saegui.core.errors import FormatError, reason
from saegui.core.files import paths
from saegui.core.formats.base import damaged

if TYPE_CHECKING:
    from torch import Tensor

MOST_JSON = 8_000_000
"""Bytes of a description; matryoshka widths and hook names make some kB."""
_FLOATS = {"F16": "<f2", "BF16": "<u2", "F32": "<f4", "F64": "<f8"}
_WHOLE = {"I32": "<i4", "I64": "<i8"}
_LARGEST_PICKLE = 1 << 22
"""Bytes of what describes the tensors in a ``.pt`` file; it has about 100 for each."""


def read_json(path: Path) -> dict[str, Any]:
    """The object in a JSON file.

    Raises:
        FormatError: it is missing, too large, no JSON, or no object.
    """
    try:
        found = json.loads(paths.read_text(path, MOST_JSON))
    except FileNotFoundError as error:
        raise damaged(path.parent, f"it has no {path.name}") from error
    except (OSError, ValueError, RecursionError) as error:
        raise damaged(path, reason(error)) from error
    if not isinstance(found, dict):
        raise damaged(path, "it holds no JSON object")
    return found


def part(path: Path, values: Mapping[str, Any], name: str) -> dict[str, Any]:
    """The object ``name`` inside ``values``, empty where there is none; raises :class:`FormatError` where it is something else."""
    found = values.get(name)
    if found is None:
        return {}
    if not isinstance(found, dict):
        raise damaged(path, f"{name} is {found!r:.60}, not an object")
    return found


class Safetensors:
    """The tensors of one file; each is read when it is asked for."""

    def __init__(self, path: Path) -> None:
        """Raises :class:`FormatError` for a file that is missing or damaged."""
        from safetensors import SafetensorError, safe_open

        self.path = path
        try:
            paths.check_file(path)
            # The library checks that all tensors lie inside the file, one after the other, and nothing else.
            with safe_open(path, framework="np"):
                pass
            with path.open("rb") as file:
                length = int.from_bytes(file.read(8), "little")
                described = json.loads(file.read(length))
        except FileNotFoundError as error:
            raise damaged(path.parent, f"it has no {path.name}") from error
        except (SafetensorError, OSError, ValueError, RecursionError) as error:
            raise damaged(path, reason(error)) from error
        described.pop("__metadata__", None)
        self._start = 8 + length
        self._described: dict[str, dict[str, Any]] = described

    @property
    def shapes(self) -> dict[str, tuple[int, ...]]:
        """Of every tensor by its name."""
        return {name: tuple(found["shape"]) for name, found in self._described.items()}

    def read(self, name: str) -> NDArray[Any]:
        """One tensor: float32 or float64, whatever it is stored as; raises :class:`FormatError` where it is missing or no number."""
        if name not in self._described:
            raise damaged(self.path, f"it has no {name}")
        found = self._described[name]
        kind, shape = found["dtype"], tuple(found["shape"])
        if kind not in {**_FLOATS, **_WHOLE}:
            raise damaged(self.path, f"{name} has the type {kind}, not a number of 16, 32 or 64 bits")
        begin, end = found["data_offsets"]
        with self.path.open("rb") as file:
            file.seek(self._start + begin)
            data = file.read(end - begin)
        values = np.frombuffer(data, {**_FLOATS, **_WHOLE}[kind]).reshape(shape)
        if kind == "BF16":
            # The upper half of a float32.
            values = (values.astype(np.uint32) << 16).view(np.float32).reshape(shape)
        return _finite(
            self.path, name, values.astype(np.float64 if kind in ("F64", "I32", "I64") else np.float32)
        )


def _finite(path: Path, name: str, values: NDArray[Any]) -> NDArray[Any]:
    """``values``, which single precision can hold; raises :class:`FormatError` for others."""
    if not (np.abs(values) <= np.finfo(np.float32).max).all():
        raise damaged(path, f"{name} holds numbers that are not finite, or too large")
    return values


class State:
    """The tensors and plain values of a ``state_dict`` that ``torch.save`` wrote."""

    def __init__(self, path: Path, values: Mapping[str, Any]) -> None:
        self.path, self._values = path, values

    def __contains__(self, name: str) -> bool:
        return name in self._values

    @property
    def names(self) -> Iterable[str]:
        """Of everything in it."""
        return self._values.keys()

    def value(self, name: str) -> Any:
        """What is no tensor, as it is; None where there is nothing."""
        return self._values.get(name)

    def shape(self, name: str) -> tuple[int, ...]:
        """Of one tensor, which is not read."""
        return tuple(self._tensor(name).shape)

    def read(self, name: str) -> NDArray[Any]:
        """One tensor: float32 or float64, whatever it is stored as; raises :class:`FormatError` where it is missing or no number."""
        import torch

        tensor = self._tensor(name)
        wide = tensor.dtype in (torch.float64, torch.int32, torch.int64)
        return _finite(self.path, name, tensor.detach().to(torch.float64 if wide else torch.float32).numpy())

    def number(self, name: str) -> float | None:
        """A number, or a tensor that holds one; None where there is nothing."""
        found = self._values.get(name)
        if found is None or isinstance(found, int | float):
            return found
        if (shape := self.shape(name)) not in ((), (1,)):
            raise damaged(self.path, f"{name} has the shape {shape}, but must be one number")
        return float(self.read(name).reshape(()))

    def _tensor(self, name: str) -> Tensor:
        import torch

        if name not in self._values:
            raise damaged(self.path, f"it has no {name}")
        found = self._values[name]
        if not isinstance(found, torch.Tensor):
            raise damaged(self.path, f"{name} is {type(found).__name__}, not a tensor")
        floats = (torch.float16, torch.bfloat16, torch.float32, torch.float64)
        if found.layout != torch.strided or found.device.type != "cpu":
            raise damaged(self.path, f"{name} is a tensor without numbers of its own")
        if found.dtype not in (*floats, torch.int32, torch.int64):
            raise damaged(
                self.path,
                f"{name} has the type {found.dtype}, not a number of 16, 32 or 64 bits".replace("torch.", ""),
            )
        # A tensor may repeat one number a billion times by a stride of zero.
        if found.numel() * found.element_size() > found.untyped_storage().nbytes():
            raise damaged(self.path, f"{name} claims {found.numel():,} numbers and holds fewer")
        return found


def state_names(path: Path, wanted: Iterable[str]) -> frozenset[str]:
    """Those of the names ``wanted`` that stand in what describes the tensors of a ``.pt`` file, which is not unpickled; never raises."""
    try:
        paths.check_file(path)
        with zipfile.ZipFile(path) as archive:
            info = next(info for info in archive.infolist() if info.filename.endswith("/data.pkl"))
            if info.compress_type != zipfile.ZIP_STORED:
                return frozenset()
            with archive.open(info) as file:
                described = file.read(_LARGEST_PICKLE)
    except (
        OSError,
        zipfile.BadZipFile,
        StopIteration,
        ValueError,
        NotImplementedError,
        RuntimeError,
        EOFError,
    ):
        return frozenset()
    return frozenset(name for name in wanted if name.encode() in described)


def read_state(path: Path, skip: int = 0) -> State:
    """The ``state_dict`` in a ``.pt`` file, of which ``skip`` bytes at the beginning are something else.

    Its tensors stay on disk until they are read.

    Raises:
        FormatError: it is missing, damaged, holds Python objects, or is no dictionary of tensors.
    """
    try:
        paths.check_file(path)
        with path.open("rb") as file:
            file.seek(skip)
            _check_archive(path, file)
        values = _loaded(path, skip)
    except FileNotFoundError as error:
        raise damaged(path.parent, f"it has no {path.name}") from error
    except OSError as error:
        raise damaged(path, reason(error)) from error
    if not isinstance(values, dict) or not all(isinstance(name, str) for name in values):
        raise damaged(path, "it holds no dictionary of tensors")
    return State(path, values)


def _check_archive(path: Path, file: IO[bytes]) -> None:
    """That the file is what ``torch.save`` writes today: an archive whose parts are not packed and lie inside it."""
    if file.read(4) != b"PK\x03\x04":
        raise damaged(
            path,
            "it is no archive as torch.save writes it since 2020; load it in PyTorch and save its state_dict() again",
        )
    try:
        with zipfile.ZipFile(path) as archive:
            members = archive.infolist()
    except (zipfile.BadZipFile, ValueError, NotImplementedError) as error:
        raise damaged(path, reason(error)) from error
    for info in members:
        if info.compress_type != zipfile.ZIP_STORED or info.file_size != info.compress_size:
            raise damaged(path, f"{info.filename} in it is packed, which torch.save does not do")
        if info.filename.endswith(".pkl") and info.file_size > _LARGEST_PICKLE:
            raise damaged(
                path, f"{info.filename} in it has {info.file_size:,} bytes, of at most {_LARGEST_PICKLE:,}"
            )
    if sum(info.file_size for info in members) > path.stat().st_size:
        raise damaged(path, "its parts claim more bytes than it has")


def _loaded(path: Path, skip: int) -> Any:
    import pickle
    import warnings

    import torch

    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            if skip:
                return torch.load(BytesIO(path.read_bytes()[skip:]), map_location="cpu", weights_only=True)
            return torch.load(path, map_location="cpu", weights_only=True, mmap=True)
    except pickle.UnpicklingError as error:
        raise FormatError(
            f"{path} holds Python objects beside tensors, which are not read because they could run any program; load it "
            "where it comes from, and save its state_dict() alone."
        ) from error
    except (
        RuntimeError,
        ValueError,
        EOFError,
        KeyError,
        IndexError,
        TypeError,
        AttributeError,
        AssertionError,
        OverflowError,
    ) as error:
        raise damaged(path, f"PyTorch cannot read it: {reason(error):.120}") from error
