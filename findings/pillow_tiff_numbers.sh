#!/usr/bin/env bash
# Pillow opens TIFF files of unsigned 32-bit and of signed 8-bit numbers without an error, and returns other numbers.
#
# Versions: pillow 13.0.0, tifffile 2026.3.3, numpy 2.4.6, Python 3.11.
# Expected: the numbers that were written, or an error, as for 64-bit integers and for float64, which Pillow refuses.
# Seen:     uint32 is read as int32: 3,000,000,000 becomes -1,294,967,296, in mode "I"; int8 is read as uint8: -1 becomes 255,
#           in mode "L"; RGB of 16 bits becomes 8 bits, 40,000 is 156. uint16, int16, int32 and uint8 are right.
#           The tags SampleFormat and BitsPerSample of the file say what its numbers are, and tifffile reads all of them.
# Remedy:   read both tags before the picture (image.tag_v2[258] and [339]), and reinterpret: .view(np.uint32), .view(np.int8).
# Exits non-zero when this changes. Needs Python 3.11 or newer and pip.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
python3 -m venv "$work/venv"
"$work/venv/bin/pip" install --quiet --disable-pip-version-check pillow==13.0.0 tifffile==2026.3.3 numpy==2.4.6
cat >"$work/tiff.py" <<'PY'
import sys
from pathlib import Path

import numpy as np
import tifffile
from PIL import Image

file = Path(sys.argv[1]) / "numbers.tif"
WRITTEN = {
    "uint8": [[1, 200]],
    "int8": [[-1, 2]],
    "uint16": [[65535, 1]],
    "int16": [[-5, 7]],
    "uint32": [[3_000_000_000, 7]],
    "int32": [[-5, 7]],
}
changed = {}
for name, rows in WRITTEN.items():
    numbers = np.array(rows, name)
    tifffile.imwrite(file, numbers, photometric="minisblack")
    assert np.array_equal(tifffile.imread(file), numbers)
    with Image.open(file) as image:
        found = np.asarray(image)
        print(name, rows, "->", image.mode, found.dtype, found.tolist())
    if found.tolist() != rows:
        changed[name] = found.tolist()
tifffile.imwrite(file, np.full((2, 2, 3), 40_000, np.uint16), photometric="rgb")
with Image.open(file) as image:
    colour = np.asarray(image)
    print("rgb uint16 40000 ->", image.mode, colour.dtype, int(colour[0, 0, 0]))
expected = {"int8": [[255, 2]], "uint32": [[3_000_000_000 - 2**32, 7]]}
sys.exit(not (changed == expected and colour.dtype == np.uint8 and colour[0, 0, 0] == 156))
PY
"$work/venv/bin/python" "$work/tiff.py" "$work"
