"""Formats: every file is listed once, models come back as they left, and what is damaged is refused with a remedy."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from saegui.core import formats
from saegui.core.config.kinds import with_kind
from saegui.core.config.schema import from_file, make
from saegui.core.errors import FormatError, RunError
from saegui.core.families.registry import BASELINES
from saegui.core.formats.measured import warning
from saegui.core.formats.registry import FORMATS, export_model, exported, format_of, import_model, look
from saegui.core.model.snapshot import Snapshot
from saegui.core.runs.run import open_run
from tests.core.formats.models import model as made_up

EXACT = [name for name, format in FORMATS.items() if format.exact]
"""Formats in which a model comes back with everything."""
NOT_FORMATS = {"__init__", "base", "measured", "plain", "registry", "tensor_files"}


def read(name: str, path: Path) -> Snapshot:
    reader = FORMATS[name].read
    assert reader is not None
    return reader(path)


@pytest.fixture
def model(small_run: Path) -> Snapshot:
    return open_run(small_run).latest()


def test_no_file_is_left_out() -> None:
    files = {file.stem for file in Path(formats.__path__[0]).glob("*.py")} - NOT_FORMATS
    modules = {format.sniff.__module__.rsplit(".", 1)[-1] for format in FORMATS.values()}
    assert files == modules
    assert len(FORMATS) == len(files)


@pytest.mark.parametrize("kind", BASELINES)
def test_a_baseline_is_kept_as_it_is_or_refused(kind: str, tmp_path: Path) -> None:
    before = made_up(arch="relu_l1")
    config = make(with_kind({"arch": kind, "n_latents": before.n_latents}))
    before = replace(before, config=config, W_dec=abs(before.W_dec), extras={})
    for name in exported():
        path = tmp_path / f"{name}{FORMATS[name].suffix}"
        if FORMATS[name].holds:
            with pytest.raises(FormatError, match="cannot be exported"):
                export_model(before, name, path)
            assert not path.exists()
        else:
            export_model(before, name, path)
            assert path.exists()


@pytest.mark.parametrize("name", exported())
def test_no_file_names_a_place_of_this_machine(name: str, small_run: Path, tmp_path: Path) -> None:
    path = tmp_path / f"model{FORMATS[name].suffix}"
    export_model(open_run(small_run).latest(), name, path)
    places = (tmp_path, small_run.parent, Path.home(), Path(__file__).parents[3])
    for file in path.iterdir() if path.is_dir() else (path,):
        assert not [place for place in places if str(place).encode() in file.read_bytes()], file


@pytest.mark.parametrize("name", EXACT)
class TestExactFormats:
    def test_a_model_comes_back_as_it_left(self, name: str, model: Snapshot, tmp_path: Path) -> None:
        path = tmp_path / f"model{FORMATS[name].suffix}"
        export_model(model, name, path)
        assert format_of(path).name == name
        found = read(name, path)
        assert (found.config, found.step, found.epoch, found.shape) == (
            model.config,
            model.step,
            model.epoch,
            model.shape,
        )
        assert set(found.tensors()) == set(model.tensors())
        for key, tensor in model.tensors().items():
            assert np.array_equal(found.tensors()[key], tensor), key

    def test_equal_models_give_equal_bytes(self, name: str, model: Snapshot, tmp_path: Path) -> None:
        a, b = (tmp_path / f"{stem}{FORMATS[name].suffix}" for stem in "ab")
        export_model(model, name, a)
        copied = replace(model, W_enc=np.ascontiguousarray(model.W_enc), W_dec=model.W_dec.copy())
        export_model(copied, name, b)
        assert a.read_bytes() == b.read_bytes()

    @pytest.mark.parametrize("file", ["model.txt", "model.v2"])
    def test_a_name_that_ends_as_another_kind_of_file_is_refused(
        self, name: str, file: str, model: Snapshot, tmp_path: Path
    ) -> None:
        others = [FORMATS[other].suffix for other in EXACT if other != name]
        for wrong in (file, *(f"model{suffix}" for suffix in others)):
            with pytest.raises(FormatError) as raised:
                export_model(model, name, tmp_path / wrong)
            assert str(raised.value) == (
                f"{tmp_path / wrong} cannot be written in the format {name}: end its name in {FORMATS[name].suffix}."
            )
            assert not (tmp_path / wrong).exists()

    def test_what_a_family_learns_beside_the_weights_comes_back(
        self, name: str, model: Snapshot, tmp_path: Path
    ) -> None:
        config = model.config.model_copy(update={"arch": "gated", "input": "standardised", "revival": "none"})
        rng = np.random.default_rng(0)
        extras = {key: rng.normal(size=24).astype(np.float32) for key in ("r_mag", "b_mag")}
        extras["input_mean"] = rng.random(784).astype(np.float32)
        extras["input_scale"] = np.ones(1, np.float32)
        gated = replace(model, config=config, extras=extras)
        export_model(gated, name, tmp_path / "gated")
        found = read(name, tmp_path / "gated")
        for key, values in extras.items():
            assert np.array_equal(found.extras[key], values)

    def test_a_truncated_file_is_refused(self, name: str, model: Snapshot, tmp_path: Path) -> None:
        path = tmp_path / "cut"
        export_model(model, name, path)
        whole = path.read_bytes()
        for share in (0.999, 0.5, 0.1):
            path.write_bytes(whole[: int(len(whole) * share)])
            with pytest.raises(FormatError) as error:
                look(path)
            assert str(path) in str(error.value)
            assert str(error.value).endswith(".")

    def test_numbers_that_are_not_finite_are_refused(
        self, name: str, model: Snapshot, tmp_path: Path
    ) -> None:
        broken = replace(model, b_dec=np.full(784, np.nan, np.float32))
        export_model(broken, name, tmp_path / "nan")
        with pytest.raises(FormatError, match="b_dec holds numbers that are not finite"):
            read(name, tmp_path / "nan")

    def test_it_is_written_whole_or_not_at_all(self, name: str, model: Snapshot, tmp_path: Path) -> None:
        (tmp_path / "taken").write_text("a file, no folder")
        with pytest.raises(FormatError, match=r"cannot be written .*; choose another folder"):
            export_model(model, name, tmp_path / "taken" / "model")
        export_model(model, name, tmp_path / "model")
        assert sorted(path.name for path in tmp_path.iterdir() if path.is_file()) == ["model", "taken"]


class TestNpz:
    """What a foreign file claims is not believed."""

    @pytest.fixture
    def members(self, model: Snapshot, tmp_path: Path) -> dict[str, object]:
        export_model(model, "npz", tmp_path / "whole.npz")
        with np.load(tmp_path / "whole.npz", allow_pickle=False) as found:
            return dict(found)

    def test_numpy_reads_it_without_saegui(self, members: dict[str, np.ndarray], model: Snapshot) -> None:
        assert np.array_equal(members["W_dec"], model.W_dec)
        assert members["W_enc"].flags.c_contiguous
        assert json.loads(str(members["config"])) == model.config.model_dump()
        assert members["shape"].tolist() == list(model.shape)

    @pytest.mark.parametrize(
        ("name", "value", "words"),
        [
            (
                "W_dec",
                np.zeros((3, 784), np.float32),
                r"W_dec is float32 \(3, 784\), but must be float32 \(24, 784\)",
            ),
            ("W_dec", np.zeros((24, 784)), "W_dec is float64"),
            ("W_dec", None, "it has no W_dec"),
            ("config", None, "it has no config"),
            ("config", np.array("[1]"), "cannot be imported"),
            ("config", np.array('{"arch": "unknown"}'), "--arch is 'unknown'; choose one of"),
            ("config", np.array(["a", "b"]), "but must be a short text"),
            ("shape", np.array([0, 28]), r"shape is \[0, 28\]"),
            ("shape", np.array([7, 4]), "W_enc is float32"),
            ("shape", np.zeros((9, 9), np.int64), "shape has the shape"),
            ("step", np.array(-1), "step -1"),
            ("epoch", np.array(np.nan), "epoch nan"),
            ("b_enc", np.array([{}] * 24, dtype=object), "Python objects"),
            ("format", np.array("saegui model 9"), "a newer saegui wrote"),
        ],
    )
    def test_what_is_refused(
        self, members: dict[str, object], name: str, value: object, words: str, tmp_path: Path
    ) -> None:
        changed = {**members, name: value}
        if value is None:
            del changed[name]
        path = tmp_path / "changed.npz"
        np.savez(path, **changed)  # type: ignore[arg-type]
        with pytest.raises(FormatError, match=words) as error:
            read("npz", path)
        assert str(path) in str(error.value)


class TestImporting:
    def test_a_foreign_file_is_named_with_the_formats_there_are(self, tmp_path: Path) -> None:
        path = tmp_path / "notes.txt"
        path.write_text("no model")
        with pytest.raises(
            FormatError,
            match=r"notes\.txt holds no model .* saegui weights \(\.safetensors\), NumPy arrays \(\.npz\)",
        ):
            import_model(path, tmp_path / "run")
        with pytest.raises(FormatError, match="does not exist"):
            import_model(tmp_path / "nothing", tmp_path / "run")
        assert not (tmp_path / "run").exists()

    def test_a_damaged_file_is_not_called_one_of_another_format(self, tmp_path: Path) -> None:
        path = tmp_path / "cut.safetensors"
        for content in (b"", b"no model", (200).to_bytes(8, "little") + b'{"W_enc"'):
            path.write_bytes(content)
            with pytest.raises(FormatError, match=r"cut\.safetensors cannot be imported"):
                format_of(path)

    def test_a_folder_without_a_model_is_refused(self, tmp_path: Path) -> None:
        with pytest.raises(
            FormatError, match=r"holds no model that saegui can read; choose a file or folder"
        ):
            format_of(tmp_path)

    def test_a_run_is_called_one(self, small_run: Path) -> None:
        with pytest.raises(FormatError, match="is a run of saegui already; open it"):
            format_of(small_run)

    @pytest.mark.parametrize(
        ("arch", "threshold"), [("topk", False), ("batch_topk", True), ("jumprelu", True)]
    )
    def test_a_warning_of_an_l0_speaks_of_a_threshold_where_the_kind_has_one(
        self, arch: str, threshold: bool
    ) -> None:
        said = warning(0.26, 1, arch)
        assert "far from k 1" in said and ("threshold" in said) == ("k given" in said) == threshold
        assert not warning(1.05, 1, arch)

    def test_an_imported_run_opens_and_encodes_as_the_exported_one(
        self, model: Snapshot, tmp_path: Path, digits: object
    ) -> None:
        export_model(model, "npz", tmp_path / "my model.npz")
        import_model(tmp_path / "my model.npz", tmp_path / "run")
        run = open_run(tmp_path / "run")
        assert (run.name, run.status, run.config, run.step) == (
            "my model",
            "finished",
            model.config,
            model.step,
        )
        assert not run.can_resume
        x = np.random.default_rng(1).random((9, 784), dtype=np.float32)
        assert np.array_equal(run.latest().encode(x), model.encode(x))
        assert len(run.history().train["step"]) == 0

    def test_a_model_of_a_data_set_that_is_not_known_here_still_opens(
        self, model: Snapshot, tmp_path: Path
    ) -> None:
        config = from_file({**model.config.model_dump(), "dataset": "elsewhere"})
        for name in EXACT:
            export_model(replace(model, config=config), name, tmp_path / name)
            run = import_model(tmp_path / name, tmp_path / f"run-{name}")
            assert open_run(run.path).latest().config.dataset == "elsewhere"

    @pytest.mark.parametrize("shape", [(28, 28), (14, 56), (784,)])
    def test_the_shape_of_an_input_comes_along(
        self, shape: tuple[int, ...], model: Snapshot, tmp_path: Path
    ) -> None:
        for name in EXACT:
            export_model(replace(model, shape=shape), name, tmp_path / name)
            assert read(name, tmp_path / name).shape == shape

    def test_a_run_that_exists_is_not_overwritten(
        self, model: Snapshot, small_run: Path, tmp_path: Path
    ) -> None:
        export_model(model, "saegui", tmp_path / "model.safetensors")
        with pytest.raises(RunError, match="exists already"):
            import_model(tmp_path / "model.safetensors", small_run)
        assert open_run(small_run).name == "small run"
