"""A kept network is read as it was, and believed only if it is whole and the right one."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from saegui.core.errors import DataError
from saegui.core.networks import network_file, train
from saegui.core.networks.classifier import Classifier
from saegui.core.progress import Progress


class Told(Progress):
    def __init__(self) -> None:
        self.texts: list[str] = []

    def report(self, done: int, total: int, text: str = "") -> None:
        self.texts.append(text)


def network(seed: int = 0) -> Classifier:
    from dataclasses import replace

    return replace(train.untrained("cnn", (6, 5), 4, seed), accuracy=0.5)


def test_a_network_is_read_as_it_was_saved(tmp_path: Path) -> None:
    path = tmp_path / "new" / "net.safetensors"
    network_file.save(path, network())
    found = network_file.read(path, "cnn", (6, 5), 4)
    assert found.accuracy == 0.5
    for mine, theirs in zip(
        (*network().weights, *network().biases), (*found.weights, *found.biases), strict=True
    ):
        np.testing.assert_array_equal(mine, theirs)
    again = tmp_path / "again.safetensors"
    network_file.save(again, network())
    assert path.read_bytes() == again.read_bytes()


def test_what_is_damaged_or_another_network_is_not_believed_and_is_made_again(tmp_path: Path) -> None:
    path = tmp_path / "net.safetensors"
    network_file.save(path, network())
    whole = path.read_bytes()
    flipped = bytearray(whole)
    flipped[-2] ^= 1
    for damaged in (b"", whole[:100], whole[:-4], bytes(flipped), b"\xff" * 300):
        path.write_bytes(damaged)
        with pytest.raises(DataError, match=r"net\.safetensors is damaged"):
            network_file.read(path, "cnn", (6, 5), 4)
        told = Told()
        found = network_file.kept_or_trained(path, "cnn", (6, 5), 4, network, told)
        assert "Training the network again" in told.texts[0] and found.accuracy == 0.5
        assert path.read_bytes() == whole
    for other in (("mlp", (6, 5), 4), ("cnn", (5, 6), 4), ("cnn", (6, 5), 3)):
        with pytest.raises(DataError, match="instead of"):
            network_file.read(path, *other)


def test_a_kept_network_is_not_trained_again(tmp_path: Path) -> None:
    path = tmp_path / "net.safetensors"
    made = []

    def make() -> Classifier:
        made.append(1)
        return network()

    for _ in range(2):
        network_file.kept_or_trained(path, "cnn", (6, 5), 4, make, Told())
    assert made == [1]


def test_where_nothing_can_be_kept_the_network_is_used_all_the_same(tmp_path: Path) -> None:
    blocked = tmp_path / "file"
    blocked.write_text("in the way")
    told = Told()
    found = network_file.kept_or_trained(blocked / "net.safetensors", "cnn", (6, 5), 4, network, told)
    assert found.accuracy == 0.5
    assert "cannot be written" in told.texts[-1]
