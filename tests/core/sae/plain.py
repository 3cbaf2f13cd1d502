"""The families once more, in plain numpy and double precision, written from the papers and not from the program.

Every function takes weights by name, images ``x (batch, d_in)``, the configuration and k. ``frozen`` are the weights that
no gradient flows through, where a paper stops it; they have the same values.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from itertools import product

import numpy as np
from numpy.typing import NDArray

from saegui.core.config import RunConfig

Array = NDArray[np.float64]
Weights = Mapping[str, Array]


def relu(values: Array) -> Array:
    return np.where(values > 0, values, 0.0)


def sigmoid(values: Array) -> Array:
    return 1 / (1 + np.exp(-values))


def k_largest(values: Array, k: int) -> Array:
    kept = np.zeros_like(values)
    for row, new in zip(values, kept, strict=True):
        for j in sorted(range(len(row)), key=lambda j: -row[j])[:k]:
            new[j] = row[j]
    return kept


def encode(W: Weights, x: Array, c: RunConfig, k: int) -> tuple[Array, Array]:
    """Pre-activations and code."""
    first = (x - W["b_dec"] if c.pre_bias else x) @ W["W_enc"] + W["b_enc"]
    pre = first
    if c.arch in ("topk", "multi_topk", "batch_topk", "matryoshka"):
        for _ in range(c.refinements):
            z = k_largest(relu(pre), k)
            pre = first + z - z @ W["W_dec"] @ W["W_enc"]
    if c.arch in ("topk", "multi_topk"):
        return pre, k_largest(relu(pre), k)
    if c.arch in ("batch_topk", "matryoshka"):
        return pre, k_largest(relu(pre).reshape(1, -1), len(x) * k).reshape(pre.shape)
    if c.arch == "jumprelu":
        return pre, pre * (pre > np.exp(W["log_threshold"]))
    if c.arch == "gated":
        magnitude = relu((pre - W["b_enc"]) * np.exp(W["r_mag"]) + W["b_mag"])
        return pre, np.where(pre > 0, magnitude, 0)
    if c.arch == "kl" and c.code == "sigmoid":
        return pre, sigmoid(pre)
    return pre, relu(pre)


def decode(W: Weights, z: Array, c: RunConfig) -> Array:
    x_hat = z @ W["W_dec"] + W["b_dec"]
    return sigmoid(x_hat) if c.arch == "kl" and c.output == "sigmoid" else x_hat


def losses(
    W: Weights, x: Array, c: RunConfig, k: int, dead: NDArray[np.bool_] | None, frozen: Weights
) -> dict[str, float]:
    """Each named loss of a batch."""
    pre, z = encode(W, x, c, k)
    found = {"mse": np.mean((x - decode(W, z, c)) ** 2)}
    lengths = np.sqrt((W["W_dec"] ** 2).sum(1))
    if c.arch == "multi_topk":
        found["multi"] = np.mean((x - decode(W, k_largest(relu(pre), 4 * k), c)) ** 2) / 8
    elif c.arch == "matryoshka":
        F = z.shape[1]
        sizes = {max(1, F // 2**level) for level in range(1, 5)} - {F}
        found["nested"] = sum(
            np.mean((x - z[:, :m] @ W["W_dec"][:m] - W["b_dec"]) ** 2) for m in sorted(sizes)
        )
    elif c.arch == "relu_l1":
        found["l1"] = c.l1 * np.mean((z * lengths).sum(1))
    elif c.arch == "kl":
        mean = np.clip(z.mean(0), 1e-6, 1 - 1e-6)
        each = c.rho * np.log(c.rho / mean) + (1 - c.rho) * np.log((1 - c.rho) / (1 - mean))
        found["kl"] = c.kl_weight * each.sum()
    elif c.arch == "jumprelu":
        found["l0"] = c.l0_weight * np.mean((pre > np.exp(W["log_threshold"])).sum(1))
    elif c.arch == "gated":
        fixed = frozen["W_dec"]
        found["l1"] = c.l1 * np.mean((relu(pre) * np.sqrt((fixed**2).sum(1))).sum(1))
        found["gate"] = np.mean((x - relu(pre) @ fixed - frozen["b_dec"]) ** 2)
    if dead is not None:
        found["auxk"] = auxk(pre, W["W_dec"], x - decode(frozen, encode(frozen, x, c, k)[1], c), dead)
    return {name: float(value) for name, value in found.items()}


def auxk(pre: Array, W_dec: Array, error: Array, dead: NDArray[np.bool_]) -> float:
    """1/32 of what the dead leave of the error, as a share of its variance."""
    count = min(error.shape[1] // 2, int(dead.sum()))
    variance = ((error - error.mean(0)) ** 2).sum()
    if not count or not variance:
        return 0.0
    z = relu(k_largest(np.where(dead, pre, -np.inf), count))
    return float(((error - z @ W_dec) ** 2).sum() / variance / 32)


def gradients(W: Weights, x: Array, c: RunConfig, k: int, dead: NDArray[np.bool_] | None) -> dict[str, Array]:
    """Of the sum of all losses: central differences, and for the thresholds of JumpReLU the paper's estimator."""

    def total(changed: Weights) -> float:
        return sum(losses(changed, x, c, k, dead, W).values())

    found = {name: _differences(total, W, name) for name in W if name not in ("threshold", "log_threshold")}
    if "log_threshold" in W:
        theta, pre = np.exp(W["log_threshold"]), encode(W, x, c, k)[0]
        kernel = (np.abs(pre - theta) < c.bandwidth / 2) / c.bandwidth
        error = x - decode(W, encode(W, x, c, k)[1], c)
        by_z = -2 / error.size * error @ W["W_dec"].T
        by_theta = (by_z * -theta * kernel).sum(0) - c.l0_weight * kernel.sum(0) / len(x)
        found["log_threshold"] = by_theta * theta
    return found


def _differences(total: Callable[[Weights], float], W: Weights, name: str) -> Array:
    step, found = 1e-6, np.zeros_like(W[name])
    for place in product(*(range(n) for n in W[name].shape)):
        sides = []
        for sign in (1, -1):
            changed = W[name].copy()
            changed[place] += sign * step
            sides.append(total({**W, name: changed}))
        found[place] = (sides[0] - sides[1]) / (2 * step)
    return found
