"""Models in the files of other libraries: the same codes come back, and what is written is what those libraries expect.

That the libraries themselves agree is asked in ``tests/interop``.
"""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from saegui.core.errors import FormatError
from saegui.core.families.matryoshka import prefixes
from saegui.core.formats.plain import log_of
from saegui.core.formats.registry import FORMATS, adapted, export_model, import_model, look, refusal, told
from saegui.core.model.snapshot import Snapshot
from saegui.core.runs.run import open_run
from tests.core.formats.models import D_IN, HELD, REFUSED, F, K, inputs, model, openai_file, saev_file

LIBRARIES = ("saelens", "dictionary_learning", "sparsify", "overcomplete")
HELD_BY = [
    (name, case) for name in LIBRARIES for case, values in HELD.items() if not refusal(model(**values), name)
]


def agree(first: Snapshot, second: Snapshot, x: np.ndarray) -> None:
    """The same latents are on, and codes and reconstructions differ by rounding alone."""
    z, again = first.encode(x), second.encode(x)
    assert np.array_equal(z > 0, again > 0)
    assert np.abs(z - again).max() <= 1e-5
    assert np.abs(first.decode(z, x) - second.decode(again, x)).max() <= 1e-5


def state_of(path: Path) -> dict[str, Any]:
    import torch

    return dict(torch.load(path, weights_only=True))


def tensors_of(path: Path) -> dict[str, np.ndarray]:
    from safetensors.numpy import load_file

    return dict(load_file(path))


@pytest.mark.parametrize(("name", "case"), HELD_BY)
def test_a_model_computes_the_same_after_it_was_exported_and_imported(
    name: str, case: str, tmp_path: Path
) -> None:
    before = model(**HELD[case])
    for folder in ("a", "b"):
        export_model(before, name, tmp_path / folder)
    files = sorted(path.name for path in (tmp_path / "a").iterdir())
    # Equal models give equal bytes.
    assert all((tmp_path / "a" / file).read_bytes() == (tmp_path / "b" / file).read_bytes() for file in files)
    found = look(tmp_path / "a")
    agree(before, found.model, inputs())
    config = found.model.config
    assert (config.arch, config.n_latents, config.dataset) == (before.config.arch, F, "mnist")
    assert (found.model.shape, found.model.step, found.model.epoch) == (before.shape, 7, 1.5)
    assert not config.pre_bias and config.lr == before.config.lr
    assert found.told() == ()


def test_every_kind_can_be_held_by_a_library_and_nineteen_ways_in_all() -> None:
    assert {HELD[case]["arch"] for _, case in HELD_BY} == {values["arch"] for values in HELD.values()}
    assert len({case for _, case in HELD_BY}) == len(HELD) >= 19


@pytest.mark.parametrize("name", LIBRARIES)
@pytest.mark.parametrize("case", REFUSED)
def test_what_no_library_computes_is_refused_with_what_would_help(
    name: str, case: str, tmp_path: Path
) -> None:
    with pytest.raises(
        FormatError, match=r"cannot be exported for .*, because .*; train with .* to export"
    ) as error:
        export_model(model(**REFUSED[case]), name, tmp_path / "model")
    words = {
        "refinements": "refines its choice",
        "refit": "refits",
        "unit": "to length one",
        "sigmoid output": "sigmoid after its decoder",
    }
    assert words.get(case, "sigmoid code") in str(error.value)
    assert list(tmp_path.iterdir()) == []


def test_a_kind_that_a_library_does_not_have_is_refused_with_those_that_it_has() -> None:
    assert refusal(model(arch="gated"), "sparsify") == (
        "This model cannot be exported for sparsify, because sparsify has no autoencoder of the kind Gated; it holds TopK, "
        "Multi-TopK."
    )
    assert "every input by itself" in refusal(model(arch="topk", input="layer_norm"), "overcomplete")


def test_batchtopk_that_was_never_calibrated_is_exported_as_the_topk_that_it_computes(tmp_path: Path) -> None:
    before = replace(model(arch="batch_topk"), extras={"threshold": np.array([-1], np.float32)})
    export_model(before, "sparsify", tmp_path / "model")
    agree(before, look(tmp_path / "model").model, inputs())


def test_a_folder_that_holds_something_is_not_written_into(tmp_path: Path) -> None:
    (tmp_path / "taken").mkdir()
    (tmp_path / "taken" / "notes.txt").write_text("mine")
    (tmp_path / "file").write_text("mine")
    for name in ("taken", "file"):
        with pytest.raises(FormatError, match=r"cannot be written \(it exists .*choose another folder"):
            export_model(model(), "saelens", tmp_path / name)
    assert sorted(path.name for path in tmp_path.rglob("*")) == ["file", "notes.txt", "taken"]
    (tmp_path / "empty").mkdir()
    export_model(model(), "saelens", tmp_path / "empty")
    assert look(tmp_path / "empty").model.n_latents == F


class TestSAELens:
    def written(self, folder: Path, **values: Any) -> tuple[dict[str, Any], dict[str, np.ndarray]]:
        export_model(model(**values), "saelens", folder)
        return json.loads((folder / "cfg.json").read_text()), tensors_of(folder / "sae_weights.safetensors")

    def test_the_configuration_has_every_key_that_it_needs(self, tmp_path: Path) -> None:
        config, tensors = self.written(tmp_path / "topk", arch="topk")
        metadata = config.pop("metadata")
        assert config == {
            "architecture": "topk",
            "k": K,
            "d_in": D_IN,
            "d_sae": F,
            "dtype": "float32",
            "device": "cpu",
            "apply_b_dec_to_input": False,
            "normalize_activations": "none",
            "reshape_activations": "none",
            "rescale_acts_by_decoder_norm": False,
        }
        assert int(metadata["sae_lens_version"].split(".")[0]) >= 6
        assert metadata["saegui"]["config"]["arch"] == "topk"
        assert {name: tensor.shape for name, tensor in tensors.items()} == {
            "W_enc": (D_IN, F),
            "b_enc": (F,),
            "W_dec": (F, D_IN),
            "b_dec": (D_IN,),
        }
        assert {tensor.dtype for tensor in tensors.values()} == {np.dtype(np.float32)}

    @pytest.mark.parametrize("arch", ["batch_topk", "matryoshka"])
    def test_a_threshold_is_written_just_below_for_every_latent(self, arch: str, tmp_path: Path) -> None:
        config, tensors = self.written(tmp_path / "out", arch=arch)
        theta = model(arch=arch).extras["threshold"]
        assert config["architecture"] == "jumprelu"
        assert np.array_equal(tensors["threshold"], np.full(F, np.nextafter(theta[0], np.float32(-np.inf))))
        details = config["metadata"]["training_architecture_details"]
        assert details["k"] == K
        if arch == "matryoshka":
            assert details["matryoshka_widths"] == prefixes(F)

    def test_the_other_kinds_have_the_tensors_of_theirs(self, tmp_path: Path) -> None:
        _, tensors = self.written(tmp_path / "gated", arch="gated", pre_bias=True)
        before = model(arch="gated", pre_bias=True)
        assert set(tensors) == {"W_enc", "W_dec", "b_dec", "b_gate", "b_mag", "r_mag"}
        shift = -before.b_dec.astype(float) @ before.W_enc
        assert np.allclose(tensors["b_gate"], before.b_enc + shift, atol=1e-6)
        assert np.allclose(
            tensors["b_mag"], before.extras["b_mag"] + np.exp(before.extras["r_mag"]) * shift, atol=1e-5
        )
        _, tensors = self.written(tmp_path / "jumprelu", arch="jumprelu")
        assert np.array_equal(tensors["threshold"], np.exp(model(arch="jumprelu").extras["log_threshold"]))
        assert self.written(tmp_path / "kl", arch="kl")[0]["architecture"] == "standard"

    def changed(
        self, folder: Path, values: dict[str, Any], arch: str = "topk", **tensors: np.ndarray
    ) -> Path:
        """An exported folder as another program would have written it, with some values replaced; None removes one."""
        from safetensors.numpy import save_file

        config, weights = self.written(folder, arch=arch)
        config["metadata"].pop("saegui")
        config = {name: value for name, value in {**config, **values}.items() if value is not None}
        (folder / "cfg.json").write_text(json.dumps(config))
        save_file({**weights, **tensors}, folder / "sae_weights.safetensors")
        return folder

    def test_the_order_of_its_keys_says_nothing(self, tmp_path: Path) -> None:
        self.written(tmp_path / "out", arch="matryoshka")
        file = tmp_path / "out" / "cfg.json"
        first, said = look(tmp_path / "out"), json.loads(file.read_text())
        file.write_text(json.dumps(dict(reversed(said.items()))))
        again = look(tmp_path / "out")
        assert (again.model.config, again.k, again.told()) == (first.model.config, first.k, first.told())

    def test_a_decoder_norm_that_rescales_is_folded_and_a_dead_atom_left_alone(self, tmp_path: Path) -> None:
        found = look(self.changed(tmp_path / "out", {"rescale_acts_by_decoder_norm": True})).model
        before = model(arch="topk")
        lengths = np.linalg.norm(before.W_dec, axis=1)
        assert lengths[5] == 0
        lengths[5] = 1
        assert np.allclose(found.W_enc, before.W_enc * lengths, atol=1e-6)
        assert np.allclose(found.W_dec, before.W_dec / lengths[:, None], atol=1e-6)
        assert np.isfinite(found.decode(found.encode(inputs()), inputs())).all()

    def test_a_decoder_bias_is_subtracted_where_the_file_says_nothing(self, tmp_path: Path) -> None:
        found = look(self.changed(tmp_path / "out", {"apply_b_dec_to_input": None})).model
        before = model(arch="topk")
        agree(replace(before, config=before.config.model_copy(update={"pre_bias": True})), found, inputs())

    @pytest.mark.parametrize(
        ("values", "words"),
        [
            ({"architecture": None}, "does not say which architecture"),
            (
                {"architecture": "transcoder"},
                "'transcoder', which saegui does not have; choose one with standard, topk",
            ),
            ({"normalize_activations": "expected_average_only_in"}, "SAELens ignores that when it loads"),
            ({"normalize_activations": "covariance_whitening"}, "SAELens ignores that when it loads"),
            ({"normalize_activations": "strange"}, "does not know"),
            ({"reshape_activations": "hook_z"}, "attention heads"),
            ({"k": None}, "does not say k"),
            ({"k": 0}, "k is 0, but must be at least 1"),
            ({"k": 25}, "k is 25 but there are only 24 latents"),
            ({"k": "ten"}, "k is 'ten'"),
            ({"metadata": [1]}, "metadata is"),
        ],
    )
    def test_what_would_be_read_wrongly_is_refused(
        self, values: dict[str, Any], words: str, tmp_path: Path
    ) -> None:
        with pytest.raises(FormatError, match=words):
            look(self.changed(tmp_path / "out", values))

    def test_inputs_that_are_normalised_one_by_one_are_so_here_too(self, tmp_path: Path) -> None:
        x, before = inputs()[3:], model(arch="topk")
        root = np.float32(np.sqrt(D_IN))
        norm = np.linalg.norm(x, axis=1, keepdims=True)
        found = look(self.changed(tmp_path / "a", {"normalize_activations": "constant_norm_rescale"})).model
        z = before.encode(x * root / norm)
        assert np.abs(found.encode(x) - z).max() <= 1e-5
        assert np.abs(found.decode(z, x) - (z @ before.W_dec + before.b_dec) * norm / root).max() <= 1e-5

        found = look(self.changed(tmp_path / "b", {"normalize_activations": "layer_norm"})).model
        mean, deviation = x.mean(1, keepdims=True), x.std(1, keepdims=True, ddof=1)
        z = before.encode((x - mean) / (deviation + np.float32(1e-5)))
        assert np.abs(found.encode(x) - z).max() <= 1e-5
        assert (
            np.abs(found.decode(z, x) - ((z @ before.W_dec + before.b_dec) * deviation + mean)).max() <= 1e-5
        )

    @pytest.mark.parametrize("arch", ["batchtopk", "matryoshka_batchtopk"])
    def test_a_training_folder_that_saelens_itself_refuses_is_read(self, arch: str, tmp_path: Path) -> None:
        values = {"architecture": arch, "k": 3.5, "rescale_acts_by_decoder_norm": False}
        # In double precision, between two single ones.
        found = look(self.changed(tmp_path / "out", values, topk_threshold=np.array(0.1)))
        assert found.model.config.arch == {"batchtopk": "batch_topk"}.get(arch, "matryoshka")
        assert (found.k, found.knows_shape) == (3.5, False)
        theta = float(found.model.extras["threshold"][0])
        assert theta > 0.1 >= np.nextafter(np.float32(theta), np.float32(0)).astype(float)

    def test_a_batchtopk_that_saelens_saved_as_jumprelu_is_batchtopk_again(self, tmp_path: Path) -> None:
        metadata = {"training_architecture": "batchtopk", "training_architecture_details": {"k": 3}}
        found = look(self.changed(tmp_path / "out", {"metadata": metadata}, "batch_topk"))
        assert (found.model.config.arch, found.k) == ("batch_topk", 3)
        agree(model(arch="batch_topk"), found.model, inputs())
        # With other thresholds for single latents only JumpReLU computes the same.
        each = np.linspace(0, 1, F, dtype=np.float32)
        assert (
            look(
                self.changed(tmp_path / "b", {"metadata": metadata}, "batch_topk", threshold=each)
            ).model.config.arch
            == "jumprelu"
        )

    def test_topk_from_before_version_six_is_topk_and_no_standard_autoencoder(self, tmp_path: Path) -> None:
        old = {"architecture": "standard", "k": None, "metadata": None, "activation_fn_str": "topk"}
        found = look(self.changed(tmp_path / "out", {**old, "activation_fn_kwargs": {"k": K}}))
        agree(model(arch="topk"), found.model, inputs())
        with pytest.raises(
            FormatError, match="'tanh-relu', which saegui does not have; choose one with relu or topk"
        ):
            look(self.changed(tmp_path / "b", {**old, "activation_fn_str": "tanh-relu"}))
        with pytest.raises(FormatError, match="does not say k"):
            look(self.changed(tmp_path / "c", old))

    def test_thresholds_below_zero_let_through_what_is_positive(self, tmp_path: Path) -> None:
        each = np.linspace(-1, 0, F, dtype=np.float32)
        found = look(self.changed(tmp_path / "out", {}, "jumprelu", threshold=each)).model
        before = model(arch="jumprelu")
        assert np.allclose(found.encode(inputs()), np.maximum(before.pre_activations(inputs()), 0), atol=1e-6)


class TestDictionaryLearning:
    def test_the_buffers_have_the_types_that_loading_needs(self, tmp_path: Path) -> None:
        import torch

        export_model(model(arch="batch_topk"), "dictionary_learning", tmp_path / "out")
        state = state_of(tmp_path / "out" / "ae.pt")
        assert (state["k"].dtype, state["k"].shape, int(state["k"])) == (torch.int32, (), K)
        assert (state["threshold"].dtype, state["threshold"].shape) == (torch.float32, ())
        theta = model(arch="batch_topk").extras["threshold"][0]
        assert float(state["threshold"]) == np.nextafter(theta, np.float32(-np.inf))
        config = json.loads((tmp_path / "out" / "config.json").read_text())
        assert config["trainer"] == {
            "dict_class": "BatchTopKSAE",
            "k": K,
            "activation_dim": D_IN,
            "dict_size": F,
        }

    def test_each_kind_is_a_class_with_its_tensors(self, tmp_path: Path) -> None:
        linear = {"encoder.weight", "decoder.weight"}
        rows = {"W_enc", "b_enc", "W_dec", "b_dec", "threshold"}
        for arch, name, tensors in (
            ("topk", "AutoEncoderTopK", {*linear, "encoder.bias", "b_dec", "k", "threshold"}),
            ("matryoshka", "MatryoshkaBatchTopKSAE", {*rows, "k", "group_sizes"}),
            ("jumprelu", "JumpReluAutoEncoder", rows),
            ("gated", "GatedAutoEncoder", {*linear, "decoder_bias", "r_mag", "gate_bias", "mag_bias"}),
            ("kl", "AutoEncoderNew", {*linear, "encoder.bias", "decoder.bias"}),
        ):
            export_model(model(arch=arch), "dictionary_learning", tmp_path / arch)
            state = state_of(tmp_path / arch / "ae.pt")
            config = json.loads((tmp_path / arch / "config.json").read_text())
            assert (config["trainer"]["dict_class"], set(state)) == (name, tensors)
            assert all(tensor.is_contiguous() for tensor in state.values())
        sizes = state_of(tmp_path / "matryoshka" / "ae.pt")["group_sizes"].tolist()
        assert np.cumsum(sizes).tolist() == prefixes(F)
        # JumpReLU subtracts nothing from its input, the others the decoder bias.
        assert np.array_equal(
            state_of(tmp_path / "jumprelu" / "ae.pt")["b_enc"].numpy(), model(arch="jumprelu").b_enc
        )

    def test_a_threshold_that_is_unset_is_said_and_k_an_input_offered(self, tmp_path: Path) -> None:
        import torch

        export_model(model(arch="batch_topk"), "dictionary_learning", tmp_path / "out")
        file = tmp_path / "out" / "ae.pt"
        torch.save({**state_of(file), "threshold": torch.tensor(-1.0)}, file)
        found = look(tmp_path / "out")
        assert "its threshold is unset" in found.without_k and "with k given" in found.without_k
        assert found.told(k=3) == ()
        before = model(arch="batch_topk")
        assert np.allclose(
            found.model.encode(inputs()), np.maximum(before.pre_activations(inputs()), 0), atol=1e-5
        )
        kept = adapted(found, file, k=3)
        assert (kept.config.arch, kept.config.k) == ("topk", 3)
        assert np.count_nonzero(kept.encode(inputs()), axis=1).max() == 3

    def test_an_autoencoder_of_the_first_class_is_read_as_it_is_loaded(self, tmp_path: Path) -> None:
        """Its atoms get length one, and its codes their lengths."""
        import torch

        before = model(arch="relu_l1", pre_bias=True)
        W_dec = before.W_dec.copy()
        W_dec[5] = 1
        before = replace(before, W_dec=W_dec)
        (tmp_path / "out").mkdir()
        state = {
            "bias": torch.tensor(before.b_dec),
            "encoder.weight": torch.tensor(before.W_enc.T.copy()),
            "encoder.bias": torch.tensor(before.b_enc),
            "decoder.weight": torch.tensor(before.W_dec.T.copy()),
        }
        torch.save(state, tmp_path / "out" / "ae.pt")
        (tmp_path / "out" / "config.json").write_text('{"trainer": {"dict_class": "AutoEncoder"}}')
        found = look(tmp_path / "out").model
        assert np.allclose(np.linalg.norm(found.W_dec, axis=1), 1)
        x, lengths = inputs(), np.linalg.norm(before.W_dec, axis=1)
        assert np.allclose(found.encode(x), before.encode(x) * lengths, atol=1e-4)
        assert np.allclose(found.decode(found.encode(x), x), before.decode(before.encode(x), x), atol=1e-4)


class TestSparsify:
    def test_all_tensors_have_one_type_and_the_sizes_are_said(self, tmp_path: Path) -> None:
        export_model(model(arch="multi_topk"), "sparsify", tmp_path / "out")
        tensors = tensors_of(tmp_path / "out" / "sae.safetensors")
        assert {name: (tensor.shape, tensor.dtype.name) for name, tensor in tensors.items()} == {
            "encoder.weight": ((F, D_IN), "float32"),
            "encoder.bias": ((F,), "float32"),
            "W_dec": ((F, D_IN), "float32"),
            "b_dec": ((D_IN,), "float32"),
        }
        config = json.loads((tmp_path / "out" / "cfg.json").read_text())
        assert (config["num_latents"], config["k"], config["d_in"]) == (F, K, D_IN)
        assert config["normalize_decoder"] is False and config["multi_topk"] is True

    def test_zeros_that_fill_up_the_k_places_are_no_active_latents(self, tmp_path: Path) -> None:
        before = model(arch="topk")
        before = replace(before, b_enc=before.b_enc - np.float32(2))
        export_model(before, "sparsify", tmp_path / "out")
        l0 = np.count_nonzero(look(tmp_path / "out").model.encode(inputs()), axis=1)
        assert l0.mean() < K - 1 and np.array_equal(l0, np.count_nonzero(before.encode(inputs()) > 0, axis=1))

    def test_each_tensor_is_read_in_its_own_type(self, tmp_path: Path) -> None:
        import torch
        from safetensors.torch import load_file, save_file

        export_model(model(arch="topk"), "sparsify", tmp_path / "out")
        file = tmp_path / "out" / "sae.safetensors"
        tensors = load_file(file)
        half = {name: tensors[name].to(torch.bfloat16) for name in ("encoder.weight", "b_dec")}
        save_file({**tensors, **half, "W_dec": tensors["W_dec"].half()}, file)
        found = look(tmp_path / "out").model
        assert np.array_equal(found.W_enc, half["encoder.weight"].float().numpy().T)
        assert np.array_equal(found.b_dec, half["b_dec"].float().numpy())
        assert np.array_equal(found.W_dec, tensors["W_dec"].half().float().numpy())

    @pytest.mark.parametrize(
        ("values", "words"),
        [
            ({"sae_type": "ABSTOPK"}, "saved by latentsae as 'ABSTOPK'"),
            ({"sae_type": "LISTA"}, "saved by latentsae as 'LISTA'"),
            ({"activation": "groupmax"}, "largest activation of each group"),
            ({"transcode": True}, "is no autoencoder"),
            ({"skip_connection": True}, "is no autoencoder"),
            ({"k": -3}, "k is -3, but must be at least 1"),
        ],
    )
    def test_what_is_something_else_is_refused(
        self, values: dict[str, Any], words: str, tmp_path: Path
    ) -> None:
        export_model(model(arch="topk"), "sparsify", tmp_path / "out")
        file = tmp_path / "out" / "cfg.json"
        file.write_text(json.dumps({**json.loads(file.read_text()), **values}))
        with pytest.raises(FormatError, match=words):
            look(tmp_path / "out")


class TestOvercomplete:
    def test_a_decoder_bias_is_one_more_concept_that_is_always_on(self, tmp_path: Path) -> None:
        export_model(model(arch="topk"), "overcomplete", tmp_path / "out")
        state = state_of(tmp_path / "out" / "model.pt")
        assert set(state) == {
            "encoder.final_block.0.weight",
            "encoder.final_block.0.bias",
            "dictionary._weights",
            "dictionary.multiplier",
        }
        assert (
            state["dictionary._weights"].shape == (F + 1, D_IN) and state["dictionary.multiplier"].shape == ()
        )
        config = json.loads((tmp_path / "out" / "config.json").read_text())
        assert (config["top_k"], config["nb_concepts"], config["decoder_bias_concept"]) == (K + 1, F + 1, F)
        assert config["dictionary_params"] == {"normalization": "identity"}
        export_model(
            replace(model(arch="topk"), b_dec=np.zeros(D_IN, np.float32)), "overcomplete", tmp_path / "none"
        )
        config = json.loads((tmp_path / "none" / "config.json").read_text())
        assert (config["top_k"], config["nb_concepts"], config["decoder_bias_concept"]) == (K, F, None)

    def test_the_concept_more_is_told_of(self, tmp_path: Path) -> None:
        assert "is the atom of concept 24, one more than the 24 latents" in told(
            model(arch="topk"), "overcomplete"
        )
        assert not told(replace(model(arch="topk"), b_dec=np.zeros(D_IN, np.float32)), "overcomplete")
        assert not any(told(model(arch="topk"), name) for name in FORMATS if name != "overcomplete")

    def test_thresholds_are_just_above_and_that_of_batchtopk_as_it_is(self, tmp_path: Path) -> None:
        export_model(model(arch="jumprelu"), "overcomplete", tmp_path / "jump")
        logs = state_of(tmp_path / "jump" / "model.pt")["thresholds"].numpy()[:F]
        theta = np.exp(model(arch="jumprelu").extras["log_threshold"])
        assert np.array_equal(logs, log_of(np.nextafter(theta, np.float32(np.inf)).astype(float)))
        export_model(model(arch="batch_topk"), "overcomplete", tmp_path / "batch")
        config = json.loads((tmp_path / "batch" / "config.json").read_text())
        assert np.float32(config["running_threshold"]) == model(arch="batch_topk").extras["threshold"][0]

    def test_the_top_k_of_a_batch_is_no_k_of_an_input(self, tmp_path: Path) -> None:
        export_model(model(arch="batch_topk"), "overcomplete", tmp_path / "out")
        file = tmp_path / "out" / "config.json"
        said = {**json.loads(file.read_text()), "top_k": 128 * K, "saegui": None}
        file.write_text(json.dumps(said))
        found = look(tmp_path / "out")
        assert (found.model.config.arch, found.k) == ("batch_topk", K)
        del said["running_threshold"]
        file.write_text(json.dumps(said))
        with pytest.raises(FormatError, match="does not say running_threshold"):
            look(tmp_path / "out")

    def test_a_state_alone_says_neither_k_nor_how_atoms_are_normalised(self, tmp_path: Path) -> None:
        export_model(
            replace(model(arch="topk"), b_dec=np.zeros(D_IN, np.float32)), "overcomplete", tmp_path / "out"
        )
        file = (tmp_path / "out" / "model.pt").rename(tmp_path / "state.pt")
        found = look(file)
        assert (found.model.config.arch, found.k) == ("relu_l1", None)
        first, second = found.told()
        assert "taken as they are" in first and "with k given" in second
        assert found.told(k=K) == (first,)
        kept = adapted(found, file, k=K)
        agree(replace(model(arch="topk"), b_dec=np.zeros(D_IN, np.float32)), kept, inputs())


class TestOthers:
    def test_topk_of_openai_has_layer_norm_and_relu_has_not(self, tmp_path: Path) -> None:
        found = look(openai_file(tmp_path / "a.pt"))
        assert (found.model.config.arch, found.model.config.input, found.k) == ("topk", "layer_norm", K)
        assert "taken to use layer norm" in found.without_input
        before = model(arch="topk", input="layer_norm", pre_bias=True)
        agree(before, found.model, inputs())
        relu = look(openai_file(tmp_path / "b.pt", activation="ReLU", activation_state_dict={}))
        agree(model(arch="relu_l1", pre_bias=True), relu.model, inputs())
        assert "taken to take them as they are" in relu.without_input

    def test_whether_inputs_of_openai_are_normalised_is_what_the_user_says(self, tmp_path: Path) -> None:
        file = openai_file(tmp_path / "a.pt")
        raw = adapted(look(file), file, input="raw")
        agree(model(arch="topk", pre_bias=True), raw, inputs())
        file = openai_file(tmp_path / "b.pt", activation="ReLU", activation_state_dict={})
        found = look(file)
        normalised = adapted(found, file, input="layer_norm")
        agree(model(arch="relu_l1", input="layer_norm", pre_bias=True), normalised, inputs())
        assert found.told(input="raw") == ()
        with pytest.raises(FormatError, match="'unit'; choose one of raw, layer_norm"):
            adapted(found, file, input="unit")
        export_model(model(), "saelens", tmp_path / "other")
        with pytest.raises(FormatError, match="says what is done to every input; import it without --input"):
            adapted(look(tmp_path / "other"), tmp_path / "other", input="raw")

    def test_what_else_openai_may_have_saved_is_refused(self, tmp_path: Path) -> None:
        for values, words in (
            ({"activation": "Identity"}, "activation 'Identity'"),
            ({"activation_state_dict": {"k": K, "postact_fn": "Identity"}}, "may be negative"),
            ({"activation_state_dict": {}}, "does not say k"),
        ):
            with pytest.raises(FormatError, match=words):
                look(openai_file(tmp_path / "a.pt", **values))

    def test_a_file_of_saev_is_read_after_its_line_of_json(self, tmp_path: Path) -> None:
        before = saev_file(tmp_path / "sae.pt")
        agree(before, look(tmp_path / "sae.pt").model, inputs())


class TestImporting:
    def test_another_width_is_a_line_or_has_the_shape_that_is_given(self, tmp_path: Path) -> None:
        export_model(model(d_in=784, shape=(28, 28)), "sparsify", tmp_path / "out")
        config = tmp_path / "out" / "cfg.json"
        config.write_text(json.dumps({**json.loads(config.read_text()), "saegui": None}))
        run = import_model(tmp_path / "out", tmp_path / "line")
        assert open_run(run.path).latest().shape == (784,)
        assert run.config.dataset == "unknown"
        run = import_model(tmp_path / "out", tmp_path / "square", shape=(28, 28), dataset="mnist")
        assert (open_run(run.path).latest().shape, run.shape, run.config.dataset) == (
            (28, 28),
            (28, 28),
            "mnist",
        )
        with pytest.raises(
            FormatError, match=r"784 inputs, which cannot have the shape 3×3; give a shape of 784 values"
        ):
            import_model(tmp_path / "out", tmp_path / "wrong", shape=(3, 3))
        assert not (tmp_path / "wrong").exists()

    def test_a_k_is_only_for_models_without_thresholds_of_their_own(self, tmp_path: Path) -> None:
        export_model(model(arch="jumprelu"), "saelens", tmp_path / "out")
        found = look(tmp_path / "out")
        with pytest.raises(FormatError, match="thresholds decide"):
            adapted(found, tmp_path, k=3)
        export_model(model(arch="topk"), "saelens", tmp_path / "topk")
        with pytest.raises(FormatError, match="k is 99"):
            adapted(look(tmp_path / "topk"), tmp_path, k=99)

    def test_notes_that_were_changed_change_no_code(self, tmp_path: Path) -> None:
        export_model(model(arch="topk"), "saelens", tmp_path / "out")
        file = tmp_path / "out" / "cfg.json"
        config = json.loads(file.read_text())
        config["metadata"]["saegui"]["config"] |= {
            "refinements": 3,
            "refit": True,
            "pre_bias": True,
            "input": "unit",
            "k": 9,
        }
        file.write_text(json.dumps(config))
        agree(model(arch="topk"), look(tmp_path / "out").model, inputs())

    def test_more_latents_than_can_be_opened_are_refused_before_they_are_read(self, tmp_path: Path) -> None:
        export_model(model(arch="topk", f=24), "sparsify", tmp_path / "out")
        head = {"encoder.weight": {"dtype": "F16", "shape": [70_000, 1], "data_offsets": [0, 140_000]}}
        text = json.dumps(head).encode()
        file = tmp_path / "out" / "sae.safetensors"
        file.write_bytes(len(text).to_bytes(8, "little") + text + bytes(140_000))
        with pytest.raises(FormatError, match="70,000 latents, and saegui opens models of 1 to 65,536"):
            look(tmp_path / "out")


def test_formats_say_what_they_hold() -> None:
    for format in FORMATS.values():
        assert format.exact or set(format.holds) <= {values["arch"] for values in HELD.values()}
        assert format.is_exported or format.is_imported
        assert bool(format.suffix) != format.folder
