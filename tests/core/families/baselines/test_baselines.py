"""Baselines: every file is listed once, says what tables need, and fits together with its parameters."""

from __future__ import annotations

from pathlib import Path

import pytest

from saegui.core.config.conflicts import conflicts
from saegui.core.config.kinds import with_kind
from saegui.core.config.schema import RunConfig, make, parameter, relevant
from saegui.core.errors import ConfigError
from saegui.core.families import baselines
from saegui.core.families.registry import BASELINES, IN_BATCHES, using
from saegui.core.training.fits.registry import FITS
from saegui.core.training.out_of_reach import out_of_reach

SHARED = {"__init__", "baseline", "pursuit", "least_squares"}
KINDS = pytest.mark.parametrize("kind", BASELINES)


def config(kind: str, **values: object) -> RunConfig:
    return make(with_kind({"arch": kind, **values}))


def test_no_file_is_left_out() -> None:
    files = {file.stem for file in Path(baselines.__path__[0]).glob("*.py")} - SHARED
    assert files == set(BASELINES) == set(FITS)
    for name, family in BASELINES.items():
        assert type(family).__module__ == f"{baselines.__name__}.{name}"


@KINDS
def test_a_baseline_says_what_tables_and_forms_need(kind: str) -> None:
    family, values = BASELINES[kind], config(kind).model_dump()
    assert family.title and family.source.endswith("scikit-learn") and family.code
    assert "{" not in family.call(values) and "(n_c" in family.call(values)
    for name in family.parameters:
        assert kind in using(name) == parameter(name).when["arch"]
    assert config(kind).describe().startswith(family.title)
    assert config(kind, n_nonzero_coefs=3).describe().endswith("OMP 3")
    assert "OMP" not in config("pca").describe()
    # What gradients need has no effect.
    assert not {"lr", "revival", "pre_bias", "init", "dead_after"} & set(relevant(values))
    assert ("batch_size" in relevant(values)) == (kind in IN_BATCHES)
    assert out_of_reach(config(kind), 10, lambda found: found.title) == []


@KINDS
def test_activations_have_the_sign_that_is_said(kind: str) -> None:
    assert config(kind, n_nonzero_coefs=2).signed_codes
    assert config(kind, n_nonzero_coefs=2).target_l0 == 2
    if kind != "dictionary":
        assert config(kind).signed_codes is (kind in ("pca", "ica"))
    assert not RunConfig().signed_codes


def test_what_cannot_be_fitted_is_said() -> None:
    with pytest.raises(ConfigError, match="no codes of its own: set n_nonzero_coefs to 1"):
        config("dictionary", n_nonzero_coefs=0)
    with pytest.raises(ConfigError, match="n_nonzero_coefs is 65 but there are only 64"):
        config("pca", n_nonzero_coefs=65)
    for kind in ("nmf", "minibatch_nmf"):
        with pytest.raises(ConfigError, match="nowhere negative: choose raw input"):
            config(kind, input="centred")
    assert conflicts(config("kmeans", input="centred").model_dump()) == {}
