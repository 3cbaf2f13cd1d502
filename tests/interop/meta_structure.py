"""Runs in the environment ``sae_bench``, without saegui: ``python meta_structure.py FOLDER`` evaluates a folder for SAELens.

Prints how much of the decoder's variance a small autoencoder of its atoms explains, and its mean squared error, as JSON.
"""

from __future__ import annotations

import json
import sys

from sae_bench.evals.meta_structure.eval_config import MetaStructureEvalConfig
from sae_bench.evals.meta_structure.main import run_eval_single_sae
from sae_lens import SAE


def main(folder):
    config = MetaStructureEvalConfig(
        train_steps=200, train_batch_size=64, width_ratio=0.25, k=4, dtype="float32", autocast=False
    )
    found = run_eval_single_sae("local", "exported", SAE.load_from_disk(folder), config, "cpu")
    measured = found.eval_result_metrics.meta_structure
    print(json.dumps([measured.decoder_fraction_variance_explained, measured.final_reconstruction_mse]))


if __name__ == "__main__":
    main(*sys.argv[1:])
