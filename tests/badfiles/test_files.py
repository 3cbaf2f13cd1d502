"""Damaged files of every kind that is read: each is refused in one sentence, and nothing is lost or left behind."""

from __future__ import annotations

import re
import shutil
import tracemalloc
from pathlib import Path

import pytest

from saegui.core.errors import SaeguiError
from tests.badfiles import data_kinds, kinds, model_kinds
from tests.badfiles.damage import Damage, listing
from tests.badfiles.kinds import Kind

KINDS = (*kinds.KINDS, *data_kinds.KINDS, *model_kinds.KINDS)

REMEDY = re.compile(
    r"\b(add|bring|check|choose|convert|copy|delete|export|fetch|give|lost|remove|replace|restore|resumed|save|scale|train|trained|update)\b",
    re.IGNORECASE,
)
INSIDES = re.compile(r"Traceback|<class|NoneType|object at 0x|allow_pickle|Errno|errno|\n")
"""What a user cannot do anything with."""
MOST_MEMORY = 64 << 20
"""Bytes; no damaged file here has more than a few thousand."""


@pytest.fixture(scope="session")
def good(_small_run: Path, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """For each kind a folder with good files; nobody writes to them."""
    made = {}
    for kind in KINDS:
        folder = made[kind.name] = tmp_path_factory.mktemp("good")
        kind.make(folder, _small_run)
    return made


def test_there_are_hundreds_of_damaged_files() -> None:
    names = [f"{kind.name}: {damage.name}" for kind in KINDS for damage in kind.cases()]
    assert len(names) == len(set(names)) >= 700


# Of the faces only damaged files can be made without the photographs.
@pytest.mark.parametrize(
    "kind", [kind for kind in KINDS if kind.name != "Olivetti faces"], ids=lambda kind: kind.name
)
def test_the_files_that_are_damaged_were_good(kind: Kind, good: dict[str, Path]) -> None:
    assert kind.read(good[kind.name] / kind.file) is not None


@pytest.mark.timeout(60)
@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.name)
def test_a_damaged_file_is_refused_in_one_sentence(
    kind: Kind, good: dict[str, Path], tmp_path: Path, digits_cached: None
) -> None:
    found = {
        damage.name: fault
        for place, damage in enumerate(kind.cases())
        if (fault := fault_of(kind, damage, shutil.copytree(good[kind.name], tmp_path / str(place))))
    }
    assert found == {}


def fault_of(kind: Kind, damage: Damage, folder: Path) -> str:
    """What is wrong with how the damaged file in ``folder`` is refused; empty where nothing is."""
    path = folder / kind.file
    damage.apply(path)
    before = listing(folder)
    if damage.huge:
        tracemalloc.start()
    try:
        kind.read(path)
    except SaeguiError as error:
        fault = fault_in(str(error), folder, kind)
    except Exception as error:  # noqa: BLE001 - whatever it is, a user would see a traceback
        fault = f"raised {error!r}"
    else:
        fault = "" if damage.may_mean_something else "it was read as if it were good"
    if damage.huge:
        peak = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
        fault = fault or (f"it took {peak:,} bytes of memory" if peak > MOST_MEMORY else "")
    return fault or ("" if listing(folder) == before else "files have changed")


def fault_in(sentence: str, folder: Path, kind: Kind) -> str:
    """What is wrong with a sentence to a user."""
    if str(folder) not in sentence and Path(kind.file).name not in sentence:
        return f"no name: {sentence}"
    if kind.says_what_to_do and not REMEDY.search(sentence):
        return f"no remedy: {sentence}"
    if INSIDES.search(sentence) or not sentence.endswith(".") or len(sentence) > 700:
        return f"no plain sentence: {sentence}"
    return ""
