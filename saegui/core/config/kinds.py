"""What a kind brings when it is chosen: the values that suit it, where the user gave no others."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from saegui.core.config.schema import RunConfig
from saegui.core.families.registry import KINDS

DEFAULTS = RunConfig()


def with_kind(given: Mapping[str, Any], base: Mapping[str, Any] | None = None) -> dict[str, Any]:
    """All values of a training for which the user chose those of ``given``, and the preset ``base`` or none.

    A kind that is not the preset's brings what suits it (:attr:`~saegui.core.families.family.Family.suited`), and so
    does every kind where no preset was chosen. What is in ``given`` always stays. Valid or not: nothing is checked.
    """
    before = DEFAULTS.model_dump() if base is None else dict(base)
    kind = given.get("arch")
    brought: dict[str, Any] = {}
    if kind in KINDS and (base is None or kind != before["arch"]):
        brought = dict(KINDS[kind].suited)
    return {**before, **brought, **given}


def brought(given: Mapping[str, Any], base: Mapping[str, Any] | None = None) -> dict[str, Any]:
    """The values that differ from the preset's, or from the defaults, and that the user did not give."""
    before = DEFAULTS.model_dump() if base is None else base
    return {
        name: value
        for name, value in with_kind(given, base).items()
        if name not in given and value != before[name]
    }
