"""What a map says of its axes."""

from __future__ import annotations

from saegui.ui.panels.map.cloud import component_axes


def test_shares_of_both_components_have_as_many_digits() -> None:
    across, up = component_axes((0.0803, 0.0504))
    assert across.words == "first component, 8.0 % of the variance" and up.words == "second component, 5.0 %"
    across, up = component_axes((0.523, 0.0004))
    assert across.words == "first component, 52.3 % of the variance" and up.words == "second component, 0.0 %"
