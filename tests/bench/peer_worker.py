"""One side of ``python tests/bench speed --peers``: trains TopK with another library, in whose environment it is started.

Each with the library's own model and step, Adam, float32, and batches that lie in memory; nothing is logged or saved. A line of
JSON asks, a line answers; it needs nothing of saegui.
"""

from __future__ import annotations

import json
import os
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

Step = Callable[[Any], object]
LR = 5e-4


def saelens(d_in: int, F: int, k: int, batch: int) -> Step:
    """``SAETrainer.step``."""
    from sae_lens.config import SAETrainerConfig
    from sae_lens.saes.topk_sae import TopKTrainingSAE, TopKTrainingSAEConfig
    from sae_lens.training.sae_trainer import SAETrainer

    config = SAETrainerConfig(total_training_samples=10**12, train_batch_size_samples=batch, lr=LR, lr_end=LR)
    # Its sparse activations have no gradient on a processor.
    model = TopKTrainingSAE(TopKTrainingSAEConfig(d_in=d_in, d_sae=F, k=k))
    trainer = SAETrainer(config, model, iter(()))

    def step(x: Any) -> object:
        trainer.maybe_reset_sparsity()
        found = trainer.step(x)
        trainer.n_training_steps += 1
        return found

    return step


def dictionary_learning(d_in: int, F: int, k: int, batch: int) -> Step:
    """``TopKTrainer.update``, beginning at its second step: the first computes a geometric median."""
    from dictionary_learning.trainers.top_k import TopKTrainer

    trainer = TopKTrainer(10**9, d_in, F, k, layer=0, lm_name="", lr=LR, device="cpu")
    count = 0

    def step(x: Any) -> object:
        nonlocal count
        count += 1
        return trainer.update(count, x)

    return step


def sparsify(d_in: int, F: int, k: int, batch: int) -> Step:
    """What ``Trainer.fit`` does with the output of a layer; its ``Trainer`` itself wants a language model."""
    import torch
    from sparsify import SparseCoder, SparseCoderConfig

    model = SparseCoder(d_in, SparseCoderConfig(num_latents=F, k=k), "cpu", dtype=torch.float32)
    optimiser = torch.optim.Adam(model.parameters(), lr=LR)
    since, fired = torch.zeros(F, dtype=torch.long), torch.zeros(F, dtype=torch.bool)

    def step(x: Any) -> object:
        model.set_decoder_norm_to_unit_norm()
        found = model(x)
        fired.zero_()
        fired[found.latent_indices.flatten()] = True
        found.fvu.backward()
        model.remove_gradient_parallel_to_decoder_directions()
        optimiser.step()
        optimiser.zero_grad()
        since.add_(len(x))
        since[fired] = 0
        return found

    return step


def overcomplete(d_in: int, F: int, k: int, batch: int) -> Step:
    """``train_sae`` on one batch at a time, silent."""
    import torch
    from overcomplete.sae import TopKSAE
    from overcomplete.sae.train import train_sae

    model = TopKSAE(d_in, nb_concepts=F, top_k=k, device="cpu")
    optimiser = torch.optim.Adam(model.parameters(), lr=LR)

    def loss(x: Any, x_hat: Any, pre: Any, z: Any, dictionary: Any) -> object:
        return (x - x_hat).square().mean()

    return lambda x: train_sae(model, [x], loss, optimiser, nb_epochs=1, monitoring=0)


STEPS = {each.__name__: each for each in (saelens, dictionary_learning, sparsify, overcomplete)}


def main(library: str, images: str, threads: str) -> None:
    """Answer until there are no more questions: latents, k, batch, and how many seconds to train."""
    # What a library prints is no answer.
    answers, sys.stdout = sys.stdout, Path(os.devnull).open("w", encoding="utf-8")  # noqa: SIM115
    import numpy as np
    import torch

    torch.set_num_threads(int(threads))
    x = torch.from_numpy(np.load(images).reshape(-1, 784)).float() / 255

    def batches(size: int) -> Iterator[Any]:
        while True:
            order = torch.randperm(len(x))
            for start in range(0, len(x) - size + 1, size):
                yield x[order[start : start + size]]

    known: tuple[object, ...] = ()
    step: Step
    for line in sys.stdin:
        question = json.loads(line)
        asked = (question["F"], question["k"], question["batch"])
        if asked != known:
            known, step, drawn = asked, STEPS[library](x.shape[1], *asked), batches(asked[2])
            step(next(drawn))
        count, wall, cpu = 0, time.perf_counter(), time.process_time()
        while time.perf_counter() - wall < question["seconds"]:
            step(next(drawn))
            count += asked[2]
        found = {"wall": count / (time.perf_counter() - wall), "cpu": count / (time.process_time() - cpu)}
        print(json.dumps(found), file=answers, flush=True)


if __name__ == "__main__":
    main(*sys.argv[1:])
