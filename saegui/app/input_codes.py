"""InputCodesControl: encodes the training inputs in the background, as soon as somebody wants their codes."""

from __future__ import annotations

from saegui.app.jobs import Work
from saegui.app.nouns import noun_of
from saegui.app.snapshot_work import SnapshotWork
from saegui.core.analysis import kept_codes
from saegui.core.analysis.input_codes import InputCodes
from saegui.core.data import Dataset
from saegui.core.model.snapshot import Snapshot


class InputCodesControl(SnapshotWork[InputCodes]):
    """Knows the codes of the training inputs for the shown snapshot, while anybody wants them."""

    doing = "Encoding the training {many}"
    undone = "The training {many} were not encoded"
    waits = "The training {many} are encoded"

    @property
    def codes(self) -> InputCodes | None:
        """Of the shown snapshot on the shown data set; None until they are encoded."""
        return self.found

    @property
    def note(self) -> str:
        """A sentence where :attr:`codes` are not those of all training inputs; else empty."""
        codes = self.codes
        if codes is None or codes.every == 1:
            return ""
        many = noun_of(self._state).many
        return f"Measured on {len(codes):,} of {codes.n_inputs:,} training {many}: the codes of all have too many activations."

    def work(self, snapshot: Snapshot, dataset: Dataset) -> Work:
        many = dataset.noun.many
        return lambda progress: kept_codes.measured(
            snapshot, dataset, progress=progress.named(many)
        ).prepare()

    def size(self, found: InputCodes) -> int:
        return found.nbytes
