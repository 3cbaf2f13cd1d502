"""The families as their papers write them, in numpy and double precision: forward, losses, and gradients derived by hand.

Independent of the code under test: nothing of it is imported. Notation as in :mod:`saegui.core.families.family`; ``w`` maps
the names of weights to arrays, ``c`` is anything with the attributes of a configuration.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]
Weights = dict[str, Array]


@dataclass
class Result:
    """Losses by name, code, error, and ``gradients`` of the sum of the losses by weight."""

    losses: dict[str, float]
    z: Array
    error: Array
    gradients: Weights
    total: float = field(init=False)

    def __post_init__(self) -> None:
        self.total = sum(self.losses.values())


def largest(values: Array, k: int) -> Array:
    """1 at the k largest of each row and above zero, else 0."""
    mask = np.zeros_like(values)
    for row, line in enumerate(values):
        for place in sorted(range(len(line)), key=lambda j: -line[j])[:k]:
            mask[row, place] = line[place] > 0
    return mask


def sigmoid(values: Array) -> Array:
    return 1 / (1 + np.exp(-values))


def compute(
    w: Weights, x: Array, c: Any, dead: NDArray[np.bool_] | None = None, frozen: Any = None
) -> Result:
    """``frozen``, an earlier result, gives what no gradient goes through; only for numeric differentiation.

    It is AuxK's target e and the decoder of the gate's loss: ``(error, W_dec, b_dec)``.
    """
    B, D = x.shape
    grads = {name: np.zeros_like(weight) for name, weight in w.items()}
    h = x - w["b_dec"] if c.pre_bias else x
    pre = h @ w["W_enc"] + w["b_enc"]
    losses: dict[str, float] = {}
    dpre, dz = np.zeros_like(pre), np.zeros_like(pre)

    # --- code ---
    theta = np.exp(w["log_threshold"]) if c.arch == "jumprelu" else None
    if c.arch in ("topk", "multi_topk"):
        slope = largest(pre, c.k)
        z = pre * slope
    elif c.arch in ("batch_topk", "matryoshka"):
        slope = largest(pre.reshape(1, -1), B * c.k).reshape(pre.shape)
        z = pre * slope
    elif c.arch == "relu_l1" or (c.arch == "kl" and c.code == "relu"):
        slope = (pre > 0) * 1.0
        z = pre * slope
    elif c.arch == "kl":
        z = sigmoid(pre)
        slope = z * (1 - z)
    elif c.arch == "jumprelu":
        slope = (pre > theta) * 1.0
        z = pre * slope
    else:
        assert c.arch == "gated"
        raw = h @ w["W_enc"]
        magnitude_pre = np.exp(w["r_mag"]) * raw + w["b_mag"]
        z = (pre > 0) * np.maximum(magnitude_pre, 0)

    def reconstruct(code: Array, weight: float, name: str) -> tuple[Array, Array]:
        """Add ``weight``·mean square error to the loss; returns the error and the gradient by ``code``."""
        y = code @ w["W_dec"] + w["b_dec"]
        x_hat = sigmoid(y) if c.arch == "kl" and c.output == "sigmoid" else y
        losses[name] = losses.get(name, 0.0) + weight * float(((x - x_hat) ** 2).sum()) / (B * D)
        dy = weight * 2 * (x_hat - x) / (B * D)
        if x_hat is not y:
            dy = dy * x_hat * (1 - x_hat)
        grads["W_dec"] += code.T @ dy
        grads["b_dec"] += dy.sum(0)
        return x - x_hat, dy @ w["W_dec"].T

    error, found = reconstruct(z, 1.0, "mse")
    dz += found

    # --- what comes on top ---
    lengths = np.sqrt((w["W_dec"] ** 2).sum(1))
    if c.arch == "multi_topk":
        more = largest(pre, 4 * c.k)
        _, found = reconstruct(pre * more, 1 / 8, "multi")
        dpre += found * more
    if c.arch == "matryoshka":
        losses["nested"] = 0.0
        F = z.shape[1]
        for size in sorted({max(1, F // 2**level) for level in range(1, 5)} - {F}):
            prefix = np.arange(F) < size
            _, found = reconstruct(z * prefix, 1.0, "nested")
            dz += found * prefix
    if c.arch == "relu_l1":
        losses["l1"] = c.l1 * float((z * lengths).sum()) / B
        dz += c.l1 * lengths / B
        grads["W_dec"] += (c.l1 / B * z.sum(0) / lengths)[:, None] * w["W_dec"]
    if c.arch == "kl":
        rho, mean, edge = c.rho, z.mean(0), max(0.99, (1 + c.rho) / 2)
        inside, beyond = (mean > 1e-6) & (mean < edge), mean > edge
        m = np.clip(mean, 1e-6, edge)
        slope_m = -rho / m + (1 - rho) / (1 - m)
        each = rho * np.log(rho / m) + (1 - rho) * np.log((1 - rho) / (1 - m))
        losses["kl"] = c.kl_weight * float((each + np.where(beyond, slope_m * (mean - edge), 0)).sum())
        dz += c.kl_weight * (inside | beyond) * slope_m / B
    if c.arch == "jumprelu":
        eps = c.bandwidth
        kernel = (np.abs((pre - theta) / eps) < 1 / 2) * 1.0
        losses["l0"] = c.l0_weight * float((pre > theta).sum()) / B
        dtheta = (dz * -(theta / eps) * kernel).sum(0)  # eq. 11
        dtheta += (c.l0_weight / B * -(1 / eps) * kernel).sum(0)  # eq. 12
        grads["log_threshold"] += dtheta * theta
    if c.arch == "gated":
        W, b = (w["W_dec"], w["b_dec"]) if frozen is None else frozen[1:]
        gate, on = np.maximum(pre, 0), pre > 0
        size = np.sqrt((W**2).sum(1))
        losses["l1"] = c.l1 * float((gate * size).sum()) / B
        left = gate @ W + b - x
        losses["gate"] = float((left**2).sum()) / (B * D)
        dpre += on * (c.l1 * size / B + 2 * left @ W.T / (B * D))
        dmagnitude = dz * on * (magnitude_pre > 0)
        grads["b_mag"] += dmagnitude.sum(0)
        grads["r_mag"] += (dmagnitude * np.exp(w["r_mag"]) * raw).sum(0)
        draw = dmagnitude * np.exp(w["r_mag"])
        grads["W_enc"] += h.T @ draw
        if c.pre_bias:
            grads["b_dec"] -= (draw @ w["W_enc"].T).sum(0)
    else:
        dpre += dz * slope

    # --- AuxK ---
    if dead is not None:
        target = error if frozen is None else frozen[0]
        chosen = largest(np.where(dead, pre, -np.inf), min(D // 2, int(dead.sum())))
        e_hat = np.where(chosen > 0, pre, 0) @ w["W_dec"]
        total = float(((target - target.mean(0)) ** 2).sum())
        losses["auxk"] = 0.0
        if dead.any() and total > 0:
            losses["auxk"] = float(((target - e_hat) ** 2).sum()) / total / 32
            pull = 2 / 32 * (e_hat - target) / total
            grads["W_dec"] += np.where(chosen > 0, pre, 0).T @ pull
            dpre += chosen * (pull @ w["W_dec"].T)

    grads["W_enc"] += h.T @ dpre
    grads["b_enc"] += dpre.sum(0)
    if c.pre_bias:
        grads["b_dec"] -= (dpre @ w["W_enc"].T).sum(0)
    return Result(losses, z, error, grads)


def numeric_gradients(
    w: Weights, x: Array, c: Any, dead: NDArray[np.bool_] | None, names: list[str]
) -> Weights:
    """Central differences of the total loss by every number of the weights ``names``."""
    frozen = (compute(w, x, c, dead).error, w["W_dec"].copy(), w["b_dec"].copy())
    found = {}
    for name in names:
        gradient = np.zeros_like(w[name])
        for place in np.ndindex(gradient.shape):
            sides = []
            for step in (1e-6, -1e-6):
                moved = w | {name: w[name].copy()}
                moved[name][place] += step
                sides.append(compute(moved, x, c, dead, frozen).total)
            gradient[place] = (sides[0] - sides[1]) / 2e-6
        found[name] = gradient
    return found
