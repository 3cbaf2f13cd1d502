"""The experiments of the notebook as lessons."""

from __future__ import annotations

import pytest

from saegui.core.config.lessons import LESSONS, SMALL, SMALL_BATCH, lesson
from saegui.core.config.presets import PRESETS
from saegui.core.config.schema import SHARED
from saegui.core.errors import ConfigError


def test_lessons_are_the_four_experiments_of_the_notebook() -> None:
    parts = {name: [preset for _, preset in each.parts] for name, each in LESSONS.items()}
    assert parts == {
        "sparsity": ["seed-k10", "seed-k64"],
        "size": ["seed-k10", "seed-small", "seed-tiny"],
        "penalty": ["seed-k10", "tutorial-kl"],
        "dead": ["seed-k10", "modern"],
    }
    k10, k64 = (PRESETS[name].config for name in parts["sparsity"])
    assert (k10.k, k64.k) == (10, 64)
    assert [PRESETS[name].config.n_latents for name in parts["size"]] == [64, 32, 15]


@pytest.mark.parametrize("each", LESSONS.values(), ids=lambda each: each.name)
def test_the_runs_of_a_lesson_can_share_their_batches_and_have_folders_of_their_own(each) -> None:  # type: ignore[no-untyped-def]
    for inputs, batch in ((SMALL - 1, SMALL_BATCH), (SMALL, 256)):
        found = each.variants("digits", inputs)
        assert [variant.folder for variant in found] == each.folders
        assert len(set(each.folders)) == len({variant.name for variant in found}) == len(each.parts)
        for variant in found:
            assert variant.config.dataset == "digits" and variant.config.batch_size == batch
            assert {getattr(variant.config, name) for name in SHARED} == {
                getattr(found[0].config, name) for name in SHARED
            }
    assert each.about.count(".") + each.about.count("?") == 1 and 150 < len(each.look) < 500


def test_an_unknown_lesson_is_answered_with_those_there_are() -> None:
    with pytest.raises(ConfigError, match="no lesson 'zebra'; choose one of sparsity, size, penalty, dead"):
        lesson("zebra")
