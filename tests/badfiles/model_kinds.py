"""Models in files of other libraries: good ones, and what can be wrong with them. All are harmless, and made here."""

from __future__ import annotations

import io
import json
import zipfile
from collections.abc import Callable
from dataclasses import replace
from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np

from saegui.core.formats.registry import export_model, look
from tests.badfiles.damage import Change, Damage
from tests.badfiles.kinds import Kind
from tests.core.formats.models import F, model, openai_file, saev_file


def _exported(name: str, arch: str) -> Callable[[Path, Path], None]:
    def make(folder: Path, run: Path) -> None:
        export_model(model(arch=arch), name, folder / "model")

    return make


def _openai(folder: Path, run: Path) -> None:
    openai_file(folder / "model.pt")


def _saev(folder: Path, run: Path) -> None:
    saev_file(folder / "sae.pt")


def _read(path: Path) -> object:
    """As a user gives it: the folder in which the damaged file lies."""
    return look(path.parent)


# -- safetensors ----------------------------------------------------------------------------------------------------------


def _header(change: Callable[[dict[str, Any]], object]) -> Change:
    def changed(content: bytes) -> bytes:
        length = int.from_bytes(content[:8], "little")
        header = json.loads(content[8 : 8 + length])
        change(header)
        text = json.dumps(header).encode()
        return len(text).to_bytes(8, "little") + text + content[8 + length :]

    return changed


def _tensor(name: str, **values: Any) -> Change:
    return _header(lambda header: header[name].update(values))


def _infinite(content: bytes) -> bytes:
    return content[:-4] + np.float32(np.inf).tobytes()


_MOST = 1 << 40
_SAFETENSORS = (
    Damage("a header of 2⁶³ bytes", lambda content: (1 << 63).to_bytes(8, "little") + content[8:], huge=True),
    Damage("no header", lambda content: bytes(8) + content[8:]),
    Damage("a header of 96 MB", lambda content: (96 << 20).to_bytes(8, "little") + content[8:], huge=True),
    Damage("terabytes of latents", _tensor("W_dec", shape=[_MOST, 30]), huge=True),
    Damage("an end beyond the file", _tensor("W_dec", data_offsets=[0, _MOST]), huge=True),
    Damage("an end before its beginning", _tensor("W_dec", data_offsets=[8, 4])),
    Damage("a negative size", _tensor("W_dec", shape=[-1, 30])),
    Damage("an unknown type", _tensor("W_dec", dtype="F31")),
    Damage("a vector for a matrix", _tensor("W_dec", shape=[30 * F])),
    Damage("the sizes swapped", _tensor("W_dec", shape=[30, F])),
    Damage("a tensor missing", _header(lambda header: header.pop("b_dec"))),
    Damage("whole numbers of a byte", _tensor("b_dec", dtype="I8", shape=[120])),
    Damage("infinite", _infinite),
    Damage("not a number", lambda content: content[:-4] + np.float32(np.nan).tobytes()),
)

# -- what torch.save writes -----------------------------------------------------------------------------------------------


def _saved(state: object, **options: Any) -> bytes:
    import torch

    buffer = io.BytesIO()
    torch.save(state, buffer, **options)
    return buffer.getvalue()


def _state(change: Callable[[dict[str, Any]], object], **options: Any) -> Change:
    def changed(content: bytes) -> bytes:
        import torch

        state = dict(torch.load(io.BytesIO(content), weights_only=True))
        found = change(state)
        return _saved(state if found is None else found, **options)

    return changed


def _with(name: str, make: Callable[[Any], object]) -> Change:
    def change(state: dict[str, Any]) -> None:
        import torch

        state[name] = make(torch)

    return _state(change)


class _Prints:
    """What unpickling would run: it prints a word."""

    def __reduce__(self) -> tuple[object, ...]:
        return print, ("unpickled",)


def _packed(content: bytes) -> bytes:
    """The same parts, each packed; one of them is 96 MB of zeros."""
    buffer = io.BytesIO()
    with (
        zipfile.ZipFile(io.BytesIO(content)) as old,
        zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as new,
    ):
        for info in old.infolist():
            new.writestr(info.filename, old.read(info))
        with new.open("archive/data/99", "w", force_zip64=True) as file:
            for _ in range(96):
                file.write(bytes(1 << 20))
    return buffer.getvalue()


def _members(**parts: bytes) -> Change:
    def changed(content: bytes) -> bytes:
        buffer = io.BytesIO()
        with zipfile.ZipFile(buffer, "w") as archive:
            for name, data in parts.items():
                archive.writestr(f"archive/{name.replace('_', '.')}", data)
        return buffer.getvalue()

    return changed


def _states(encoder: str) -> tuple[Damage, ...]:
    return (
        Damage("a number of Python's own", _state(lambda state: state.update(k=Fraction(1, 3)))),
        Damage("a call", _state(lambda state: state.update(k=_Prints()))),
        Damage("a list", _state(lambda state: list(state.values()))),
        Damage("numbers for names", _state(lambda state: dict(enumerate(state.values())))),
        Damage("one tensor", _state(lambda state: state[encoder])),
        Damage("the format before 2020", _state(lambda state: None, _use_new_zipfile_serialization=False)),
        Damage("packed parts", _packed, huge=True),
        Damage("no parts", _members()),
        Damage("a pickle of nothing", _members(data_pkl=b"", version=b"3\n")),
        Damage("a pickle that never ends", _members(data_pkl=b"\x80\x02" + b"(" * 50_000, version=b"3\n")),
        Damage(
            "a pickle of megabytes",
            _members(data_pkl=b"\x80\x02" + b"N0" * 3_000_000 + b"N.", version=b"3\n"),
            huge=True,
        ),
        Damage(
            "one number, a billion times",
            _with(encoder, lambda torch: torch.zeros(1).expand(40_000, 25_000)),
            huge=True,
        ),
        Damage("one number, for every weight", _with(encoder, lambda torch: torch.zeros(1).expand(F, 30))),
        Damage("a tensor of nothing", _with(encoder, lambda torch: torch.empty((F, 30), device="meta"))),
        Damage("a sparse tensor", _with(encoder, lambda torch: torch.zeros(F, 30).to_sparse())),
        Damage("complex numbers", _with(encoder, lambda torch: torch.zeros(F, 30, dtype=torch.complex64))),
        Damage("three axes", _with(encoder, lambda torch: torch.zeros(F, 30, 1))),
        Damage("another width", _with(encoder, lambda torch: torch.zeros(F, 31))),
        Damage("no latents", _with(encoder, lambda torch: torch.zeros(0, 30))),
        Damage("not finite", _with(encoder, lambda torch: torch.full((F, 30), float("nan")))),
        Damage(
            "too large for single precision",
            _with(encoder, lambda torch: torch.full((F, 30), 1e200, dtype=torch.float64)),
        ),
        Damage("a word for weights", _state(lambda state: state.update({encoder: "weights"}))),
        Damage(
            "no weights",
            _state(lambda state: {name: value for name, value in state.items() if name != encoder}),
        ),
    )


def _after_line(change: Change) -> Change:
    """The same change of what follows the first line."""

    def changed(content: bytes) -> bytes:
        line, rest = content.split(b"\n", 1)
        return line + b"\n" + change(rest)

    return changed


_LINES = (
    Damage("no line", lambda content: content.split(b"\n", 1)[1]),
    Damage("a line alone", lambda content: content.split(b"\n", 1)[0] + b"\n"),
    Damage("a line that never ends", lambda content: content.split(b"\n", 1)[0][:-1] + b" " * 9_000_000),
    Damage("a list for a line", lambda content: b"[1]\n" + content.split(b"\n", 1)[1]),
    Damage("a line of brackets", lambda content: b"[" * 60_000 + b"\n" + content.split(b"\n", 1)[1]),
)

# -- descriptions ---------------------------------------------------------------------------------------------------------


def _said(change: Callable[[dict[str, Any]], object]) -> Change:
    def changed(content: bytes) -> bytes:
        said = json.loads(content)
        change(said)
        return json.dumps(said).encode()

    return changed


def _notes(**values: Any) -> Change:
    def change(said: dict[str, Any]) -> None:
        (said.get("metadata") or said)["saegui"].update(values)

    return _said(change)


_DESCRIPTIONS = (
    Damage("a list", lambda content: b"[1, 2]"),
    Damage("nested deeply", lambda content: b"[" * 100_000 + b"]" * 100_000),
    Damage("nine megabytes", lambda content: content + b" " * 9_000_000),
    Damage("notes of another width", _notes(shape=[28, 28])),
    Damage("notes of a step before the first", _notes(step=-1)),
    Damage("notes of no configuration", _notes(config=3)),
    Damage("notes of a shape of words", _notes(shape="square")),
)

_WITHOUT = frozenset({"last byte missing"})
"""The end of its last line."""

KINDS = (
    Kind(
        "SAELens weights", _exported("saelens", "topk"), "model/sae_weights.safetensors", _read, _SAFETENSORS
    ),
    Kind(
        "SAELens description",
        _exported("saelens", "batch_topk"),
        "model/cfg.json",
        _read,
        (
            *_DESCRIPTIONS,
            Damage("no architecture", _said(lambda said: said.pop("architecture"))),
            Damage("an architecture that is a list", _said(lambda said: said.update(architecture=["topk"]))),
            Damage("metadata that are a word", _said(lambda said: said.update(metadata="none"))),
        ),
        _WITHOUT,
    ),
    Kind(
        "dictionary_learning weights",
        _exported("dictionary_learning", "topk"),
        "model/ae.pt",
        _read,
        _states("encoder.weight"),
    ),
    Kind(
        "dictionary_learning description",
        _exported("dictionary_learning", "matryoshka"),
        "model/config.json",
        _read,
        (
            *_DESCRIPTIONS,
            Damage(
                "a class that does not exist",
                _said(lambda said: said["trainer"].update(dict_class="Dictionary")),
            ),
            Damage("a class that is a number", _said(lambda said: said["trainer"].update(dict_class=3))),
            Damage("a trainer that is a list", _said(lambda said: said.update(trainer=[]))),
        ),
        _WITHOUT,
    ),
    Kind(
        "sparsify description",
        _exported("sparsify", "topk"),
        "model/cfg.json",
        _read,
        (
            *_DESCRIPTIONS,
            Damage("k that is not finite", _said(lambda said: said.update(k=float("inf")))),
            Damage("more k than latents", _said(lambda said: said.update(k=F + 1))),
            Damage("k that is true", _said(lambda said: said.update(k=True))),
            Damage("no k", _said(lambda said: said.pop("k"))),
        ),
        _WITHOUT,
    ),
    Kind("sparsify weights", _exported("sparsify", "topk"), "model/sae.safetensors", _read, _SAFETENSORS),
    Kind(
        "OpenAI's file",
        _openai,
        "model.pt",
        look,
        (
            *_states("encoder.weight"),
            Damage("an activation that is a number", _state(lambda state: state.update(activation=3))),
            Damage("no k", _state(lambda state: state.update(activation_state_dict={}))),
            Damage(
                "k that is a word", _state(lambda state: state.update(activation_state_dict={"k": "all"}))
            ),
            Damage(
                "more k than latents",
                _state(lambda state: state.update(activation_state_dict={"k": F + 1, "postact_fn": "ReLU"})),
            ),
            Damage("a bias of another size", _with("latent_bias", lambda torch: torch.zeros(F + 1))),
        ),
    ),
    Kind(
        "saev's file",
        _saev,
        "sae.pt",
        look,
        (
            *_LINES,
            *(replace(each, change=_after_line(each.change or bytes)) for each in _states("W_enc")),
        ),
    ),
    Kind(
        "overcomplete weights",
        _exported("overcomplete", "jumprelu"),
        "model/model.pt",
        _read,
        _states("encoder.final_block.0.weight")[:9],
    ),
)
