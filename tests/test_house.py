"""The house's rules that no linter checks: how large an input is stands with its data set, and files stay small."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.house import CHECKOUT

PROGRAM = CHECKOUT / "saegui"
OWNERS = ("core/strokes/", "core/data/sources/mnist_family.py")
"""The pen-stroke recipe and MNIST's source know that a digit has 28×28 pixels; everything else asks the data set."""
MOST_LINES = 425


def files() -> Iterator[tuple[str, Path]]:
    """(path within the program, path) of every module."""
    for path in sorted(PROGRAM.rglob("*.py")):
        yield str(path.relative_to(PROGRAM)), path


@pytest.fixture(scope="module")
def trees() -> dict[str, ast.Module]:
    """Every module, parsed, by its path within the program."""
    return {name: ast.parse(path.read_text()) for name, path in files()}


def sizes_of_a_digit(tree: ast.Module) -> Iterator[int]:
    """Lines with 784, a shape of 28s, or a text that names either."""
    docstrings = {
        id(node.value)
        for node in ast.walk(tree)
        if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant)
    }
    for node in ast.walk(tree):
        if isinstance(node, ast.Constant) and id(node) not in docstrings:
            if node.value == 784 or (
                isinstance(node.value, str) and ("28×28" in node.value or "28, 28" in node.value)
            ):
                yield node.lineno
        elif isinstance(node, ast.Tuple | ast.List):
            values = [element.value for element in node.elts if isinstance(element, ast.Constant)]
            if values.count(28) > 1:
                yield node.lineno


def test_only_the_strokes_and_mnist_know_how_large_a_digit_is(trees: dict[str, ast.Module]) -> None:
    found = {
        f"{name}:{line}"
        for name, tree in trees.items()
        if not name.startswith(OWNERS)
        for line in sizes_of_a_digit(tree)
    }
    assert found == set(), "take the shape from the data set, the snapshot or core.strokes"


def test_the_owners_say_it_once(trees: dict[str, ast.Module]) -> None:
    found = [name for name, tree in trees.items() for line in sizes_of_a_digit(tree)]
    assert set(found) == {"core/data/sources/mnist_family.py"}, "the strokes' size is one number, IMAGE_SIDE"


def test_no_file_is_too_long_to_be_read_in_one_go() -> None:
    long = {
        name: count for name, path in files() if (count := len(path.read_text().splitlines())) > MOST_LINES
    }
    assert long == {}, "cut the file where two ideas meet"


OWNING = {"nextInFocusChain", "previousInFocusChain", "focusProxy", "buddy", "topLevelWidget"}
"""To PySide what these return belongs to the widget they are asked of from then on, though it is no part of it: when that widget is
deleted, every part of the window that Qt made itself loses its Python object, and filters and signals meet another one."""


def test_no_widget_is_given_to_one_that_it_is_no_part_of(trees: dict[str, ast.Module]) -> None:
    found = {
        f"{name}:{node.lineno}"
        for name, tree in trees.items()
        for node in ast.walk(tree)
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr in OWNING
    }
    assert found == set(), "look among findChildren, or use window()"


CALENDAR = {
    "time.time",
    "datetime.now",
    "datetime.today",
    "datetime.utcnow",
    "date.today",
    "QDateTime",
    "QTime",
}
CALENDAR_KNOWN = {
    "core/files/leftovers.py": "how old is what another machine left on a shared disk",
    "core/runs/folders.py": "the name of a run's folder",
    "core/runs/writer.py": "when a training began",
    "core/training/kernels/compiled.py": "when compiled kernels were used last",
    "core/training/sweep.py": "when several trainings began together",
    "ui/widgets/run_rows.py": "whether a run is of today",
}


def test_what_takes_time_is_measured_with_clocks_that_are_never_set_back(
    trees: dict[str, ast.Module],
) -> None:
    found = {
        name
        for name, tree in trees.items()
        for node in ast.walk(tree)
        if isinstance(node, ast.Call) and ast.unparse(node.func).split(".currentDateTime")[0] in CALENDAR
    }
    assert found <= CALENDAR_KNOWN.keys(), "use time.monotonic, time.perf_counter or QElapsedTimer"


def fixtures(path: Path) -> Iterator[str]:
    """Names of the fixtures that a file of the tests defines."""
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.FunctionDef) and any(
            "fixture" in ast.unparse(by) for by in node.decorator_list
        ):
            yield node.name


def test_no_fixture_takes_the_name_of_one_for_all_tests() -> None:
    # What all tests share is made once, of what has that name where it is asked for first: another would be in it for all.
    shared = CHECKOUT / "tests" / "conftest.py"
    names = set(fixtures(shared))
    again = {
        f"{path.relative_to(CHECKOUT)}: {name}"
        for path in (CHECKOUT / "tests").rglob("*.py")
        if path != shared
        for name in fixtures(path)
        if name in names
    }
    assert again == set()
