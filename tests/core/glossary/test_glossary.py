"""The glossary says everything once, and as the rest of the program does."""

from __future__ import annotations

import re

import pytest

from saegui.core.analysis.metrics import HELP
from saegui.core.config.schema import RunConfig
from saegui.core.data.noun import IMAGE
from saegui.core.errors import GlossaryError
from saegui.core.families.registry import FAMILIES
from saegui.core.figures import KINDS
from saegui.core.glossary import OF_METRIC, OF_PARAMETER, TERMS, found, term
from saegui.core.glossary.sources import SOURCES
from tests.test_vocabulary import ENTRIES


def plain(text: str) -> str:
    """As it is read with images, without marks and line ends."""
    return " ".join(IMAGE.instead_of_input(text).replace("*", "").split())


@pytest.mark.parametrize("name", TERMS)
def test_a_term_has_two_sentences_a_formula_a_source_and_a_figure_that_exists(name: str) -> None:
    entry = TERMS[name]
    sentences = re.findall(r"[.](?:\s|$)", entry.text)
    assert len(sentences) == 2, entry.text
    assert entry.figure in KINDS and entry.formula and entry.source
    assert entry.method is None or entry.figure == "latent-map"
    assert "{" not in entry.formula.replace("#{", "")


@pytest.mark.parametrize("name", [name for name in TERMS if name in ENTRIES and name != "reconstruction"])
def test_a_word_of_the_vocabulary_is_explained_as_there(name: str) -> None:
    said, *formula = ENTRIES[name].split("\n\n")
    said = re.sub(r"The learning rate is .*", "", said)
    assert plain(TERMS[name].text) == plain(said)
    if formula:
        assert plain(TERMS[name].formula) == plain(formula[0])


def test_every_kind_has_an_entry_that_says_where_it_comes_from() -> None:
    assert {family.title for family in FAMILIES.values()} <= TERMS.keys()
    assert all(TERMS[family.title].source for family in FAMILIES.values())


def test_every_source_can_be_looked_up() -> None:
    cited = [entry.cited for entry in TERMS.values()]
    assert all(re.search(r"[A-Z]\. [A-Zv].*: .*\b(1[89]|20)\d\d\b", each) for each in cited), cited
    assert TERMS["AuxK"].cited.endswith("arXiv:2406.04093, 2024 (App. A.2)")
    assert TERMS["resampling"].cited.startswith("after T. Bricken")
    assert TERMS["JumpReLU"].cited != TERMS["Gated"].cited
    # None is kept that no term has.
    assert all(any(name in entry.source for entry in TERMS.values()) for name in SOURCES)


def test_every_way_to_a_term_leads_to_one() -> None:
    words = [word for entry in TERMS.values() for word in entry.words]
    assert len(set(words)) == len(words)
    assert OF_PARAMETER.keys() <= RunConfig.model_fields.keys()
    assert OF_METRIC.keys() <= HELP.keys()
    assert {*OF_PARAMETER.values(), *OF_METRIC.values()} <= TERMS.keys()


def test_terms_are_found_by_parts_of_their_names_and_explanations() -> None:
    assert found("") == list(TERMS.values())
    assert found(" l0 ")[0].name == "L0"
    assert found("ablat")[0].name == "steering"
    assert [entry.name for entry in found("direction")] == ["cosine", "PCA"]
    assert found("zebra") == []
    assert term("fraction of variance unexplained") is TERMS["FVU"]
    with pytest.raises(GlossaryError, match="no 'zebra'; choose one of SAE"):
        term("zebra")
