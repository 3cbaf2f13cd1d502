"""Runs in the environment of another library, without saegui: ``python inside.py LIBRARY JOBS.json``.

A job ``{"folder": …, "inputs": …, "out": …}`` loads a folder with the library, and writes what it makes of the inputs: ``codes``
and ``reconstruction``. With ``"train"`` the library first trains a small model of that kind on the inputs, and saves it in the folder.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path

import numpy as np
import torch

STEPS, LATENTS, K = 40, 48, 8


def batches(x):
    chance = torch.Generator().manual_seed(0)
    for _ in range(STEPS):
        yield x[torch.randint(len(x), (128,), generator=chance)]


# -- SAELens --------------------------------------------------------------------------------------------------------------


def saelens(folder, x):
    from sae_lens import SAE

    model = SAE.load_from_disk(folder)
    codes = model.encode(x)
    return codes, model.decode(codes)


def train_saelens(kind, folder, x):
    from sae_lens.registry import get_sae_training_class
    from sae_lens.saes.sae import TrainStepInput

    name, _, norm = kind.partition(" ")
    train_class, config_class = get_sae_training_class(name)
    options = {
        "topk": {"k": K},
        "batchtopk": {"k": K},
        "matryoshka_batchtopk": {"k": K, "matryoshka_widths": [12, 24, LATENTS]},
        "jumprelu": {"l0_coefficient": 0.01, "jumprelu_bandwidth": 0.2},
        "standard": {"l1_coefficient": 0.02},
        "gated": {"l1_coefficient": 0.02},
    }[name]
    model = train_class(
        config_class(d_in=x.shape[1], d_sae=LATENTS, normalize_activations=norm or "none", **options)
    )
    optimiser = torch.optim.Adam(model.parameters(), 1e-3)
    for step, batch in enumerate(batches(x)):
        coefficients = {
            key: getattr(value, "value", value) for key, value in model.get_coefficients().items()
        }
        given = TrainStepInput(
            sae_in=batch,
            coefficients=coefficients,
            dead_neuron_mask=None,
            n_training_steps=step,
            is_logging_step=False,
        )
        optimiser.zero_grad()
        model.training_forward_pass(given).loss.backward()
        optimiser.step()
    model.save_model(Path(folder).with_name(Path(folder).name + "-training"))
    model.save_inference_model(folder)


# -- dictionary_learning --------------------------------------------------------------------------------------------------


def dictionary_learning(folder, x):
    from dictionary_learning.utils import load_dictionary

    model, _ = load_dictionary(folder, "cpu")
    codes = model.encode(x)
    return codes, model.decode(codes)


def train_dictionary_learning(kind, folder, x):
    from dictionary_learning.trainers.batch_top_k import BatchTopKTrainer
    from dictionary_learning.trainers.gdm import GatedSAETrainer
    from dictionary_learning.trainers.jumprelu import JumpReluTrainer
    from dictionary_learning.trainers.matryoshka_batch_top_k import MatryoshkaBatchTopKTrainer
    from dictionary_learning.trainers.standard import StandardTrainer
    from dictionary_learning.trainers.top_k import TopKTrainer
    from dictionary_learning.training import trainSAE

    usual = {
        "activation_dim": x.shape[1],
        "dict_size": LATENTS,
        "steps": STEPS,
        "layer": 0,
        "lm_name": "none",
        "warmup_steps": 0,
        "device": "cpu",
    }
    trainer, options = {
        "AutoEncoderTopK": (TopKTrainer, {"k": K}),
        "BatchTopKSAE": (BatchTopKTrainer, {"k": K, "threshold_start_step": 5}),
        "BatchTopKSAE unset": (BatchTopKTrainer, {"k": K}),
        "MatryoshkaBatchTopKSAE": (
            MatryoshkaBatchTopKTrainer,
            {"k": K, "threshold_start_step": 5, "group_fractions": [0.25, 0.75]},
        ),
        "JumpReluAutoEncoder": (JumpReluTrainer, {"sparsity_warmup_steps": None, "lr": 1e-3}),
        "GatedAutoEncoder": (GatedSAETrainer, {"sparsity_warmup_steps": None, "lr": 1e-3}),
        "AutoEncoder": (StandardTrainer, {"sparsity_warmup_steps": None, "lr": 1e-3, "l1_penalty": 1e-2}),
    }[kind]
    config = {"trainer": trainer, **usual, **options}
    trainSAE(batches(x), [config], STEPS, save_dir=str(Path(folder).parent), device="cpu")
    (Path(folder).parent / "trainer_0").rename(folder)


# -- sparsify -------------------------------------------------------------------------------------------------------------


def sparsify(folder, x):
    from sparsify import SparseCoder

    model = SparseCoder.load_from_disk(folder).float()
    found = model.encode(x)
    codes = torch.zeros(len(x), model.num_latents).scatter(1, found.top_indices, found.top_acts)
    return codes, model.decode(found.top_acts, found.top_indices)


def train_sparsify(kind, folder, x):
    from sparsify import SparseCoder
    from sparsify.config import SparseCoderConfig

    model = SparseCoder(x.shape[1], SparseCoderConfig(num_latents=LATENTS, k=K))
    model.b_dec.data = x.mean(0)
    optimiser = torch.optim.Adam(model.parameters(), 1e-3)
    for batch in batches(x):
        optimiser.zero_grad()
        model(batch).fvu.backward()
        optimiser.step()
    if kind == "bfloat16":
        model = model.bfloat16()
    model.save_to_disk(folder)
    if kind == "mixed":
        from safetensors.torch import load_file, save_file

        tensors = load_file(Path(folder) / "sae.safetensors")
        half = {name: tensors[name].bfloat16() for name in ("encoder.weight", "b_dec")}
        save_file({**tensors, **half}, Path(folder) / "sae.safetensors")


# -- overcomplete ---------------------------------------------------------------------------------------------------------


def overcomplete(folder, x):
    from overcomplete import sae

    config = json.loads((Path(folder) / "config.json").read_text())
    options = {"top_k": config["top_k"]} if "top_k" in config else {}
    if params := config.get("dictionary_params"):
        options["dictionary_params"] = params
    model = getattr(sae, config["class"])(config["input_shape"], config["nb_concepts"], **options)
    model.load_state_dict(torch.load(Path(folder) / "model.pt"))
    if "running_threshold" in config:
        model.running_threshold = torch.tensor(config["running_threshold"])
    model.train()
    model.eval()
    _, codes = model.encode(x)
    # The last concept of an exported model is its decoder bias, and always on.
    bias = config.get("decoder_bias_concept")
    assert bias is None or bool((codes[:, bias] > 0).all())
    return codes[:, :bias], model.decode(codes)


def train_overcomplete(kind, folder, x):
    from overcomplete import sae

    # That of BatchTopK is of a whole batch.
    options = {"TopKSAE": {"top_k": K}, "BatchTopKSAE": {"top_k": K * 128}}.get(kind, {})
    model = getattr(sae, kind)(x.shape[1], LATENTS, **options)
    optimiser = torch.optim.Adam(model.parameters(), 1e-3)
    for batch in batches(x):
        _, codes, made = model(batch)
        optimiser.zero_grad()
        ((made - batch).square().mean() + 1e-4 * codes.mean()).backward()
        optimiser.step()
    Path(folder).mkdir()
    torch.save(model.state_dict(), Path(folder) / "model.pt")
    # For this program alone: the state says none of it.
    described = {"class": kind, "input_shape": x.shape[1], "nb_concepts": LATENTS, **options}
    if kind == "BatchTopKSAE":
        described |= {"k": K, "running_threshold": float(model.running_threshold)}
    (Path(folder) / "config.json").write_text(json.dumps(described))


# -- OpenAI's sparse_autoencoder ------------------------------------------------------------------------------------------


def openai(folder, x):
    from sparse_autoencoder import Autoencoder

    state = torch.load(Path(folder) / "autoencoder.pt")
    # It does not load all that it saves itself: with TopK two names are left over.
    if tied := "decoder.linear.weight" in state:
        state["decoder.weight"] = state.pop("decoder.linear.weight").T
    model = Autoencoder.from_state_dict(state, strict=False)
    assert model.normalize == ("activation.k" in state) and not (tied and model.normalize)
    codes, told = model.encode(x)
    return codes, model.decode(codes, told)


def train_openai(kind, folder, x):
    from sparse_autoencoder import Autoencoder
    from sparse_autoencoder.model import TopK

    top = kind == "TopK"
    activation = TopK(K) if top else torch.nn.ReLU()
    model = Autoencoder(LATENTS, x.shape[1], activation, tied="tied" in kind, normalize=top)
    model.pre_bias.data = torch.zeros_like(x[0]) if top else x.mean(0)
    optimiser = torch.optim.Adam(model.parameters(), 1e-3)
    for batch in batches(x):
        optimiser.zero_grad()
        _, codes, made = model(batch)
        ((made - batch).square().mean() + 1e-4 * codes.mean()).backward()
        optimiser.step()
    Path(folder).mkdir()
    torch.save(model.state_dict(), Path(folder) / "autoencoder.pt")


# -- saev -----------------------------------------------------------------------------------------------------------------


def saev(folder, x):
    from saev import nn

    model = nn.load(str(Path(folder) / "sae.pt"))
    reconstruction, codes, _ = model(x)
    return codes, reconstruction


def train_saev(kind, folder, x):
    from saev import config, nn

    model = nn.SparseAutoencoder(
        config.SparseAutoencoder(d_vit=x.shape[1], exp_factor=1, n_reinit_samples=len(x))
    )
    model.init_b_dec(x)
    optimiser = torch.optim.Adam(model.parameters(), 1e-3)
    for batch in batches(x):
        optimiser.zero_grad()
        model(batch)[2].loss.backward()
        optimiser.step()
    nn.dump(str(Path(folder) / "sae.pt"), model)


def main(library, jobs):
    torch.manual_seed(0)
    for job in json.loads(Path(jobs).read_text()):
        x = torch.from_numpy(np.load(job["inputs"]))
        if "train" in job:
            globals()[f"train_{library}"](job["train"], job["folder"], x)
        with torch.no_grad():
            codes, reconstruction = globals()[library](job["folder"], x)
        np.savez(job["out"], codes=codes.numpy(), reconstruction=reconstruction.numpy())


if __name__ == "__main__":
    main(*sys.argv[1:])
