"""The types of arrays that the engine hands around."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float32]
"""Weights, inputs, codes."""
Images = NDArray[np.uint8]
"""Inputs as a data set keeps them: 0 paper, 255 ink."""
