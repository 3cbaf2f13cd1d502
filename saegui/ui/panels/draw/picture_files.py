"""Pictures from files and from the clipboard, as the image that a model sees of them."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from PySide6.QtCore import Qt
from PySide6.QtGui import QImage

from saegui.core.errors import StrokesError
from saegui.core.strokes import Picture, flatten, from_picture, read_picture

FILTER = "Pictures (*.png *.jpg *.jpeg *.bmp *.gif *.tif *.tiff *.webp)"
_ENOUGH = 2048
"""px: a larger picture from the clipboard is scaled down before it is looked at."""


def from_file(path: Path) -> Picture:
    """The picture in a file.

    Raises:
        StrokesError: names the file that is missing, damaged, foreign, too large or blank, and the remedy.
    """
    grey = read_picture(path)
    try:
        return from_picture(grey)
    except StrokesError as error:
        raise StrokesError(f"{path.name}: {error}") from error


def from_image(image: QImage) -> Picture:
    """A picture that was pasted or dropped; may run on any thread.

    Raises:
        StrokesError: there is nothing on it.
    """
    if max(image.width(), image.height()) > _ENOUGH:
        smooth = Qt.TransformationMode.SmoothTransformation
        image = image.scaled(_ENOUGH, _ENOUGH, Qt.AspectRatioMode.KeepAspectRatio, smooth)
    image = image.convertToFormat(QImage.Format.Format_RGBA8888)
    rows = np.frombuffer(image.constBits(), np.uint8).reshape(image.height(), image.bytesPerLine() // 4, 4)
    try:
        return from_picture(flatten(rows[:, : image.width()]))
    except StrokesError as error:
        raise StrokesError(f"Pasted picture: {error}") from error
