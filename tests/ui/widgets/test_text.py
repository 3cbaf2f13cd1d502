"""Numbers and names as every panel writes them."""

from __future__ import annotations

import pytest

from saegui.ui.widgets.text import without_common_start


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
