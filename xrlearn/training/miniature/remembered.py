"""A small network that was trained on this machine before, on the same films in the same way, is not trained again.

The first networks of the lessons ship (:data:`READY`, ``make ready-networks``): so a lesson opens with figures and not
with a wait. A test holds them beside what today's code trains.
"""

import json
from collections.abc import Callable
from dataclasses import astuple
from hashlib import blake2b
from pathlib import Path

import numpy as np
import torch
from numpy.typing import ArrayLike
from safetensors import SafetensorError, safe_open
from safetensors.torch import save_file

from ...paths import cache
from . import families, tiny
from .tiny import Epoch, Fit, Recipe, TinyNet

#: networks that ship
READY = Path(__file__).with_name("ready")
#: networks that are kept, of some 100 kB each; those trained longest ago make way
ROOM = 300


def fit(
    films: ArrayLike,
    truth: ArrayLike,
    recipe: Recipe,
    valid: tuple[ArrayLike, ArrayLike] | None = None,
    on_epoch: Callable[[Epoch], bool | None] | None = None,
    family: str = "",
) -> Fit:
    """Do what :func:`.tiny.fit` does; a training that was done before is told round by round, and takes no time.

    Parameters
    ----------
    films, truth, recipe, valid, on_epoch
        See :func:`.tiny.fit`.
    family : str
        Name of one of :data:`.families.FAMILIES` whose layers are trained, instead of the recipe's own.

    Raises
    ------
    ValueError
        If only one of both answers is there to learn, or films and answers differ in number.
    """
    name, trunk = name_of(recipe, (films, truth, *(valid or ())), family), _trunks().get(family)
    own = _folder() / name
    for file in (own, READY / name):
        try:
            found = _read(file, recipe, trunk)
            break
        except (OSError, SafetensorError, RuntimeError, TypeError, ValueError, KeyError):  # not there, or not whole
            continue
    else:
        found = tiny.fit(films, truth, recipe, valid, on_epoch, trunk)
        if len(found.epochs) == recipe.epochs:
            _keep(own, found)
        return found
    told = []
    for epoch in found.epochs:
        told.append(epoch)
        if on_epoch is not None and on_epoch(epoch):
            break
    return Fit(found.net, told, found.seconds)


def _trunks() -> dict[str, Callable[[], families.Trunk]]:
    return {family.name: family.trunk for family in families.FAMILIES}


def _folder() -> Path:
    """Return where this machine's networks are kept: another torch trains others."""
    return cache() / "networks" / torch.__version__


def name_of(recipe: Recipe, learned: tuple[ArrayLike, ...], family: str = "") -> str:
    """Return the name of a network's file: the same for the same films, answers and recipe, and the same code."""
    digest = blake2b(repr((recipe, family) if family else recipe).encode(), digest_size=12)
    for code in (tiny, families) if family else (tiny,):
        digest.update(Path(str(code.__file__)).read_bytes())
    for part in learned:
        values = np.ascontiguousarray(part)
        digest.update(repr((values.shape, values.dtype.str)).encode())
        digest.update(values.data)
    return f"{digest.hexdigest()}.safetensors"


def _read(file: Path, recipe: Recipe, trunk: Callable[[], families.Trunk] | None) -> Fit:
    net = TinyNet(recipe, trunk() if trunk else None).to(memory_format=torch.channels_last)  # type: ignore[call-overload]
    with safe_open(file, "pt") as stored:
        said = stored.metadata()
        epochs, seconds = [Epoch(*numbers) for numbers in json.loads(said["epochs"])], float(said["seconds"])
        net.load_state_dict({name: stored.get_tensor(name) for name in stored.keys()})  # noqa: SIM118  # no mapping
    return Fit(net.eval(), epochs, seconds)


def _keep(file: Path, found: Fit) -> None:
    file.parent.mkdir(parents=True, exist_ok=True)
    partial = file.with_suffix(".partial")
    numbers = {name: value.contiguous() for name, value in found.net.state_dict().items()}
    told = json.dumps([astuple(epoch) for epoch in found.epochs])
    save_file(numbers, partial, {"epochs": told, "seconds": f"{found.seconds:.3f}"})
    partial.replace(file)
    kept = sorted(_folder().parent.rglob("*.safetensors"), key=lambda path: path.stat().st_mtime)
    for old in kept[:-ROOM]:
        old.unlink(missing_ok=True)
