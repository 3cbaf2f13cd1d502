"""One ONNX file that encodes and decodes: input ``x (batch, d_in)``, outputs ``codes`` and ``reconstruction``. Only exported.

It computes what :meth:`~saegui.core.model.snapshot.Snapshot.encode` does, ties included: TopK of ONNX prefers the lower index,
as :func:`~saegui.core.families.topk_search.keep_largest_array` does.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from saegui.core.errors import FormatError
from saegui.core.families.registry import FAMILIES, KINDS, WITH_K
from saegui.core.files import paths
from saegui.core.formats import plain
from saegui.core.formats.base import Format
from saegui.core.formats.plain import Plain
from saegui.core.model.normalisation import LAYER_NORM
from saegui.core.model.snapshot import Snapshot

if TYPE_CHECKING:
    from collections.abc import Sequence

OPSET, IR_VERSION = 17, 8
"""Of 2022: ONNX Runtime has run both since 1.12."""
MOST_BYTES = 2_000_000_000
"""A file may not have more, and weights in a second file would stay behind when the first is moved."""
HOLDS = dict.fromkeys(FAMILIES, "computed as here")


def _refuses(model: Snapshot) -> str:
    config = model.config
    if config.arch not in FAMILIES:
        return f"the file computes what autoencoders do, and {KINDS[config.arch].title} has other codes; choose the format npz, which has its atoms"
    if config.arch in WITH_K and config.refit:
        return "ONNX has no least squares to refit the activations with; train with --no-refit to export the model"
    if config.input in ("unit", LAYER_NORM):
        return "the file would not normalise every input by itself; train with another --input to export the model"
    if model.nbytes > MOST_BYTES:
        return f"its weights take {model.nbytes:,} bytes, and one ONNX file has at most {MOST_BYTES:,}"
    return ""


class _Graph:
    """Nodes and numbers of a graph, as they are added."""

    def __init__(self) -> None:
        self.nodes: list[Any] = []
        self.numbers: list[Any] = []

    def constant(self, name: str, values: NDArray[Any] | float, kind: type[Any] = np.float32) -> str:
        """Numbers that are in the file, by their name."""
        from onnx import numpy_helper

        self.numbers.append(
            numpy_helper.from_array(
                np.ascontiguousarray(np.asarray(values, kind)).reshape(np.shape(values)), name
            )
        )
        return name

    def zero(self) -> str:
        """The number zero."""
        if not any(each.name == "zero" for each in self.numbers):
            self.constant("zero", 0.0)
        return "zero"

    def add(self, kind: str, inputs: Sequence[str], output: str | list[str], **attributes: Any) -> Any:
        """A node; returns its output."""
        from onnx import helper

        outputs = [output] if isinstance(output, str) else output
        self.nodes.append(helper.make_node(kind, list(inputs), outputs, **attributes))
        return output


def _write(model: Snapshot, path: Path) -> None:
    try:
        import onnx
        from onnx import TensorProto, helper
    except ImportError as error:
        raise FormatError(
            "ONNX files need the package onnx; install it with: pip install 'saegui[onnx]'."
        ) from error
    found = plain.of(model)
    graph = _Graph()
    graph.constant("W_dec", found.D)
    codes = _encode(graph, model, found)
    sums = graph.add("MatMul", [codes, "W_dec"], "sums")
    sigmoid = model.config.sigmoid_output
    made = graph.add(
        "Add", [sums, graph.constant("b_dec", found.c)], "logits" if sigmoid else "reconstruction"
    )
    if sigmoid:
        graph.add("Sigmoid", [made], "reconstruction")
    one = TensorProto.FLOAT
    whole = helper.make_graph(
        graph.nodes,
        "sparse autoencoder",
        [helper.make_tensor_value_info("x", one, ["batch", found.d_in])],
        [
            helper.make_tensor_value_info("codes", one, ["batch", found.n_latents]),
            helper.make_tensor_value_info("reconstruction", one, ["batch", found.d_in]),
        ],
        graph.numbers,
        doc_string=model.config.describe(),
    )
    made = helper.make_model(whole, opset_imports=[helper.make_opsetid("", OPSET)], ir_version=IR_VERSION)
    made.producer_name = "saegui"
    helper.set_model_props(made, {"saegui": json.dumps(plain.notes_of(model), sort_keys=True)})
    onnx.checker.check_model(made)
    paths.write_bytes(path, made.SerializeToString(deterministic=True))


def _encode(graph: _Graph, model: Snapshot, found: Plain) -> str:
    config = model.config
    W = graph.constant("W_enc", found.W)
    products = graph.add("MatMul", ["x", W], "products")
    pre = graph.add("Add", [products, graph.constant("b_enc", found.b)], "pre")
    if found.arch == "gated":
        assert found.r_mag is not None and found.b_mag is not None
        scaled = graph.add("Mul", [products, graph.constant("scale", np.exp(found.r_mag))], "scaled")
        magnitude = graph.add(
            "Relu", [graph.add("Add", [scaled, graph.constant("b_mag", found.b_mag)], "signed")], "magnitude"
        )
        gate = graph.add("Greater", [pre, graph.zero()], "gate")
        return str(graph.add("Where", [gate, magnitude, graph.zero()], "codes"))
    if config.arch == "kl" and config.code == "sigmoid":
        return str(graph.add("Sigmoid", [pre], "codes"))
    if config.arch in WITH_K:
        pre = _refined(graph, pre, config.refinements, config.k)
    if found.arch == "topk":
        return _keep(graph, pre, int(found.k or 1), "codes")
    if found.threshold is None:
        return str(graph.add("Relu", [pre], "codes"))
    kind = "Greater" if found.arch == "jumprelu" else "GreaterOrEqual"
    on = graph.add(kind, [pre, graph.constant("threshold", found.threshold)], "on")
    rest = graph.add("Relu", [pre], "positive") if kind == "GreaterOrEqual" else pre
    return str(graph.add("Where", [on, rest, graph.zero()], "codes"))


def _keep(graph: _Graph, pre: str, k: int, output: str) -> str:
    """The k largest of the positive values in each row."""
    positive = graph.add("Relu", [pre], f"{output}_positive")
    count = graph.constant(f"{output}_k", np.array([k]), np.int64)
    values, places = graph.add("TopK", [positive, count], [f"{output}_values", f"{output}_places"], axis=1)
    empty = graph.add("Mul", [positive, graph.zero()], f"{output}_empty")
    return str(graph.add("ScatterElements", [empty, places, values], output, axis=1))


def _refined(graph: _Graph, first: str, count: int, k: int) -> str:
    """As :func:`saegui.core.families.refinement.refine_array`: pre + z − (z·W_dec)·W_enc, each time with the codes of the last."""
    pre = first
    for time in range(1, count + 1):
        z = _keep(graph, pre, k, f"chosen_{time}")
        drawn = graph.add("MatMul", [z, "W_dec"], f"drawn_{time}")
        known = graph.add("MatMul", [drawn, "W_enc"], f"known_{time}")
        pre = graph.add("Sub", [graph.add("Add", [first, z], f"sum_{time}"), known], f"pre_{time}")
    return pre


FORMAT = Format(
    name="onnx",
    title="ONNX",
    about="One file that ONNX Runtime runs, with codes and reconstructions as outputs, for batches of any size; only exported.",
    suffix=".onnx",
    sniff=lambda path: False,
    write=_write,
    holds=HOLDS,
    refuses=_refuses,
)
