"""Every colour, distance and font of the window, in one place; widgets, curves and tiles read them from here."""

from __future__ import annotations

from dataclasses import dataclass, fields
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QObject, Qt, Signal, Slot
from PySide6.QtGui import QColor, QGuiApplication, QPalette

from saegui.app.settings import Settings, ThemeName

UNIT = 4
"""px: everything sits on this grid."""
GAP = 8
"""px between controls."""
PAD = 12
"""px inside panels."""

SERIES = ("#0072B2", "#D55E00", "#009E73", "#CC79A7", "#56B4E9", "#E69F00")
"""Okabe & Ito 2008: series that colour-blind readers tell apart."""


@dataclass(frozen=True)
class Tokens:
    """Colours by what they mean; each value is ``#RRGGBB``."""

    window: str
    panel: str
    raised: str
    line: str
    text: str
    muted: str
    accent: str
    on_accent: str
    active: str
    good: str
    warn: str
    bad: str
    dead: str
    paper: str
    ink: str
    diverging: tuple[str, ...]
    """Colour map of weights, negative to positive; its centre is exactly zero."""
    series: tuple[str, ...]

    def color(self, name: str, alpha: float = 1.0) -> QColor:
        """A token as a QColor, ``alpha`` in [0, 1]."""
        color = QColor(getattr(self, name))
        color.setAlphaF(alpha)
        return color


LIGHT = Tokens(
    window="#F6F6F4",
    panel="#FFFFFF",
    raised="#EFEFEC",
    line="#E2E1DD",
    text="#1F2328",
    muted="#5F6770",
    accent="#2F66C8",
    on_accent="#FFFFFF",
    active="#A85B00",
    good="#2B7A4B",
    warn="#8A5800",
    bad="#B9312A",
    dead="#D6D5D0",
    paper="#FFFFFF",
    ink="#000000",
    # ColorBrewer's RdBu, reversed: blue takes ink away, red adds it.
    diverging=(
        "#053061",
        "#2166AC",
        "#4393C3",
        "#92C5DE",
        "#D1E5F0",
        "#F7F7F7",
        "#FDDBC7",
        "#F4A582",
        "#D6604D",
        "#B2182B",
        "#67001F",
    ),
    series=SERIES,
)

DARK = Tokens(
    window="#16181B",
    panel="#1E2125",
    raised="#2A2E34",
    line="#343940",
    text="#E6E8EA",
    muted="#9BA3AC",
    accent="#7CA7FF",
    on_accent="#10141A",
    active="#FFB224",
    good="#6CC48E",
    warn="#E3B341",
    bad="#FF7B72",
    dead="#343940",
    paper="#0C0E10",
    ink="#FFFFFF",
    # A dark centre, so that zero is quiet on a dark window; sampled from Crameri's berlin.
    diverging=(
        "#9EB0FF",
        "#5BA4DB",
        "#2D7597",
        "#1A4256",
        "#11212A",
        "#120C0A",
        "#2E0E02",
        "#571C06",
        "#8A412A",
        "#C57B68",
        "#FFACAC",
    ),
    # The same hues, lightened where the originals are too dark to read on a dark panel.
    series=("#4BA3DE", "#F0803C", "#2FC79A", "#DE9BBF", "#7CC8F2", "#F2B84B"),
)


@lru_cache(maxsize=4)
def diverging_table(tokens: Tokens) -> NDArray[np.uint8]:
    """(255, 3): colours for values −127…127; entry 127 is exactly the map's centre."""
    anchors = np.array([[QColor(c).red(), QColor(c).green(), QColor(c).blue()] for c in tokens.diverging])
    place = np.linspace(0, 254, len(anchors))
    table = np.stack([np.interp(np.arange(255), place, anchors[:, channel]) for channel in range(3)], axis=1)
    return np.rint(table).astype(np.uint8)


def colour_weights(
    values: NDArray[np.float32], scale: float | NDArray[np.float32], tokens: Tokens
) -> NDArray[np.uint8]:
    """``values (...)`` → ``(..., 4)`` BGRA bytes, as QImage.Format_RGB32 wants them; ±``scale`` are the map's ends.

    ``scale`` is one number, or an array that broadcasts against ``values``; zero or less shows as zero everywhere.
    """
    table = np.full((255, 4), 255, np.uint8)
    table[:, :3] = diverging_table(tokens)[:, ::-1]
    factor = np.divide(
        127.0, scale, out=np.zeros_like(np.asarray(scale, np.float32)), where=np.asarray(scale) > 0
    )
    index = np.clip(np.rint(values * factor), -127, 127).astype(np.intp) + 127
    # Whole pixels are looked up, not their bytes: five times as fast, and the grid colours hundreds of tiles at once.
    pixels: NDArray[np.uint8] = table.view(np.uint32)[:, 0].take(index)[..., None].view(np.uint8)
    return pixels


class Theme(QObject):
    """The tokens in force. Follows the system unless the user chose light or dark."""

    changed = Signal()

    def __init__(self, settings: Settings, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._settings = settings
        hints = QGuiApplication.styleHints()
        hints.colorSchemeChanged.connect(self._system_changed)
        self._tokens = self._choose()

    @property
    def name(self) -> ThemeName:
        """What the user chose."""
        return self._settings.theme

    @property
    def tokens(self) -> Tokens:
        """Colours in force."""
        return self._tokens

    @property
    def dark(self) -> bool:
        """Whether the dark tokens are in force."""
        return self._tokens is DARK

    def choose(self, name: ThemeName) -> None:
        """Light, dark or system, from now on."""
        self._settings.theme = name
        self._apply()

    def _choose(self) -> Tokens:
        if self._settings.theme == "system":
            return DARK if QGuiApplication.styleHints().colorScheme() == Qt.ColorScheme.Dark else LIGHT
        return DARK if self._settings.theme == "dark" else LIGHT

    @Slot()
    def _system_changed(self) -> None:
        self._apply()

    def _apply(self) -> None:
        tokens = self._choose()
        if tokens is not self._tokens:
            self._tokens = tokens
            self.changed.emit()


def palette(tokens: Tokens) -> QPalette:
    """Qt's own palette from the tokens: what a style sheet does not reach follows them too."""
    made = QPalette()
    role = QPalette.ColorRole
    for which, name in (
        (role.Window, "window"),
        (role.WindowText, "text"),
        (role.Base, "panel"),
        (role.AlternateBase, "raised"),
        (role.Text, "text"),
        (role.Button, "raised"),
        (role.ButtonText, "text"),
        (role.Highlight, "accent"),
        (role.HighlightedText, "on_accent"),
        (role.ToolTipBase, "panel"),
        (role.ToolTipText, "text"),
        (role.PlaceholderText, "muted"),
        (role.Link, "accent"),
        (role.Mid, "line"),
    ):
        made.setColor(which, tokens.color(name))
    for which in (role.WindowText, role.Text, role.ButtonText):
        made.setColor(QPalette.ColorGroup.Disabled, which, tokens.color("muted", 0.6))
    return made


def style_sheet(tokens: Tokens) -> str:
    """``resources/``-free Qt style sheet: quiet frame, one accent, a visible focus ring."""
    values = {field.name: getattr(tokens, field.name) for field in fields(tokens)}
    sheet = _SHEET
    for name, value in values.items():
        if isinstance(value, str):
            sheet = sheet.replace(f"@{name};", f"{value};").replace(f"@{name} ", f"{value} ")
    return sheet


_SHEET = """
QMainWindow, QDialog { background: @window; }
QMainWindow::separator { background: @window; width: 6px; height: 6px; }
QMainWindow::separator:hover { background: @line; }
QWidget#panel { background: @panel; border: 1px solid @line; border-radius: 6px; }
QWidget#dockTitle { background: transparent; }
QLabel#panelTitle { color: @muted; font-size: 11px; font-weight: 600; }
QLabel[muted="true"] { color: @muted; }
QLabel[problem="true"] { color: @bad; }
QLabel[heading="true"] { font-weight: 600; }
QToolTip { background: @panel; color: @text; border: 1px solid @line; padding: 4px; }
QPushButton, QToolButton[bordered="true"] {
    background: @panel; color: @text; border: 1px solid @line; border-radius: 5px; padding: 4px 10px; min-height: 18px;
}
QPushButton:hover, QToolButton:hover { background: @raised; }
QPushButton:pressed, QToolButton:pressed { background: @line; }
QPushButton:disabled { color: @muted; background: @window; }
QPushButton[primary="true"] { background: @accent; color: @on_accent; border-color: @accent; font-weight: 600; }
QPushButton[primary="true"]:disabled { background: @raised; color: @muted; border-color: @line; }
QPushButton:focus, QToolButton:focus, QComboBox:focus, QAbstractSpinBox:focus, QLineEdit:focus {
    border: 2px solid @accent;
}
QToolButton { background: transparent; color: @text; border: 2px solid transparent; border-radius: 5px; padding: 3px; }
QToolButton:checked { background: @raised; border-color: @line; }
QToolButton#dockButton { padding: 1px; }
QToolButton#dockButton::menu-indicator { image: none; }
QComboBox, QAbstractSpinBox, QLineEdit {
    background: @panel; color: @text; border: 1px solid @line; border-radius: 4px; padding: 2px 6px; min-height: 20px;
    selection-background-color: @accent; selection-color: @on_accent;
}
QCheckBox::indicator:unchecked { background: @panel; border: 1px solid @muted; border-radius: 3px; width: 12px; height: 12px; }
QComboBox::drop-down { border: none; width: 18px; }
QAbstractSpinBox[problem="true"], QComboBox[problem="true"], QLineEdit[problem="true"] { border: 2px solid @bad; }
QAbstractSpinBox:disabled, QComboBox:disabled, QLineEdit:disabled { color: @muted; background: @window; }
QComboBox QAbstractItemView, QMenu, QListView, QTreeView, QTableView {
    background: @panel; color: @text; border: 1px solid @line; selection-background-color: @accent;
    selection-color: @on_accent; outline: 0;
}
QMenu { padding: 4px; }
QMenu::item { padding: 4px 24px 4px 20px; border-radius: 4px; }
QMenu::item:selected { background: @accent; color: @on_accent; }
QMenu::item:disabled { color: @muted; }
QMenu::separator { height: 1px; background: @line; margin: 4px 8px; }
QMenuBar { background: @window; color: @text; }
QMenuBar::item { padding: 4px 8px; border-radius: 4px; background: transparent; }
QMenuBar::item:selected { background: @raised; }
QStatusBar { background: @window; color: @muted; }
QStatusBar::item { border: none; }
QToolBar { background: @window; border: none; padding: 0; spacing: 0; }
QWidget#banner { background: @raised; border: 1px solid @line; border-radius: 6px; }
QProgressBar { background: @raised; border: none; border-radius: 3px; max-height: 6px; text-align: center; }
QProgressBar::chunk { background: @accent; border-radius: 3px; }
QScrollBar:vertical { background: transparent; width: 10px; margin: 0; }
QScrollBar:horizontal { background: transparent; height: 10px; margin: 0; }
QScrollBar::handle { background: @line; border-radius: 4px; min-height: 24px; min-width: 24px; margin: 1px; }
QScrollBar::handle:hover { background: @muted; }
QScrollBar::add-line, QScrollBar::sub-line { width: 0; height: 0; }
QScrollBar::add-page, QScrollBar::sub-page { background: transparent; }
QSlider::groove:horizontal { background: @line; height: 4px; border-radius: 2px; }
QSlider::handle:horizontal { background: @accent; width: 14px; margin: -5px 0; border-radius: 7px; }
QSlider:focus { border: 1px solid @accent; border-radius: 4px; }
QTabBar::tab { background: transparent; color: @muted; padding: 4px 10px; border-bottom: 2px solid transparent; }
QTabBar::tab:selected { color: @text; border-bottom-color: @accent; }
QScrollArea { background: transparent; border: none; }
QScrollArea > QWidget > QWidget { background: transparent; }
"""
