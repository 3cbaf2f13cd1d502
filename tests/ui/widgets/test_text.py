"""Numbers and names as every panel writes them."""

from __future__ import annotations

import pytest
from PySide6.QtWidgets import QLabel
from pytestqt.qtbot import QtBot

from saegui.core.numbers import hundredths
from saegui.ui.widgets.text import narrowest, number, without_common_start


@pytest.mark.parametrize(
    ("names", "short"),
    [
        (("class 1", "class 12"), ("1", "12")),
        (tuple("0123456789"), tuple("0123456789")),
        (("ankle boot", "ankle sock", "bag"), ("ankle boot", "ankle sock", "bag")),
        (("a b c", "a b d"), ("c", "d")),
        (("a", "a b"), ("a", "a b")),
        (("class 1",), ("class 1",)),
        (("", ""), ("", "")),
        ((), ()),
    ],
)
def test_words_that_all_names_begin_with_are_left_out(names: tuple[str, ...], short: tuple[str, ...]) -> None:
    assert without_common_start(names) == short


@pytest.mark.parametrize(
    ("value", "three_digits", "two_places"),
    [
        (3.214, "3.21", "3.21"),
        (-3.214, "−3.21", "−3.21"),
        (-0.0142, "−0.0142", "−0.01"),
        (-1230, "−1,230", "−1230.00"),
        (-0.00012, "−1.2e-4", "−0.00"),
        (0, "0", "0.00"),
    ],
)
def test_numbers_below_zero_have_the_sign_of_mathematics(
    value: float, three_digits: str, two_places: str
) -> None:
    assert (number(value), hundredths(value)) == (three_digits, two_places)


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (9.994, "9.99"),
        (9.996, "10.0"),
        (10, "10.0"),
        (99.96, "100"),
        (999.6, "1,000"),
        (0.9996, "1.00"),
        (0.00096, "0.000960"),
    ],
)
def test_numbers_that_are_rounded_up_have_three_digits_too(value: float, text: str) -> None:
    assert number(value) == text


def test_lines_of_a_sentence_are_about_equally_long(qtbot: QtBot) -> None:
    label = QLabel()
    qtbot.addWidget(label)
    label.setWordWrap(True)
    metrics = label.fontMetrics()
    for sentence in ("Examples appear when the training pauses.", "Digits", "one two", ""):
        label.setText(sentence)
        whole = metrics.horizontalAdvance(sentence)
        for room in range(60, 400, 10):
            width = narrowest(label, room)
            assert width <= room and label.heightForWidth(width) == label.heightForWidth(room), (
                sentence,
                room,
            )
            longest = max(map(metrics.horizontalAdvance, sentence.split()), default=0)
            assert width >= min(room, longest)
            if sentence.startswith("Examples") and whole / 2 + longest < room < whole:
                # Two lines, of which neither is a single word.
                assert whole / 2 <= width <= whole / 2 + longest, room
