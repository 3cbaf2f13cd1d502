"""ONNX: ONNX Runtime computes the same codes from one file, for batches of any size, where activations are equal too."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from saegui.core.errors import FormatError
from saegui.core.formats.registry import export_model, format_of
from tests.core.formats.models import D_IN, HELD, REFUSED, F, inputs, model

CASES = {**HELD, **REFUSED}
REFUSED_HERE = {"refit": "least squares", "unit": "by itself", "topk, layer norm": "by itself"}


@pytest.mark.parametrize("case", [case for case in CASES if case not in REFUSED_HERE])
def test_onnx_runtime_agrees_with_batches_of_one_and_seven(case: str, tmp_path: Path) -> None:
    import onnx
    import onnxruntime

    before, x = model(**CASES[case]), inputs()
    if case == "refinements":
        # Of random weights that are not small, each refinement makes the activations ten times as large.
        from dataclasses import replace

        before = replace(before, W_enc=before.W_enc * np.float32(0.1), W_dec=before.W_dec * np.float32(0.1))
    export_model(before, "onnx", tmp_path / "model.onnx")
    assert [path.name for path in tmp_path.iterdir()] == ["model.onnx"]
    session = onnxruntime.InferenceSession(tmp_path / "model.onnx", providers=["CPUExecutionProvider"])
    for size in (1, 7):
        made = [
            session.run(["codes", "reconstruction"], {"x": x[start : start + size]})
            for start in range(0, len(x), size)
        ]
        codes, x_hat = (np.concatenate(parts) for parts in zip(*made, strict=True))
        z = before.encode(x)
        # What reaches a threshold but for rounding is on this side of it on one processor, and on that on another.
        threshold = before.extras.get("threshold", np.float32(-1))
        sure = np.abs(np.maximum(z, codes) - threshold) > 1e-5
        assert sure.mean() > 0.99
        assert np.array_equal(codes[sure] > 0, z[sure] > 0)
        assert np.abs(codes - z)[sure].max() <= 1e-5
        assert np.abs(x_hat - before.decode(z, x))[sure.all(1)].max() <= 1e-5
    found = onnx.load(tmp_path / "model.onnx")
    assert [d.dim_param or d.dim_value for d in found.graph.input[0].type.tensor_type.shape.dim] == [
        "batch",
        D_IN,
    ]
    assert [d.dim_param or d.dim_value for d in found.graph.output[0].type.tensor_type.shape.dim] == [
        "batch",
        F,
    ]


def test_where_latents_are_equal_the_first_stay(tmp_path: Path) -> None:
    """Latents 2 and 3 have the same weights, and blank inputs give every image the same code."""
    from dataclasses import replace

    import onnxruntime

    before = model(arch="topk")
    # Blank inputs: each activation is its bias, and many are equal.
    before = replace(before, b_enc=np.full(F, 0.25, np.float32), W_enc=np.tile(before.W_enc[:, :3], F // 3))
    x = np.concatenate([np.zeros((7, D_IN), np.float32), inputs()])
    export_model(before, "onnx", tmp_path / "model.onnx")
    session = onnxruntime.InferenceSession(tmp_path / "model.onnx", providers=["CPUExecutionProvider"])
    (codes,) = session.run(["codes"], {"x": x})
    z = before.encode(x)
    assert z[:7].nonzero()[1].tolist() == [0, 1, 2, 3] * 7
    assert np.array_equal(codes[:7] > 0, z[:7] > 0)
    # Of other inputs the sums of equal latents may differ in their last digits, by their places in a vector of numbers.
    np.testing.assert_allclose(np.sort(codes), np.sort(z), atol=1e-5)


def test_equal_models_give_equal_files_without_a_path_of_this_machine(tmp_path: Path) -> None:
    for name in ("a.onnx", "b.onnx"):
        export_model(model(arch="gated"), "onnx", tmp_path / name)
    content = (tmp_path / "a.onnx").read_bytes()
    assert content == (tmp_path / "b.onnx").read_bytes()
    for part in (str(tmp_path), str(Path.home()), str(Path(__file__).parents[3])):
        assert part.encode() not in content


@pytest.mark.parametrize("case", REFUSED_HERE)
def test_what_a_graph_does_not_compute_is_refused(case: str, tmp_path: Path) -> None:
    with pytest.raises(FormatError, match=REFUSED_HERE[case]):
        export_model(model(**CASES[case]), "onnx", tmp_path / "model.onnx")
    assert list(tmp_path.iterdir()) == []


def test_an_onnx_file_is_not_imported(tmp_path: Path) -> None:
    export_model(model(), "onnx", tmp_path / "model.onnx")
    with pytest.raises(FormatError, match="holds no model that saegui can read"):
        format_of(tmp_path / "model.onnx")
