"""Which values of a configuration cannot be trained together, and what to change."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from saegui.core.families.baselines.baseline import CODES
from saegui.core.families.registry import BASELINES, WITH_K, WITH_SEARCH
from saegui.core.numbers import counted_latents

MOST_REFIT = 64
"""The largest k with which codes are refitted: 10,000 images then take three seconds."""


def conflicts(values: Mapping[str, Any]) -> dict[str, str]:
    """Combinations that cannot be trained: field → one sentence. Empty when there are none."""
    found: dict[str, str] = {}
    if values["arch"] in WITH_K and values["k"] > values["n_latents"]:
        found["k"] = (
            f"k is {values['k']:,} but there are only {counted_latents(values['n_latents'])}: lower k or add latents."
        )
    if values["arch"] in WITH_K and values["refit"] and values["k"] > MOST_REFIT:
        found["k"] = (
            f"k is {values['k']:,}, but refit takes too long when k is above {MOST_REFIT}: lower k, or switch refit off."
        )
    if values["arch"] in WITH_SEARCH and values["refinements"] and values["precision"] != "float32":
        found["precision"] = (
            "Refinements need all activations, and a bfloat16 search does not compute them: choose float32, or no "
            "refinements."
        )
    if values["arch"] in BASELINES:
        found |= _of_baselines(values)
    if values["arch"] == "kl" and values["output"] == "sigmoid":
        if values["input"] != "raw":
            found["input"] = (
                "A sigmoid output gives values from 0 to 1 only: choose raw input, or a linear output."
            )
        if values["pre_bias"]:
            found["pre_bias"] = (
                "With a sigmoid output the decoder bias is no input: switch pre-bias off, or choose a linear output."
            )
        if values["revival"] == "auxk":
            found["revival"] = "AuxK needs a linear output: choose resampling, or a linear output."
    return found


def _of_baselines(values: Mapping[str, Any]) -> dict[str, str]:
    found: dict[str, str] = {}
    baseline, most = BASELINES[values["arch"]], values[CODES]
    if most > values["n_latents"]:
        found[CODES] = (
            f"{CODES} is {most:,} but there are only {counted_latents(values['n_latents'])}: lower it or add latents."
        )
    if not most and not baseline.own_codes:
        found[CODES] = f"{baseline.title} has no codes of its own: set {CODES} to 1 or more."
    if baseline.takes_no_negative and values["input"] != "raw":
        found["input"] = f"{baseline.title} needs inputs that are nowhere negative: choose raw input."
    return found
