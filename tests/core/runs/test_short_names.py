"""What is left of names where there is little room."""

from __future__ import annotations

import pytest

from saegui.core.runs.short_names import distinguishing_names


@pytest.mark.parametrize(
    ("names", "expected"),
    [
        (["TopK · 64 latents · k 5", "TopK · 64 latents · k 10"], ["… k 5", "… k 10"]),
        (["A · k 5 · seed 0", "A · k 5 · seed 1", "mine"], ["… seed 0", "… seed 1", "mine"]),
        (["A · k 5", "A · k 5 (2)", "A · k 5"], ["… k 5", "… k 5 (2)", "… k 5"]),
        (["A · k 5", "A · k 5"], ["A · k 5", "A · k 5"]),
        (["A · k 5"], ["A · k 5"]),
        ([], []),
    ],
)
def test_what_all_have_in_common_is_left_out(names: list[str], expected: list[str]) -> None:
    assert distinguishing_names(names) == expected
