#!/usr/bin/env bash
# An autoencoder of overcomplete that is in evaluation mode decodes with the old dictionary after load_state_dict.
#
# Versions: overcomplete 0.3.0, torch 2.14.1, torchvision 0.29.1, matplotlib 3.8.4, Python 3.11.
# Expected: after model.load_state_dict(other.state_dict()) both decode a code alike.
# Seen:     loaded in train mode: equal True; loaded in eval mode: equal False, also after another eval(): False,
#           after train() and eval(): True
#           eval() keeps a copy of the dictionary, which loading does not touch. The encoder is the new one, so that
#           codes are right and reconstructions are of another model, without an error.
# Remedy:   call train() and then eval() after loading, or load before the first eval().
# Exits non-zero when this changes. Needs Python 3.11 or newer and pip.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
python3 -m venv "$work/venv"
"$work/venv/bin/pip" install --quiet --disable-pip-version-check overcomplete==0.3.0 torch==2.14.1 torchvision==0.29.1 matplotlib==3.8.4
cat >"$work/reload.py" <<'PY'
import sys

import torch
from overcomplete.sae import SAE

torch.manual_seed(0)
other = SAE(8, 16)
other.eval()
z = torch.rand(4, 16)


def equal(model):
    with torch.no_grad():
        return bool(torch.allclose(model.decode(z), other.decode(z), atol=1e-5))


first = SAE(8, 16)
first.load_state_dict(other.state_dict())
first.eval()
second = SAE(8, 16)
second.eval()
second.load_state_dict(other.state_dict())
seen = [equal(first), equal(second)]
second.eval()
seen.append(equal(second))
second.train()
second.eval()
seen.append(equal(second))
print(
    f"loaded in train mode: equal {seen[0]}; loaded in eval mode: equal {seen[1]}, also after another eval(): {seen[2]}, "
    f"after train() and eval(): {seen[3]}"
)
sys.exit(seen != [True, False, False, True])
PY
"$work/venv/bin/python" "$work/reload.py"
