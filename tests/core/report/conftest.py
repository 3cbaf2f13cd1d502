"""The small model of the figures' tests, with labels that try to be more than text."""

from __future__ import annotations

from dataclasses import replace

import pytest

from saegui.core.figures import Subject
from saegui.core.runs.latent_notes import Note
from tests.core.figures.conftest import (  # noqa: F401 - fixtures
    LATENT,
    history,
    snapshot,
    some_digits,
)
from tests.core.figures.conftest import subject as whole_subject  # noqa: F401

HOSTILE = "</script><script>window.broken = 1</script><!-- ${title} $x & \u2028"


@pytest.fixture(scope="session")
def subject(whole_subject: Subject) -> Subject:  # noqa: F811 - a fixture's name
    """With hostile names."""
    dataset = whole_subject.dataset
    assert dataset is not None
    classes = (f"<img src=x onerror='window.broken=2'>{HOSTILE}", *dataset.classes[1:])
    return replace(
        whole_subject,
        title=HOSTILE,
        dataset=replace(dataset, classes=classes, title=HOSTILE),
        notes={LATENT: Note(starred=True, label=HOSTILE[:60])},
    )
