"""Options that several commands share, and the options of a training, which are made from the configuration schema."""

from __future__ import annotations

import argparse
import errno
import shlex
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from saegui.cli import output
from saegui.core import data
from saegui.core.analysis.matching import FOUND
from saegui.core.config.kinds import brought, with_kind
from saegui.core.config.parameter import Parameter
from saegui.core.config.presets import PRESETS, preset
from saegui.core.config.schema import RunConfig, make, parameters, relevant
from saegui.core.data import Dataset, adding, remembered
from saegui.core.errors import ConfigError, ExportError
from saegui.core.families.registry import KINDS
from saegui.core.files import paths, refusals
from saegui.core.numbers import AmbiguousNumberError, NumberError, read_number
from saegui.core.runs.run import STARTER_NAME
from saegui.core.training.devices import DEVICES, MAX_THREADS
from saegui.core.training.out_of_reach import out_of_reach

_PREFIX = "config."


def add_config(parser: argparse.ArgumentParser) -> None:
    """Add one option for each parameter of a training, in the groups of the schema."""
    parser.add_argument(
        "--preset",
        metavar="P",
        help=f"start from a named configuration ({', '.join(PRESETS)}); other options change single values of it",
    )
    groups: dict[str, Any] = {}
    for parameter in parameters():
        title = f"{parameter.group.lower()} options"
        group = groups.setdefault(title, parser.add_argument_group(title) if title not in groups else None)
        _add_parameter(group, parameter)
    add_data_option(
        groups["data options"],
        "how the data set is read, such as side=16 for patches; may be given several times. 'saegui data FILE' lists the "
        "options of a file or folder",
    )


def add_data_option(parser: Any, help: str) -> None:
    """``--data-option``; :func:`data_options` reads what was given."""
    parser.add_argument("--data-option", metavar="NAME=VALUE", action="append", default=[], help=help)


def data_options(pairs: Sequence[str]) -> dict[str, str]:
    """What ``--data-option`` sets.

    Raises:
        ConfigError: one is not NAME=VALUE, or two give one option different values.
    """
    if wrong := [pair for pair in pairs if "=" not in pair]:
        raise ConfigError(f"--data-option is '{wrong[0]}'; write it as NAME=VALUE.")
    found: dict[str, str] = {}
    for name, value in (pair.partition("=")[::2] for pair in pairs):
        if found.setdefault(name, value) != value:
            raise ConfigError(
                f"--data-option gives {name} twice, as '{found[name]}' and as '{value}'; give it once."
            )
    return found


def config(options: argparse.Namespace) -> RunConfig:
    """The configuration that the options of :func:`add_config` describe.

    Raises:
        ConfigError: names the option, its value and the allowed values.
    """
    return config_with(options, {})


def config_with(options: argparse.Namespace, values: Mapping[str, object]) -> RunConfig:
    """Like :func:`config`, with additional ``values`` of parameters."""
    given = {
        name.removeprefix(_PREFIX): value for name, value in vars(options).items() if name.startswith(_PREFIX)
    }
    if "dataset" in given or options.data_option:
        given["dataset"] = _dataset(str(given.get("dataset", data.DEFAULT)), options.data_option)
    return make(with_kind({**given, **values}, _base(options)))


def _dataset(text: str, pairs: Sequence[str]) -> str:
    """The name of the data set that ``--dataset`` and ``--data-option`` mean; one of the user's own is read to find out."""
    given = data_options(pairs)
    remembered.know_all()
    with output.data_progress() as progress:
        return adding.name_of(text, given, progress)


def _base(options: argparse.Namespace) -> dict[str, Any] | None:
    return preset(options.preset).config.model_dump() if options.preset else None


def given_config(options: argparse.Namespace) -> list[str]:
    """The names of the options from :func:`add_config` that the user gave."""
    others = {"--preset": options.preset, "--data-option": options.data_option}
    return [name for name, given in others.items() if given] + given_parameters(options)


def given_parameters(options: argparse.Namespace) -> list[str]:
    """Those from :func:`given_config` that set one parameter."""
    return [p.option for p in _given(options)]


def _given(options: argparse.Namespace) -> list[Parameter]:
    return [p for p in parameters() if hasattr(options, _PREFIX + p.name)]


def report_unused(options: argparse.Namespace, configs: Sequence[RunConfig]) -> None:
    """Report the parameters that were given and have no effect in any of ``configs``."""
    taking_part = {name for config in configs for name in relevant(config.model_dump())}
    if idle := [p.option for p in _given(options) if p.name not in taking_part]:
        output.say(
            f"{', '.join(idle)} {'has' if len(idle) == 1 else 'have'} no effect on a training of this kind."
        )


def report_out_of_reach(dataset: Dataset, configs: Sequence[RunConfig]) -> None:
    """Report, once each, what a training on ``dataset`` never comes to, such as the end of a long warm-up."""
    images = len(dataset.train_images)
    said = [out_of_reach(config, images, lambda parameter: parameter.option) for config in configs]
    for sentence in dict.fromkeys(sentence for sentences in said for sentence in sentences):
        output.say(sentence)


def report_brought(options: argparse.Namespace, configs: Sequence[RunConfig]) -> None:
    """Report, once for each kind of ``configs``, the values that the kind brings and nobody gave."""
    given = {found.name: getattr(options, _PREFIX + found.name) for found in _given(options)}
    for kind in dict.fromkeys(config.arch for config in configs):
        config = next(config for config in configs if config.arch == kind)
        if "arch" not in given and len({config.arch for config in configs}) == 1:
            continue
        taking_part = set(relevant(config.model_dump()))
        found = brought({**given, "arch": kind}, _base(options))
        named = [
            _as_option(each, found[each.name])
            for each in parameters()
            if each.name in taking_part
            and each.name in found
            and getattr(config, each.name) == found[each.name]
        ]
        if named:
            output.say(f"{KINDS[kind].title} is trained with values that suit it: {' '.join(named)}")


def _as_option(found: Parameter, value: object) -> str:
    """As it would be given, such as ``--lr 0.001`` or ``--no-pre-bias``."""
    if found.kind == "bool":
        return found.option if value else found.option.replace("--", "--no-", 1)
    return f"{found.option} {value}"


def add_run(parser: argparse.ArgumentParser, more: str = "") -> None:
    """Add RUN, the run that a command uses; :func:`saegui.core.api.load_run` reads it. ``more`` says what else it may be."""
    parser.add_argument(
        "run",
        metavar="RUN",
        help=f"folder of a run, name of one that 'saegui runs' lists, or '{STARTER_NAME}' for the run that comes with saegui{more}",
    )


def add_data_dir(parser: argparse.ArgumentParser) -> None:
    """``--data-dir``."""
    parser.add_argument(
        "--data-dir",
        metavar="DIR",
        type=Path,
        help="folder or file of yours that the data set is read from, such as a folder with the MNIST files; 'saegui datasets "
        "NAME' says what it has to hold. Without it a data set is downloaded once and kept, where it can be",
    )


def same_data_dir(options: argparse.Namespace) -> str:
    """``--data-dir`` as the user gave it, after a space, for commands that a message suggests; empty if it was not given."""
    return f" --data-dir {shlex.quote(str(options.data_dir))}" if options.data_dir is not None else ""


def add_threads(parser: argparse.ArgumentParser) -> None:
    """``--threads``; None stands for :func:`saegui.core.training.devices.default_threads`."""
    parser.add_argument(
        "--threads",
        metavar="N",
        type=_threads,
        help="number of processor threads for training (default: all but one, or all for compiled kernels where there is no window); the same number gives the same weights again",
    )


def add_device(parser: argparse.ArgumentParser) -> None:
    """``--device``."""
    parser.add_argument(
        "--device",
        metavar="{" + ",".join(DEVICES) + "}",
        choices=DEVICES,
        default=DEVICES[0],
        help="device to train on (default: an accelerator if PyTorch finds one, else the processor)",
    )


def add_json(parser: argparse.ArgumentParser, help: str = "print JSON, for programs") -> None:
    """``--json``."""
    parser.add_argument("--json", action="store_true", help=help)


def check_out(path: Path, folder: Path | None = None) -> None:
    """Check early, before long work, that ``path`` can be written, in a folder (default: its own) that is made if it is missing.

    Raises:
        ExportError: says why it cannot.
    """
    try:
        if folder is None and path.is_dir():
            raise IsADirectoryError(errno.EISDIR, "it is a folder")
        paths.check_can_make(path.parent if folder is None else folder)
    except OSError as error:
        raise ExportError(refusals.unwritable(path, error)) from error


LONGEST_LIST = 80
"""Characters of choices that are shown beside an option; longer lists are in its description, where lines end."""


def _add_parameter(group: Any, parameter: Parameter) -> None:
    common: dict[str, Any] = {"dest": _PREFIX + parameter.name, "default": argparse.SUPPRESS}
    text = parameter.help.rstrip(".").replace("%", "%%")
    if parameter.kind == "bool":
        default = "on" if parameter.default else "off"
        group.add_argument(
            parameter.option,
            action=argparse.BooleanOptionalAction,
            help=f"{text} (default: {default})",
            **common,
        )
        return
    # Values stay text: the schema's own message for a bad one is better than argparse's.
    group.add_argument(
        parameter.option, metavar=_metavar(parameter), help=f"{text} ({_range(parameter)})", **common
    )


def _metavar(parameter: Parameter) -> str:
    if parameter.name == "dataset":
        return "DATA"
    if parameter.choices:
        listed = "{" + ",".join(parameter.choices) + "}"
        return listed if len(listed) <= LONGEST_LIST else "NAME"
    return "N" if parameter.kind == "int" else "X"


def _range(parameter: Parameter) -> str:
    if parameter.name == "dataset":
        return (
            f"a name that 'saegui datasets' lists, or a file or folder of yours; default: {parameter.default}"
        )
    if parameter.choices:
        listed = f"one of {', '.join(parameter.choices)}; " if _metavar(parameter) == "NAME" else ""
        return f"{listed}default: {parameter.default}"
    unit = f" {parameter.unit}" if parameter.unit else ""
    bounds = f"above {parameter.low:,}, at most" if parameter.above else f"{parameter.low:,} to"
    return f"{bounds} {parameter.high:,}{unit}; default: {parameter.default:,}"


def whole_number(text: str) -> int:
    """An option's value, for argparse: a whole number as people write it."""
    try:
        return int(read_number(text, whole=True))
    except NumberError as error:
        raise argparse.ArgumentTypeError(str(error)) from error


def _threads(text: str) -> int:
    try:
        count = int(read_number(text, whole=True))
    except AmbiguousNumberError as error:
        raise argparse.ArgumentTypeError(str(error)) from error
    except NumberError:
        count = 0
    if not 1 <= count <= MAX_THREADS:
        raise argparse.ArgumentTypeError(
            f"it is '{text}'; it must be a whole number from 1 to {MAX_THREADS:,}"
        )
    return count


def add_found(parser: argparse.ArgumentParser) -> None:
    """``--found``: from which cosine a latent counts as found again in another model."""
    parser.add_argument(
        "--found",
        metavar="C",
        type=_cosine,
        default=FOUND,
        help="cosine from which a latent counts as found again in another run (default: %(default)s)",
    )


def _cosine(text: str) -> float:
    try:
        value = float(text)
    except ValueError:
        value = 2.0
    if not -1 <= value <= 1:
        raise argparse.ArgumentTypeError(f"'{text}' is no cosine; give a number from -1 to 1")
    return value
