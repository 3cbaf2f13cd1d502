#!/usr/bin/env bash
# H.264 video "without loss" in 4:4:4 moves most colours of a figure by 1 of 255.
#
# Versions: PyAV 18.1.0 (with its own FFmpeg and x264), numpy 2.4.6.
# Expected: H.264 without loss (crf 0 or qp 0) and without halved colours (yuv444p) gives back the pixels of a figure.
# Seen:     it is without loss in Y, Cb, Cr alone: of 64 flat colours 53 come back changed by 1 of 255, also (25, 12, 9),
#           a colour of a diverging map's middle; white, black and (247, 247, 247) stay. crf 10 on flat colours is as good
#           as crf 0. The encoder libx264rgb gives back every pixel, as do VP9 with lossless=1 in gbrp, and FFV1.
# Remedy:   where a colour must stay exactly itself, encode with libx264rgb or VP9 gbrp, or allow 1 of 255.
# Exits non-zero when this changes. Needs Python 3.11 or newer and pip.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
python3 -m venv "$work/venv"
"$work/venv/bin/pip" install --quiet --disable-pip-version-check av==18.1.0 numpy==2.4.6
cat >"$work/video.py" <<'PY'
import io
import sys

import av
import numpy as np

av.logging.set_level(av.logging.PANIC)
chosen = [[255, 255, 255], [247, 247, 247], [25, 12, 9], [0, 0, 0]]
colours = np.vstack([chosen, np.random.default_rng(0).integers(0, 256, (60, 3))]).astype(np.uint8)
frame = np.repeat(np.repeat(colours.reshape(8, 8, 3), 32, 0), 32, 1)


def moved(codec, pixels, **options):
    """By how much each of the 64 colours is changed."""
    file = io.BytesIO()
    with av.open(file, "w", format="matroska") as container:
        stream = container.add_stream(codec, rate=10)
        stream.width = stream.height = 256
        stream.pix_fmt, stream.options = pixels, options
        for _ in range(3):
            container.mux(stream.encode(av.VideoFrame.from_ndarray(frame, format="rgb24")))
        container.mux(stream.encode())
    file.seek(0)
    with av.open(file) as container:
        decoded = [found.to_ndarray(format="rgb24") for found in container.decode(video=0)]
    change = np.abs(np.stack(decoded).astype(int) - frame.astype(int))
    return change.reshape(3, 8, 32, 8, 32, 3).max(axis=(0, 2, 4, 5)).ravel()


found = {
    "libx264 yuv444p crf 0": moved("libx264", "yuv444p", crf="0"),
    "libx264 yuv444p qp 0": moved("libx264", "yuv444p", qp="0"),
    "libx264 yuv444p crf 10": moved("libx264", "yuv444p", crf="10"),
    "libx264rgb bgr24 crf 0": moved("libx264rgb", "bgr24", crf="0"),
    "libvpx-vp9 gbrp lossless": moved("libvpx-vp9", "gbrp", lossless="1"),
    "ffv1 bgr0": moved("ffv1", "bgr0"),
}
for name, change in found.items():
    print(f"{name}: {np.count_nonzero(change)} of 64 colours changed, by {change.max()} at most; first {change[:4].tolist()}")
yuv, exact = list(found.values())[:3], list(found.values())[3:]
seen = all(change.max() == 1 and np.count_nonzero(change) == 53 and change[:4].tolist() == [0, 0, 1, 0] for change in yuv)
sys.exit(not (seen and all(change.max() == 0 for change in exact)))
PY
"$work/venv/bin/python" "$work/video.py"
