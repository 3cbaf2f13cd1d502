"""Packages that only some data sets need: whether they are installed, and the sentence where they are not."""

from __future__ import annotations

from importlib.util import find_spec
from pathlib import Path

from saegui.core.errors import DataError


def installed(*packages: str) -> bool:
    """Whether all ``packages``, by the names that import them, are there; none of them is imported."""
    return all(find_spec(package) is not None for package in packages)


def require(extra: str, title: str, *packages: str) -> None:
    """What needs ``packages``, of the optional dependency ``extra``, calls this before it imports them.

    Raises:
        DataError: one is missing; says what needs it and how to install it.
    """
    for package in packages:
        if not installed(package):
            raise DataError(
                f"{title} needs the package {package.replace('_', '-')}, which is not installed; "
                f'install it with: pip install "saegui[{extra}]"'
            )


def folder_of(package: str) -> Path:
    """The folder of an installed package, which is not imported for that."""
    found = find_spec(package)
    assert found is not None and found.submodule_search_locations
    return Path(found.submodule_search_locations[0])
