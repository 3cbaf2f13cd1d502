#!/usr/bin/env bash
# SAELens' TopK with rescale_acts_by_decoder_norm turns every reconstruction into NaN when one atom is all zeros.
#
# Versions: sae-lens 6.54.12, torch 2.13.0, Python 3.11.
# Expected: an atom of zeros adds nothing to a reconstruction, as it does without rescaling.
# Seen:     rescaled: 4 of 4 reconstructions are NaN; plain: 0 of 4
#           The code of a latent whose atom has length zero is 0, and is multiplied by 1/0. Decoders have such atoms where
#           weight decay or a projection has removed a dead latent.
# Remedy:   fold the lengths into the encoder (leaving atoms of length zero alone), and save with the flag false.
# Exits non-zero when this changes. Needs Python 3.11 or newer and pip.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
python3 -m venv "$work/venv"
"$work/venv/bin/pip" install --quiet --disable-pip-version-check sae-lens==6.54.12 torch==2.13.0
cat >"$work/atoms.py" <<'PY'
import sys

import torch
from sae_lens import TopKSAE, TopKSAEConfig

torch.manual_seed(0)
x = torch.randn(4, 8)
broken = {}
for name, rescale in (("rescaled", True), ("plain", False)):
    model = TopKSAE(TopKSAEConfig(d_in=8, d_sae=16, k=3, rescale_acts_by_decoder_norm=rescale))
    with torch.no_grad():
        model.W_dec[5] = 0
        made = model.decode(model.encode(x))
    broken[name] = int(made.isnan().any(dim=1).sum())
print(f"rescaled: {broken['rescaled']} of 4 reconstructions are NaN; plain: {broken['plain']} of 4")
sys.exit(broken != {"rescaled": 4, "plain": 0})
PY
"$work/venv/bin/python" "$work/atoms.py"
