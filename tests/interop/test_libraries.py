"""The libraries themselves load what is exported, and what they train is imported: the same codes, latents and reconstructions.

``python tools/interop_environments.py FOLDER`` makes their environments, and ``SAEGUI_INTEROP=FOLDER`` says where they are.
"""

from __future__ import annotations

import json
import os
import subprocess
from collections.abc import Callable
from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import pytest
from numpy.typing import NDArray

from saegui.core.formats.registry import adapted, export_model, look, refusal
from saegui.core.model.snapshot import Snapshot
from tests.core.formats.models import HELD, model
from tools.interop_environments import ENVIRONMENTS

pytestmark = [pytest.mark.interop, pytest.mark.timeout(900)]

LIBRARIES = ("saelens", "dictionary_learning", "sparsify", "overcomplete")
EXPORTED = [
    (name, case) for name in LIBRARIES for case, values in HELD.items() if not refusal(model(**values), name)
]
TRAINED = {
    "saelens": (
        "topk",
        "batchtopk",
        "matryoshka_batchtopk",
        "jumprelu",
        "standard",
        "gated",
        "topk layer_norm",
        "topk constant_norm_rescale",
    ),
    "dictionary_learning": (
        "AutoEncoderTopK",
        "BatchTopKSAE",
        "BatchTopKSAE unset",
        "MatryoshkaBatchTopKSAE",
        "JumpReluAutoEncoder",
        "GatedAutoEncoder",
        "AutoEncoder",
    ),
    "sparsify": ("float32", "bfloat16", "mixed"),
    "overcomplete": ("TopKSAE", "JumpSAE", "SAE"),
    "saev": ("relu",),
}
FOLDERS = [(name, kind, "") for name, kinds in TRAINED.items() for kind in kinds] + [
    ("saelens", kind, "-training") for kind in TRAINED["saelens"] if " " not in kind
]
N, D_IN, F = 1000, 196, 64


class Made(NamedTuple):
    """What a library makes of the inputs."""

    codes: NDArray[np.float32]
    reconstruction: NDArray[np.float32]


def exported(case: str) -> Snapshot:
    # No two latents are alike: which of them stays where both are the k-th largest is each library's own choice.
    made = model(d_in=D_IN, f=F, shape=(14, 14), alike=False, **HELD[case])
    # Activations of about 1, as trained models have them.
    return replace(made, W_enc=made.W_enc * np.float32(0.3))


@pytest.fixture(scope="session")
def inputs(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """1,000 made-up images of 14×14, of a few of 30 patterns each; a file."""
    random = np.random.default_rng(3)
    atoms = random.random((30, D_IN)) * (random.random((30, D_IN)) < 0.2)
    z = random.random((N, 30)) * (random.random((N, 30)) < 0.1)
    path = tmp_path_factory.mktemp("inputs") / "x.npy"
    # None is quite blank: SAELens divides by the length of each in one of its ways to normalise.
    np.save(path, np.clip(z @ atoms, 0.001, 1).astype(np.float32))
    return path


Ask = Callable[[str], Path]


class Asked(NamedTuple):
    """What came of asking a library."""

    folder: Path
    problem: str


@pytest.fixture(scope="session")
def ask(inputs: Path, tmp_path_factory: pytest.TempPathFactory) -> Ask:
    """``ask(library)``: the folder of everything that was exported for a library and trained by it; each is asked once."""

    @cache
    def asked(library: str) -> Asked:
        folder = tmp_path_factory.mktemp(library)
        environments = os.environ.get("SAEGUI_INTEROP")
        if not environments:
            return Asked(folder, "SAEGUI_INTEROP names no folder made by tools/interop_environments.py")
        python = Path(environments) / library / "bin" / "python"
        if not python.exists():
            return Asked(folder, f"{environments} has no environment {library}")
        jobs: list[dict[str, Any]] = []
        for name, case in EXPORTED:
            if name == library:
                export_model(exported(case), library, folder / case)
                jobs.append({"folder": str(folder / case)})
        jobs += [{"folder": str(folder / f"trained {kind}"), "train": kind} for kind in TRAINED[library]]
        for job in jobs:
            job |= {"inputs": str(inputs), "out": f"{job['folder']}.npz"}
        (folder / "jobs.json").write_text(json.dumps(jobs))
        words = [python, Path(__file__).with_name("inside.py"), library, folder / "jobs.json"]
        quiet = {**os.environ, "HF_HUB_OFFLINE": "1", "WANDB_MODE": "disabled", "PYTHONPATH": ""}
        done = subprocess.run(words, cwd=folder, env=quiet, capture_output=True, text=True, check=False)
        (folder / "log.txt").write_text(done.stdout + done.stderr)
        return Asked(folder, "" if done.returncode == 0 else f"failed: {done.stderr[-2000:]}")

    def folder_of(library: str) -> Path:
        found = asked(library)
        if found.problem.startswith("failed"):
            pytest.fail(found.problem)
        if found.problem:
            pytest.skip(found.problem)
        return found.folder

    return folder_of


def made(path: Path) -> Made:
    with np.load(path) as found:
        return Made(found["codes"], found["reconstruction"])


def decided(mine: Snapshot, x: NDArray[np.float32]) -> NDArray[np.bool_]:
    """``(N,)``: whether the k-th activation of each input is larger than the next by more than rounding; all for other kinds."""
    if mine.config.arch not in ("topk", "multi_topk"):
        return np.ones(len(x), bool)
    k, ordered = mine.config.k, np.sort(np.maximum(mine.pre_activations(x), 0), axis=1)
    gap = ordered[:, -k] - ordered[:, -k - 1]
    return np.asarray((gap > 1e-6) | (ordered[:, -k] == 0))


def agree(mine: Snapshot, theirs: Made, x: NDArray[np.float32]) -> None:
    codes = mine.encode(x)
    sure = decided(mine, x)
    assert sure.mean() > 0.99
    assert np.array_equal(codes[sure] > 0, theirs.codes[sure] > 0)
    assert np.abs(codes - theirs.codes)[sure].max() <= 1e-5
    assert np.abs(mine.decode(codes, x) - theirs.reconstruction)[sure].max() <= 1e-5
    # Neither all nor nothing.
    assert 0 < np.count_nonzero(codes) < codes.size


@pytest.mark.parametrize(("library", "case"), EXPORTED)
def test_the_library_computes_the_same(library: str, case: str, ask: Ask, inputs: Path) -> None:
    agree(exported(case), made(ask(library) / f"{case}.npz"), np.load(inputs))


@pytest.mark.parametrize(("library", "kind", "suffix"), FOLDERS)
def test_what_the_library_trained_computes_the_same_here(
    library: str, kind: str, suffix: str, ask: Ask, inputs: Path
) -> None:
    folder = ask(library)
    path = folder / f"trained {kind}{suffix}"
    if library == "saev":
        path /= "sae.pt"
    agree(look(path).model, made(folder / f"trained {kind}.npz"), np.load(inputs))


def test_a_state_of_overcomplete_alone_is_read_with_the_k_that_is_given(ask: Ask, inputs: Path) -> None:
    folder = ask("overcomplete")
    file = folder / "trained TopKSAE" / "model.pt"
    agree(adapted(look(file), file, k=8), made(folder / "trained TopKSAE.npz"), np.load(inputs))


def test_every_library_has_an_environment() -> None:
    assert set(TRAINED) == set(ENVIRONMENTS)
