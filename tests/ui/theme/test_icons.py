"""Every icon that is named exists, and is drawn in the theme's colours."""

from __future__ import annotations

import re

import pytest
from PySide6.QtGui import QColor, QIcon
from pytestqt.qtbot import QtBot

from saegui.core.files import paths
from saegui.ui.theme.icons import icon
from saegui.ui.theme.tokens import DARK, LIGHT, Tokens
from saegui.ui.window import menus
from tools.readme_tables import CHECKOUT

USED = {spec.icon for spec in menus.specs() if spec.icon} | {
    name
    for file in (CHECKOUT / "saegui" / "ui").rglob("*.py")
    for name in re.findall(r'\bicon\(\s*"([a-z-]+)"', file.read_text())
}


@pytest.mark.parametrize("tokens", [LIGHT, DARK], ids=["light", "dark"])
@pytest.mark.parametrize("name", sorted(USED))
def test_every_icon_is_drawn_in_the_text_colour(name: str, tokens: Tokens, qtbot: QtBot) -> None:
    image = icon(name, tokens).pixmap(40, 40, QIcon.Mode.Normal).toImage()
    colours = {
        image.pixelColor(x, y).name().upper()
        for x in range(image.width())
        for y in range(image.height())
        if image.pixelColor(x, y).alpha() == 255
    }
    assert colours == {tokens.text}
    muted = icon(name, tokens).pixmap(40, 40, QIcon.Mode.Disabled).toImage()
    shown = [muted.pixelColor(x, y) for x in range(muted.width()) for y in range(muted.height())]
    assert QColor(tokens.muted) in [colour for colour in shown if colour.alpha() == 255]


def test_no_icon_is_shipped_that_nothing_shows() -> None:
    shipped = {path.stem for path in paths.resource("icons").glob("*.svg")}
    source = "".join(path.read_text() for path in (CHECKOUT / "saegui" / "ui").rglob("*.py"))
    assert [
        name for name in sorted(shipped) if f'"{name}"' not in source and f"{name}.svg" not in source
    ] == []
