"""One idea has one word: docs/vocabulary.md says which, and nothing that people read uses another."""

from __future__ import annotations

import ast
import re
from functools import cache

import pytest

from tools.readme_tables import CHECKOUT

PAGE = CHECKOUT / "docs" / "vocabulary.md"
ENTRIES = dict(re.findall(r"^## (.+?)\n\n(.+?)(?=\n## |\Z)", PAGE.read_text(), re.MULTILINE | re.DOTALL))
INSTEAD = {
    r"\banew\b": "again",
    r"\b(go|goes|going|gone) on with\b|\bcannot go on\b": "resume",
    r"\bgoes on from\b": "continue",
    r"\b(stand|stands|stood) still\b": "pause",
    r"\bsilent\b": "inactive",
    r"\b(fire|fires|fired|firing)\b": "active",
    r"\bneurons?\b": "latent",
    r"\bhidden units?\b": "latent",
    r"\b(lay|lays|laid|lie|lies|lying)\b[^.]{0,40}\bunder\b": "compare",
    r"\bunder the curves\b": "compare",
    r"\btakes? no part\b": "has no effect",
    r"\b(is|was|are|were) told\b": "is reported",
    r"\bleaves? over\b": "the error",
    r"\blatents?\b( that)? (is|are) (on|off)\b": "active",
    r"\bon which (it|the latent|a latent|this latent) is on\b": "active",
}
"""What is not written, and the word for it."""


IN_DOCSTRINGS = {
    r"\banew\b": "again",
    r"\b(go|goes|going|gone) on with\b": "resume",
    r"\b(stand|stands|stood) still\b": "pause",
    r"\bsilent\b": "inactive",
    r"\b(fire|fires|fired|firing)\b": "active",
    r"(?<!\")\bneurons?\b": "latent",
    r"\bearlier runs?\b": "overlay",
    r"\b(is|was|are|were) told\b": "is reported",
    r"\blatents?\b( that)? (is|are) (on|off)\b": "active",
}
"""The same for those who read the code."""


@cache
def strings() -> list[tuple[str, str]]:
    """(where, text) of all that people may read: texts in the program that are no docstrings, and the pages."""
    # Read by the first test that asks: the module is imported by every process that runs tests.
    found = []
    for path in sorted((CHECKOUT / "saegui").rglob("*.py")):
        tree = ast.parse(path.read_text())
        documentation = {
            id(statement.value)
            for node in ast.walk(tree)
            if isinstance(body := getattr(node, "body", None), list)
            for statement in body
            if isinstance(statement, ast.Expr)
        }
        for node in ast.walk(tree):
            if (
                isinstance(node, ast.Constant)
                and isinstance(node.value, str)
                and id(node) not in documentation
            ):
                found.append((f"{path.relative_to(CHECKOUT)}:{node.lineno}", node.value))
    for path in [*CHECKOUT.glob("*.md"), *(CHECKOUT / "docs").glob("*.md")]:
        for number, line in enumerate(path.read_text().splitlines(), 1):
            found.append((f"{path.relative_to(CHECKOUT)}:{number}", line))
    return found


@cache
def docstrings() -> list[tuple[str, str]]:
    """(where, text) of all docstrings, also those of values."""
    found = []
    for path in sorted((CHECKOUT / "saegui").rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant):
                found.append((f"{path.relative_to(CHECKOUT)}:{node.lineno}", str(node.value.value)))
    return found


def test_there_are_twenty_words_in_two_sentences_each() -> None:
    assert len(ENTRIES) == 20
    for word, text in ENTRIES.items():
        sentences = text.split("\n\n")[0]
        assert len(re.findall(r"[.](?:\s|$)", sentences)) == 2, word


@pytest.mark.parametrize("word", ENTRIES)
def test_each_word_is_used(word: str) -> None:
    pattern = re.compile(rf"\b{re.escape(word)}(s|d|es)?\b", re.IGNORECASE)
    where = [place for place, text in strings() if pattern.search(text)]
    assert [place for place in where if place.startswith("saegui/")], word
    assert [place for place in where if place.endswith(".md") or ".md:" in place], word


@pytest.mark.parametrize("pattern", INSTEAD)
def test_no_other_word_is_used(pattern: str) -> None:
    found = [f"{place}: {text[:80]}" for place, text in strings() if re.search(pattern, text, re.IGNORECASE)]
    assert found == [], f"write '{INSTEAD[pattern]}'"


@pytest.mark.parametrize("pattern", IN_DOCSTRINGS)
def test_no_docstring_uses_another_word(pattern: str) -> None:
    found = [
        f"{place}: {text[:80]}" for place, text in docstrings() if re.search(pattern, text, re.IGNORECASE)
    ]
    assert found == [], f"write '{IN_DOCSTRINGS[pattern]}'"
