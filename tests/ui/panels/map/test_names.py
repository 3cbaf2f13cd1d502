"""Names on a map stand where nothing else does."""

from __future__ import annotations

import numpy as np
from PySide6.QtCore import QRectF, QSizeF

from saegui.ui.panels.map.names import FreeRoom, around


def test_a_name_takes_the_first_free_side_of_its_point_or_none() -> None:
    free, size = FreeRoom(100, 60), QSizeF(20, 10)
    right, left, above, below = around(50, 30, size, 3)
    free.take_points(np.array([50.0, 65]), np.array([30.0, 30]), 3)
    assert not free.place([right])
    assert free.place((right, left, above, below)) == left
    # What was placed is taken; what reaches beyond the map has no room.
    assert free.place([left]) is None
    free.take(QRectF(45, 12, 10, 4))
    assert free.place((above, below)) == below
    assert free.place([QRectF(90, 5, 20, 10), QRectF(-5, 5, 20, 10)]) is None
