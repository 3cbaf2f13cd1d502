"""What Qt's own widgets look like in the theme's colours."""

from __future__ import annotations

from dataclasses import fields

from PySide6.QtGui import QPalette

from saegui.ui.theme.tokens import Tokens

FRAME_DARKER = 140
"""Per cent by which Fusion's frames are darker than the window."""


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


def check_box_palette(tokens: Tokens) -> QPalette:
    """The palette of check boxes, whose frame Fusion draws in a darker shade of the window: next to nothing on a dark one."""
    made = palette(tokens)
    for group, name in ((QPalette.ColorGroup.All, "muted"), (QPalette.ColorGroup.Disabled, "line")):
        made.setColor(group, QPalette.ColorRole.Window, tokens.color(name).lighter(FRAME_DARKER))
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
QDialogButtonBox { dialogbuttonbox-buttons-have-icons: 0; button-layout: 3; }
QMainWindow::separator { background: @window; width: 6px; height: 6px; }
QMainWindow::separator:hover { background: @line; }
QWidget#panel { background: @panel; border: 1px solid @line; border-radius: 6px; }
QWidget#dockTitle { background: transparent; }
QLabel#panelTitle { color: @muted; font-size: 11px; font-weight: 600; }
QLabel[muted="true"] { color: @muted; }
QLabel[term] { text-decoration: underline; }
QLabel[problem="true"] { color: @bad; }
QLabel[active="true"] { color: @active; }
QLabel[heading="true"] { font-weight: 600; }
QLabel[steered="true"] { color: @accent; font-weight: 600; }
QToolTip { background: @panel; color: @text; border: 1px solid @line; padding: 4px; }
QPushButton, QToolButton[bordered="true"] {
    background: @panel; color: @text; border: 1px solid @line; border-radius: 5px; padding: 4px 10px; min-height: 18px;
}
QPushButton:hover, QToolButton:hover { background: @raised; }
QPushButton:pressed, QToolButton:pressed { background: @line; }
QPushButton:disabled { color: @muted; background: @window; }
QPushButton[primary="true"] { background: @accent; color: @on_accent; border-color: @accent; font-weight: 600; }
QPushButton[primary="true"]:disabled { background: @raised; color: @muted; border-color: @line; }
QPushButton:focus, QComboBox:focus, QAbstractSpinBox:focus, QLineEdit:focus { border: 2px solid @accent; }
QPushButton[primary="true"]:focus { border: 2px solid @text; }
QToolButton { background: transparent; color: @text; border: 2px solid transparent; border-radius: 5px; padding: 3px; }
QToolButton:checked { background: @raised; border-color: @line; }
QToolButton[chip="true"] { border: 1px solid @line; border-radius: 9px; padding: 1px 7px; }
QToolButton[chip="true"]:checked { background: @accent; color: @on_accent; border-color: @accent; }
QToolButton[filtering="true"] { border-color: @accent; color: @accent; font-weight: 600; }
QToolButton[chip="true"]:focus { border: 2px solid @text; padding: 0 6px; }
QToolButton:focus, QToolButton:checked:focus { border: 2px solid @accent; }
QToolButton[compact="true"] { font-size: 11px; padding: 0 6px; border-width: 1px; border-radius: 4px; min-height: 14px; }
QToolButton[compact="true"]:focus { border: 1px solid @accent; }
QLabel:focus { border: 1px solid @accent; border-radius: 3px; }
QCheckBox { border: 2px solid transparent; border-radius: 4px; }
QCheckBox:focus { border-color: @accent; }
QToolButton#dockButton, QToolButton#data-sets { padding: 1px; }
QToolButton#dockButton::menu-indicator { image: none; }
QComboBox, QAbstractSpinBox, QLineEdit {
    background: @panel; color: @text; border: 1px solid @line; border-radius: 4px; padding: 2px 6px; min-height: 20px;
    selection-background-color: @accent; selection-color: @on_accent;
}
QRadioButton { border: 2px solid transparent; border-radius: 4px; }
QRadioButton:focus { border-color: @accent; }
QRadioButton::indicator { width: 12px; height: 12px; border-radius: 7px; background: @panel; border: 1px solid @muted; }
QRadioButton::indicator:checked { width: 6px; height: 6px; border: 4px solid @accent; }
QRadioButton::indicator:disabled { background: @window; border-color: @line; }
QRadioButton:disabled { color: @muted; }
QComboBox[outdated="true"] { color: @muted; font-style: italic; }
Combo::drop-down { border: none; width: 18px; }
QAbstractSpinBox[problem="true"], QComboBox[problem="true"], QLineEdit[problem="true"] { border: 2px solid @bad; }
QAbstractSpinBox:disabled, QComboBox:disabled, QLineEdit:disabled { color: @muted; background: @window; }
QComboBox QAbstractItemView, QMenu, QListView, QTreeView, QTableView {
    background: @panel; color: @text; border: 1px solid @line; selection-background-color: @accent;
    selection-color: @on_accent; outline: 0;
}
QTextBrowser { background: @panel; color: @text; border: 1px solid @line; border-radius: 4px; padding: 4px; }
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
QWidget#banner[problem="true"] { border-left: 3px solid @bad; }
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
QTabBar::tab { background: transparent; color: @muted; padding: 2px 8px; border: 2px solid transparent; }
QTabBar::tab:selected { color: @text; border-bottom-color: @accent; }
QTabBar::tab:selected:focus { border-color: @accent; border-radius: 4px; }
QScrollArea { background: transparent; border: none; }
QScrollArea > QWidget > QWidget { background: transparent; }
"""
