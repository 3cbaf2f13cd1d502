"""An ONNX model of the user's: its inner tensors by name, and the model cut at one of them. Nothing is written or unpickled.

The graph is read with ``onnx`` and run with ``onnxruntime``, the extra ``saegui[onnx]``.
"""

from __future__ import annotations

import math
import zlib
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path, PureWindowsPath
from typing import Any, NamedTuple

import numpy as np

from saegui.core.arrays import Array, Images, full, inputs_in_words
from saegui.core.errors import DataError, reason
from saegui.core.files import paths

MOST_BYTES = 2**31 - 1
"""protobuf reads no larger file; with the files beside it, too."""
BATCH = 64
"""Pictures at once where the model does not say how many."""
LINEAR = frozenset({"Gemm", "MatMul", "Add", "Identity", "Flatten", "Reshape"})
"""What may follow a tensor so that the logits are linear in it."""
AFTER_LOGITS = frozenset({"Softmax", "LogSoftmax", "Sigmoid", "Identity", "Add", "Cast"})
"""What may stand between the product of the last layer and the output."""
SCALES = {"0 to 1": (0.0, 1.0), "-1 to 1": (-1.0, 1.0), "0 to 255": (0.0, 255.0)}
"""What pixels from paper to ink become before the model reads them."""


@dataclass(frozen=True)
class Tensor:
    """A tensor with floating-point numbers that a model takes in or computes."""

    name: str
    shape: tuple[int | None, ...]
    """None for a size that the model leaves open."""
    made_by: str = ""
    """The operator."""

    @property
    def shape_text(self) -> str:
        """Such as ``N×16×14×14``: the first size is the batch's."""
        return "×".join(["N", *("?" if size is None else f"{size:,}" for size in self.shape[1:])])

    @property
    def pictures(self) -> Size | None:
        """Of pictures that fit where it is taken in; None where these are no pictures."""
        sizes = self.shape[1:]
        if len(sizes) == 3:
            last = sizes[0] not in (1, 3, None) and sizes[2] in (1, 3)
            return Size(*sizes) if last else Size(sizes[1], sizes[2], sizes[0])
        if len(sizes) == 2:
            return Size(*sizes, 1)
        for colours in (1, 3):
            side = math.isqrt((sizes[0] or 0) // colours)
            if side > 1 and side * side * colours == sizes[0]:
                return Size(side, side, colours)
        return None


class Size(NamedTuple):
    """Of the pictures that a model takes; None for what it leaves open."""

    height: int | None
    width: int | None
    colours: int | None
    """1 for grey, 3 for red, green and blue."""


class OnnxModel:
    """A model that was read and checked, and what can be asked of it."""

    def __init__(self, path: Path, proto: Any, checksum: int) -> None:
        self.path, self._proto, self.checksum = path, proto, checksum
        self.input, self.inner = _tensors(path, proto)

    def tensor(self, name: str) -> Tensor:
        """The inner tensor ``name``.

        Raises:
            DataError: there is none.
        """
        for each in self.inner:
            if each.name == name:
                return each
        known = ", ".join(each.name for each in self.inner[:8]) + (" …" if len(self.inner) > 8 else "")
        raise DataError(f"{self.path} has no inner tensor '{name}'; choose one of {known}.")

    @property
    def likely(self) -> Tensor:
        """The inner tensor that is most likely wanted: what the last layer reads, which is not its logits or shares.

        Where there is no last layer that gives single numbers of single numbers, it is the last tensor before the output.
        """
        graph = self._proto.graph
        makers = {name: node for node in graph.node for name in node.output}
        known = {each.name: each for each in self.inner}
        ends = {each.name for each in graph.output}
        name = graph.output[0].name
        while (node := makers.get(name)) is not None:
            if node.op_type in ("Gemm", "MatMul"):
                if (found := known.get(node.input[0])) is not None:
                    return found
                break
            if node.op_type not in AFTER_LOGITS:
                break
            name = node.input[0] if node.input[0] in makers else node.input[-1]
        before = [each for each in self.inner if each.name not in ends]
        return (before or list(self.inner))[-1]

    def up_to(self, name: str) -> Part:
        """The part of the model from its input to the tensor ``name``."""
        return Part(self, _cut(self._proto, [self.input.name], name), self.input)

    def after(self, name: str, n_classes: int) -> Part | None:
        """The part from the tensor ``name`` to the logits; None where there is none of its own, or it gives no ``n_classes``.

        A softmax at the end is left out, for it takes logits.
        """
        tensor = self.tensor(name)
        graph = self._proto.graph
        last = {each: node for node in graph.node for each in node.output}.get(graph.output[0].name)
        if last is None or tensor.name == graph.output[0].name or len(tensor.shape) != 2:
            return None
        end = last.input[0] if last.op_type == "Softmax" else graph.output[0].name
        cut = _cut(self._proto, [tensor.name], end)
        if end == tensor.name or not _is_closed(cut):
            return None
        part = Part(self, cut, tensor)
        units = tensor.shape[1]
        if units is None or part.run(np.zeros((1, units), np.float32)).shape != (1, n_classes):
            return None
        return part


class Part:
    """A piece of a model that takes one tensor and gives one."""

    def __init__(self, model: OnnxModel, proto: Any, takes: Tensor) -> None:
        import onnxruntime

        self._model, self.takes = model, takes
        self.is_linear = all(node.op_type in LINEAR for node in proto.graph.node)
        options = onnxruntime.SessionOptions()
        options.log_severity_level = 4
        try:
            self._session = onnxruntime.InferenceSession(
                proto.SerializeToString(), options, providers=["CPUExecutionProvider"]
            )
        except Exception as error:
            raise DataError(f"{model.path} cannot be run by onnxruntime ({reason(error)}).") from error
        self._name = self._session.get_outputs()[0].name

    def run(self, values: Any) -> Array:
        """What it gives for ``values (n, …)``, in batches of the size that the model wants.

        Raises:
            DataError: it cannot be run, or gives no finite numbers, or not one row for each input.
        """
        fixed = self.takes.shape[0]
        size = fixed or BATCH
        found = []
        for start in range(0, len(values), size):
            part = values[start : start + size].astype(np.float32)
            count = len(part)
            if fixed and count < fixed:
                part = np.concatenate([part, np.repeat(part[-1:], fixed - count, axis=0)])
            try:
                given = self._session.run([self._name], {self.takes.name: part})[0]
            except Exception as error:
                raise DataError(f"{self._model.path} cannot be run ({reason(error)}).") from error
            if given.ndim < 2 or len(given) != len(part):
                raise DataError(
                    f"The tensor {self._name} of {self._model.path} has the shape {given.shape} for {len(part)} inputs; "
                    "choose one with a row for each input."
                )
            if not np.isfinite(given).all():
                raise DataError(
                    f"The tensor {self._name} of {self._model.path} holds values that are no numbers, or infinite; "
                    "choose another, or another range of the pixels."
                )
            found.append(given[:count].astype(np.float32))
        joined: Array = np.concatenate(found)
        return joined


def require(path: Path) -> None:
    """Raises DataError where what reads ONNX models is not installed; says how it is."""
    try:
        import onnx
        import onnxruntime  # noqa: F401
    except ImportError as error:
        raise DataError(
            f'{path} is read with onnx and onnxruntime; install them with: pip install "saegui[onnx]"'
        ) from error
    del onnx


def read(path: Path) -> OnnxModel:
    """The model in ``path``, whole and checked; files with its weights are read from its own folder only.

    Raises:
        DataError: names the file and what is wrong with it.
    """
    require(path)
    import onnx
    from google.protobuf.message import DecodeError

    try:
        size = paths.check_file(path).st_size
        if size > MOST_BYTES:
            raise ValueError(f"it has {size:,} bytes, of at most {MOST_BYTES:,}")
        data = path.read_bytes()
        proto = onnx.ModelProto.FromString(data)
        if not proto.graph.node or not proto.ir_version:
            raise ValueError("it is no ONNX model, or an empty one")
        _load_weights(path, proto)
        onnx.checker.check_model(proto)
        return OnnxModel(path, proto, zlib.crc32(data, _checksum(proto)))
    except DataError:
        raise
    except (OSError, ValueError, DecodeError, onnx.checker.ValidationError) as error:
        raise DataError(
            f"{path} cannot be read as an ONNX model ({reason(error)}); export it again, or choose another file."
        ) from error


def fed(pictures: Images, takes: Tensor, scale: str) -> Any:
    """``pictures (n, h, w)`` or ``(n, h, w, 3)``, or vectors, as the input ``takes`` of a model reads them, float32.

    Channels go first or last as the input has them, and grey pictures are repeated where it has three.

    Raises:
        DataError: they do not fit; names both shapes.
    """
    low, high = SCALES[scale]
    x = np.asarray(pictures).astype(np.float32)
    if pictures.dtype == np.uint8:
        x = low + x / np.float32(full(pictures)) * (high - low)
    wanted = takes.shape[1:]
    for tried in _layouts(x, len(wanted)):
        if all(size is None or size == own for size, own in zip(wanted, tried.shape[1:], strict=True)):
            return np.ascontiguousarray(tried)
    raise DataError(
        f"The model reads {takes.shape_text}, which {inputs_in_words(pictures.shape[1:])} do not fit; choose other images, or "
        "give a folder of pictures with the option file: they are brought to this size."
    )


def _layouts(x: Array, rank: int) -> Iterable[Array]:
    """``x`` in the layouts of as many axes beside the batch's, the most usual first."""
    if x.ndim - 1 == rank and (x.ndim != 4 or x.shape[3] != 3):
        yield x
    if rank == 1:
        yield x.reshape(len(x), -1)
    if rank != 3 or x.ndim not in (3, 4):
        return
    channels = x[..., np.newaxis] if x.ndim == 3 else x
    for each in (channels, np.repeat(channels, 3, axis=3)) if channels.shape[3] == 1 else (channels,):
        yield each.transpose(0, 3, 1, 2)
        yield each


def _checksum(proto: Any) -> int:
    """Of weights that lay in other files."""
    found = 0
    for each in proto.graph.initializer:
        found = zlib.crc32(each.raw_data, found)
    return found


def _load_weights(path: Path, proto: Any) -> None:
    """Put weights that lie in files beside the model into it; only files in its own folder are opened."""
    from onnx import TensorProto, external_data_helper

    folder = path.resolve().parent
    total = 0
    outside = [each for each in _all_tensors(proto) if each.data_location == TensorProto.EXTERNAL]
    for each in outside:
        known = {entry.key: entry.value for entry in each.external_data}
        place = known.get("location", "")
        absolute = Path(place).is_absolute() or PureWindowsPath(place).drive or not place
        file = (folder / place).resolve()
        if absolute or "\0" in place or not file.is_relative_to(folder):
            raise ValueError(
                f"its weights {each.name} are in {place or 'no file'}, which is not in its own folder"
            )
        size = paths.check_file(file).st_size
        start, length = int(known.get("offset", 0)), int(known.get("length", size))
        if not 0 <= start <= size or not 0 <= length <= size - start:
            raise ValueError(f"its weights {each.name} are not in {place}, which has {size:,} bytes")
        total += length
        if total > MOST_BYTES:
            raise ValueError(f"its weights have more than {MOST_BYTES:,} bytes")
    if outside:
        external_data_helper.load_external_data_for_model(proto, str(folder))


def _all_tensors(proto: Any) -> Iterable[Any]:
    """Every tensor with values in a model, also inside the attributes of its nodes."""
    for graph in _graphs(proto.graph):
        yield from graph.initializer
        for node in graph.node:
            for attribute in node.attribute:
                yield attribute.t
                yield from attribute.tensors


def _graphs(graph: Any) -> Iterable[Any]:
    """``graph``, and those inside its nodes."""
    yield graph
    for node in graph.node:
        for attribute in node.attribute:
            for inner in (attribute.g, *attribute.graphs):
                if inner.node:
                    yield from _graphs(inner)


def _tensors(path: Path, proto: Any) -> tuple[Tensor, tuple[Tensor, ...]]:
    """What a model takes, and what it computes of it: tensors with a row for each input."""
    import onnx
    from onnx import TensorProto

    floats = (TensorProto.FLOAT, TensorProto.FLOAT16, TensorProto.DOUBLE)
    inferred = onnx.shape_inference.infer_shapes(proto)
    graph = inferred.graph
    weights = {each.name for each in graph.initializer}
    inputs = [each for each in graph.input if each.name not in weights]
    taken = [each for each in inputs if each.type.tensor_type.elem_type == TensorProto.FLOAT]
    if len(inputs) != 1 or len(taken) != 1:
        names = ", ".join(each.name for each in inputs) or "none"
        raise DataError(f"{path} takes {names}; a model with one input of float32 numbers is needed.")
    takes = Tensor(taken[0].name, _sizes(taken[0]))
    if not 2 <= len(takes.shape) <= 4:
        raise DataError(f"{path} takes {takes.name} with {len(takes.shape)} axes; 2 to 4 are needed.")
    known = {each.name: each for each in (*graph.value_info, *graph.output)}
    depends, found = {takes.name}, []
    for node in graph.node:
        if not depends.intersection(node.input):
            continue
        depends.update(node.output)
        for name in node.output:
            value = known.get(name)
            if value is None or value.type.tensor_type.elem_type not in floats:
                continue
            tensor = Tensor(name, _sizes(value), node.op_type)
            if 2 <= len(tensor.shape) <= 4:
                found.append(tensor)
    if not found:
        raise DataError(f"{path} has no inner tensor with a row for each input whose shape is known.")
    return takes, tuple(found)


def _sizes(value: Any) -> tuple[int | None, ...]:
    return tuple(
        int(each.dim_value) if each.dim_value > 0 else None for each in value.type.tensor_type.shape.dim
    )


def _cut(proto: Any, starts: list[str], end: str) -> Any:
    """A model of those nodes that lead from ``starts`` to ``end``; its input are the first, its output the other."""
    import onnx

    inferred = onnx.shape_inference.infer_shapes(proto)
    nodes = list(inferred.graph.node)
    maker = {name: index for index, node in enumerate(nodes) for name in node.output}
    needed, kept, waiting = set(starts), set[int](), [end]
    while waiting:
        name = waiting.pop()
        if name in needed:
            continue
        needed.add(name)
        if (index := maker.get(name)) is not None and index not in kept:
            kept.add(index)
            waiting += _reads(nodes[index])
    values = (*inferred.graph.input, *inferred.graph.value_info, *inferred.graph.output)
    known = {each.name: each for each in values}
    made = onnx.ModelProto()
    made.CopyFrom(proto)
    graph = made.graph
    for field in (graph.node, graph.input, graph.output, graph.value_info, graph.initializer):
        del field[:]
    graph.node.extend(nodes[index] for index in sorted(kept))
    graph.initializer.extend(each for each in proto.graph.initializer if each.name in needed)
    there = {each.name for each in graph.initializer}
    graph.input.extend(
        known[name] for name in needed if name in known and name not in maker and name not in there
    )
    graph.input.extend(known[name] for name in starts if name in known and name in maker)
    graph.output.append(known.get(end) or onnx.helper.make_empty_tensor_value_info(end))
    return made


def _is_closed(cut: Any) -> bool:
    """Whether nothing but its one input is needed."""
    return len(cut.graph.input) == 1


def _reads(node: Any) -> list[str]:
    """Names of all tensors that a node reads, also inside graphs of its own."""
    names = list(node.input)
    for attribute in node.attribute:
        for graph in (attribute.g, *attribute.graphs):
            for inner in graph.node:
                names += _reads(inner)
    return [name for name in names if name]
