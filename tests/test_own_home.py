"""Tests touch nothing of the user's own, not even while their modules are imported."""

from __future__ import annotations

import os
from pathlib import Path

import platformdirs

from saegui.core.files.paths import HOME_VARIABLE

WHILE_IMPORTED = os.environ.get(HOME_VARIABLE)


def test_modules_of_tests_are_imported_with_a_home_of_their_own() -> None:
    assert WHILE_IMPORTED
    assert Path(WHILE_IMPORTED) != Path(platformdirs.user_data_dir("saegui", appauthor=False))
