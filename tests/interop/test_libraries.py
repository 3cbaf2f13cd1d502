"""The libraries themselves load what is exported, and what they train is imported: the same codes, latents and reconstructions.

``python tools/interop_environments.py FOLDER`` makes their environments, and ``SAEGUI_INTEROP=FOLDER`` says where they are. The
images are 1,000 of MNIST's, where the real data lie beside the checkout, and else of the built-in digits.
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

import saegui
from saegui.core.data import Dataset
from saegui.core.formats.registry import adapted, export_model, look, refusal
from saegui.core.model.snapshot import Snapshot, to_input
from tests.core.formats.models import HELD, REFUSED, model
from tests.core.formats.reference import LIBRARIES as REFERENCES
from tools.interop_environments import ENVIRONMENTS

pytestmark = [pytest.mark.interop, pytest.mark.timeout(900)]

EXPORTED = [
    (name, case) for name in REFERENCES for case, values in HELD.items() if not refusal(model(**values), name)
]
WEIGHTS = ("trained", "random")
"""A model that was trained on the images, and one with random weights, of which one atom has the length zero."""
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
    "overcomplete": ("TopKSAE", "BatchTopKSAE", "JumpSAE", "SAE"),
    "openai": ("TopK", "ReLU", "ReLU tied"),
    "saev": ("relu",),
}
FILES = {"openai": "autoencoder.pt", "saev": "sae.pt"}
"""What a model is, in its folder; of other libraries it is the folder."""
FOLDERS = [(name, kind, "") for name, kinds in TRAINED.items() for kind in kinds] + [
    ("saelens", kind, "-training") for kind in TRAINED["saelens"] if " " not in kind
]
N, F, STEPS = 1000, 128, 150


class Made(NamedTuple):
    """What a library makes of the inputs."""

    codes: NDArray[np.float32]
    reconstruction: NDArray[np.float32]


@pytest.fixture(scope="session")
def images(request: pytest.FixtureRequest) -> Dataset:
    """MNIST, or the built-in digits where it is missing."""
    try:
        folder: Path = request.getfixturevalue("mnist_dir")
    except pytest.skip.Exception:
        found: Dataset = request.getfixturevalue("digits")
        return found
    return saegui.load_data("mnist", folder)


@pytest.fixture(scope="session")
def inputs(images: Dataset, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The first 1,000 images as rows of numbers from 0 to 1; a file."""
    path = tmp_path_factory.mktemp("inputs") / "x.npy"
    chosen = np.concatenate([images.test_images, images.train_images])[:N]
    np.save(path, to_input(chosen).reshape(N, -1))
    return path


Exported = Callable[[str, str], Snapshot]


@pytest.fixture(scope="session")
def exported(images: Dataset, tmp_path_factory: pytest.TempPathFactory) -> Exported:
    """``exported(case, weights)``: the model of a case, trained on the images for some steps, or random."""
    folder = tmp_path_factory.mktemp("runs")

    @cache
    def made(case: str, weights: str) -> Snapshot:
        values = HELD[case]
        if weights == "trained":
            run = saegui.train(
                folder / case.replace(", ", "-"),
                images,
                n_latents=F,
                k=8,
                callback=lambda step, _: step.step >= STEPS,
                **values,
            )
            return run.latest()
        # No two latents are alike: which of them stays where both are the k-th largest is each library's own choice.
        found = model(d_in=784, f=F, shape=(28, 28), alike=False, **values)
        # Activations of about 1, as trained models have them.
        return replace(found, W_enc=found.W_enc * np.float32(0.3))

    return made


Ask = Callable[[str], Path]


class Asked(NamedTuple):
    """What came of asking a library."""

    folder: Path
    problem: str


@pytest.fixture(scope="session")
def ask(inputs: Path, exported: Exported, tmp_path_factory: pytest.TempPathFactory) -> Ask:
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
            for weights in WEIGHTS if name == library else ():
                place = folder / f"{case}, {weights}"
                export_model(exported(case, weights), library, place)
                jobs.append({"folder": str(place)})
        jobs += [{"folder": str(folder / f"trained {kind}"), "train": kind} for kind in TRAINED[library]]
        for job in jobs:
            job |= {"inputs": str(inputs), "out": f"{job['folder']}.npz"}
        (folder / "jobs.json").write_text(json.dumps(jobs))
        words = [python, Path(__file__).with_name("inside.py"), library, folder / "jobs.json"]
        done = subprocess.run(words, cwd=folder, env=quiet(), capture_output=True, text=True, check=False)
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


def environment(library: str) -> Path:
    """The Python of a library's environment; skips the test where there is none."""
    folder = os.environ.get("SAEGUI_INTEROP")
    if not folder or not (Path(folder) / library / "bin" / "python").exists():
        pytest.skip(f"SAEGUI_INTEROP names no folder with an environment {library}")
    return Path(folder) / library / "bin" / "python"


def quiet() -> dict[str, str]:
    """Variables of a library's process: it asks no network."""
    return {**os.environ, "HF_HUB_OFFLINE": "1", "WANDB_MODE": "disabled", "PYTHONPATH": ""}


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


@pytest.mark.parametrize("weights", WEIGHTS)
@pytest.mark.parametrize(("library", "case"), EXPORTED)
def test_the_library_computes_the_same(
    library: str, case: str, weights: str, ask: Ask, inputs: Path, exported: Exported
) -> None:
    folder = ask(library) / f"{case}, {weights}"
    theirs, x = made(folder.with_name(f"{folder.name}.npz")), np.load(inputs)
    agree(exported(case, weights), theirs, x)
    # What the tests of the suite take for the library is what the library does.
    codes, reconstruction = REFERENCES[library](folder, x)
    assert np.count_nonzero((codes > 0) != (theirs.codes > 0)) <= 2
    assert np.median(np.abs(reconstruction - theirs.reconstruction).max(axis=1)) <= 1e-5


def test_what_no_library_can_hold_is_refused_with_the_reason() -> None:
    assert len(HELD) >= 19
    for values in REFUSED.values():
        assert all("because" in refusal(model(**values), library) for library in REFERENCES)


@pytest.mark.parametrize(("library", "kind", "suffix"), FOLDERS)
def test_what_the_library_trained_computes_the_same_here(
    library: str, kind: str, suffix: str, ask: Ask, inputs: Path
) -> None:
    folder = ask(library)
    path = folder / f"trained {kind}{suffix}" / FILES.get(library, "")
    agree(look(path).model, made(folder / f"trained {kind}.npz"), np.load(inputs))


def test_a_state_of_overcomplete_alone_is_read_with_the_k_that_is_given(ask: Ask, inputs: Path) -> None:
    folder = ask("overcomplete")
    file = folder / "trained TopKSAE" / "model.pt"
    agree(adapted(look(file), file, k=8), made(folder / "trained TopKSAE.npz"), np.load(inputs))


def test_sae_bench_evaluates_the_dictionary_of_an_exported_folder(exported: Exported, tmp_path: Path) -> None:
    """Its evaluation of a dictionary's structure needs no language model."""
    model, folder = exported("topk", "trained"), tmp_path / "exported"
    export_model(model, "saelens", folder)
    words = [environment("sae_bench"), Path(__file__).with_name("meta_structure.py"), folder]
    done = subprocess.run(words, cwd=tmp_path, env=quiet(), capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr[-2000:]
    explained, error = json.loads(done.stdout.splitlines()[-1])
    assert 0 < explained < 1
    # What was left unexplained is a share of the variance of these atoms.
    atoms = model.W_dec - model.W_dec.mean(axis=0)
    assert error / (1 - explained) == pytest.approx(np.square(atoms).mean(), rel=1e-3)


def test_every_library_has_an_environment() -> None:
    assert {*TRAINED, "sae_bench"} == set(ENVIRONMENTS)
