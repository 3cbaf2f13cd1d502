"""What is saved of a layout, and what of it is refused."""

from __future__ import annotations

import hashlib
import json

import pytest
from PySide6.QtCore import QRect

from saegui.ui.window.saved_layout import LIMIT, LayoutRefusedError, SavedLayout

SCREEN = QRect(0, 0, 1440, 900)
LAYOUT = SavedLayout(
    {"draw": True, "runs": False, "train": (100, 50, 300, 400)},
    (1280.0, 290.0, 349.5),
    b"\0geometry",
    b"docks",
)


def signed(content: object) -> bytes:
    text = json.dumps(content).encode()
    return hashlib.sha256(text).hexdigest().encode() + b" " + text


def test_what_was_saved_is_read_again() -> None:
    assert SavedLayout.decode(LAYOUT.encode()) == LAYOUT
    LAYOUT.check_screens([SCREEN])


def test_one_changed_byte_anywhere_is_damage() -> None:
    saved = LAYOUT.encode()
    for place in range(len(saved)):
        with pytest.raises(LayoutRefusedError, match="is damaged"):
            SavedLayout.decode(saved[:place] + bytes([saved[place] ^ 1]) + saved[place + 1 :])
    with pytest.raises(LayoutRefusedError, match="is damaged"):
        SavedLayout.decode(saved[:-1])


def test_what_is_too_large_is_neither_saved_nor_read() -> None:
    grown = SavedLayout(LAYOUT.panels, LAYOUT.columns, LAYOUT.geometry, b"x" * LIMIT)
    with pytest.raises(LayoutRefusedError, match=r"too large: 11,\d{3} bytes, of at most 8,192"):
        grown.encode()
    with pytest.raises(LayoutRefusedError, match="too large"):
        SavedLayout.decode(b"x" * (LIMIT + 1))


@pytest.mark.parametrize(
    "changes",
    [
        {"columns": [1e400, 0, 0]},
        {"columns": [1, 2]},
        {"columns": None},
        {"panels": {"draw": "left"}},
        {"panels": {"draw": [1, 2, 3]}},
        {"panels": {"draw": [0, 0, 10**9, 5]}},
        {"panels": []},
        {"docks": "not base64"},
    ],
)
def test_what_no_layout_can_have_is_damage(changes: dict[str, object]) -> None:
    content = json.loads(LAYOUT.encode().partition(b" ")[2])
    with pytest.raises(LayoutRefusedError, match="is damaged"):
        SavedLayout.decode(signed({**content, **changes}))
    with pytest.raises(LayoutRefusedError, match="is damaged"):
        SavedLayout.decode(signed([content]))


def test_a_layout_of_another_version_is_refused() -> None:
    content = json.loads(LAYOUT.encode().partition(b" ")[2])
    with pytest.raises(LayoutRefusedError, match="another version"):
        SavedLayout.decode(signed({**content, "version": 99}))


@pytest.mark.parametrize(
    "box", [(1430, 50, 300, 400), (100, -20, 300, 400), (100, 900, 300, 400), (0, 0, 5, 400)]
)
def test_a_panel_whose_title_is_on_no_screen_is_refused(box: tuple[int, int, int, int]) -> None:
    layout = SavedLayout({"train": box}, LAYOUT.columns, b"", b"")
    with pytest.raises(LayoutRefusedError, match="has the panel 'train' outside the screen"):
        layout.check_screens([SCREEN])
