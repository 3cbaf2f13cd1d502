"""What stands for a latent whose weights are no picture: the average picture that activates it, or the texts nearest to it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from PySide6.QtCore import QRect, QRectF, Qt
from PySide6.QtGui import QFontMetrics, QPainter

from saegui.app.services import Services
from saegui.core.arrays import Array, Shape
from saegui.core.data.registry import shows_ink
from saegui.ui.theme.tokens import Tokens
from saegui.ui.widgets.pictures import SHADES, Shades, fitted, ink_image, paint_picture, proportions

MOST_LINES = 4
"""Texts on one tile, at most."""
LEAST_WIDTH = 28
"""px below which no word could be read."""
MARGIN = 3


@dataclass(frozen=True, eq=False)
class Meaning:
    """Of all latents of a snapshot; one of :attr:`averages` and :attr:`texts` is there."""

    averages: Array | None = None
    """(F, h, w[, 3]) in [0, 1]; zeros for a latent that nothing activates."""
    shades: Shades = SHADES
    texts: Callable[[int], Sequence[str]] | None = None
    """The texts nearest to what a latent draws, nearest first; none until they were found."""

    def paint(
        self,
        painter: QPainter,
        room: QRect,
        latent: int,
        tokens: Tokens,
        *,
        above: int = 0,
        dead: bool = False,
    ) -> bool:
        """Paint it into ``room``; ``above``: px at the top that texts leave free. False where there is nothing to paint."""
        if self.averages is not None and latent < len(self.averages):
            picture = self.averages[latent]
            if not picture.any():
                return False
            painter.fillRect(room, tokens.color("paper"))
            paint_picture(
                painter, QRectF(fitted(picture.shape, room)), ink_image(picture, tokens, self.shades)
            )
            return True
        words = self.texts(latent) if self.texts is not None and room.width() >= LEAST_WIDTH else ()
        lines = _lines(painter.fontMetrics(), words, room.width() - 2 * MARGIN, room.height() - above)
        if not lines:
            return False
        painter.fillRect(room, tokens.color("paper"))
        painter.setPen(tokens.color("muted" if dead else "text"))
        tall = painter.fontMetrics().height()
        top = room.top() + above + max(0, room.height() - above - len(lines) * tall) // 2
        for place, line in enumerate(lines):
            at = QRect(room.left() + MARGIN, top + place * tall, room.width() - 2 * MARGIN, tall)
            painter.drawText(at, Qt.AlignmentFlag.AlignCenter, line)
        return True


def _lines(metrics: QFontMetrics, texts: Sequence[str], width: int, height: int) -> list[str]:
    """As many texts as fit below each other, each shortened to ``width`` px."""
    fitting = _fitting(metrics, height)
    return [metrics.elidedText(text, Qt.TextElideMode.ElideRight, width) for text in texts[:fitting]]


def _fitting(metrics: QFontMetrics, height: int) -> int:
    return max(0, min(MOST_LINES, height // metrics.height()))


def last_line(metrics: QFontMetrics, height: int) -> int:
    """px from the last of the lines of texts that fit into ``height`` px to the end of them: that line and what is below it."""
    tall, fitting = metrics.height(), _fitting(metrics, height)
    return tall + height - fitting * tall - (height - fitting * tall) // 2


def meaning_of(services: Services) -> Meaning | None:
    """What stands for the latents of the state's snapshot; None where their weights do, or nothing is known yet."""
    state = services.state
    snapshot, dataset, stats = state.snapshot, state.dataset, state.stats
    if snapshot is None or dataset is None or len(snapshot.shape) != 1:
        return None
    if state.writes:
        found = services.nearest.of_atom
        return Meaning(texts=lambda latent: [near.text for near in found(latent)])
    if stats is None or stats.average is None or len(stats.average) != snapshot.n_latents:
        return None
    return Meaning(averages=stats.average, shades=Shades(ink=shows_ink(dataset.name)))


def meaning_beside(services: Services) -> Meaning | None:
    """What stands for the latents of the model that the state's is compared with, likewise."""
    found, dataset = services.comparison.found, services.state.dataset
    atoms = None if found is None else services.other_atoms.of(found.b)
    if atoms is None or dataset is None:
        return None
    if atoms.texts is not None:
        return Meaning(texts=atoms.texts.__getitem__)
    return Meaning(averages=atoms.averages, shades=Shades(ink=shows_ink(dataset.name)))


def tile_proportion(services: Services) -> tuple[int, int]:
    """Height and width of the latents' tiles; those of pictures also before their averages are known, so that nothing moves."""
    state = services.state
    if state.snapshot is None:
        return 1, 1
    shape: Shape = state.snapshot.shape
    pictures = state.dataset.pictures if state.dataset is not None and state.data_readable else None
    return proportions(shape if pictures is None or len(shape) != 1 else pictures.shape[1:])
