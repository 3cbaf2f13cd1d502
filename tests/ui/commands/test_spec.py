"""Actions as data."""

from __future__ import annotations

import pytest

from saegui.core.errors import SaeguiError
from saegui.ui.commands import MENUS, ActionSpec


def test_an_action_for_a_menu_that_does_not_exist_is_refused() -> None:
    with pytest.raises(ValueError, match="'Tools'; the menus are File, Edit") as refused:
        ActionSpec("copy", "Tools", "Copy", "Copy something")
    assert not isinstance(refused.value, SaeguiError), "a mistake of whoever wrote it, not of whoever uses it"
    assert MENUS[0] in str(refused.value)


def test_actions_of_a_group_have_a_check_mark() -> None:
    assert ActionSpec("sort-index", "View", "Sort by index", "In order", group="sort").checkable
    assert not ActionSpec("copy", "Edit", "Copy", "Copy something").checkable
