"""A small network that was trained on this machine before, on the same films in the same way, is not trained again."""

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
from . import tiny
from .tiny import Epoch, Fit, Recipe, TinyNet

#: networks that are kept, of some 100 kB each; those trained longest ago make way
ROOM = 300


def fit(
    films: ArrayLike,
    truth: ArrayLike,
    recipe: Recipe,
    valid: tuple[ArrayLike, ArrayLike] | None = None,
    on_epoch: Callable[[Epoch], bool | None] | None = None,
) -> Fit:
    """Do what :func:`.tiny.fit` does; a training that was done before is told round by round, and takes no time.

    Parameters
    ----------
    films, truth, recipe, valid, on_epoch
        See :func:`.tiny.fit`.

    Raises
    ------
    ValueError
        If only one of both answers is there to learn, or films and answers differ in number.
    """
    file = _file(recipe, (films, truth, *(valid or ())))
    try:
        found = _read(file, recipe)
    except (OSError, SafetensorError, RuntimeError, TypeError, ValueError):  # not there, or not whole
        found = tiny.fit(films, truth, recipe, valid, on_epoch)
        if len(found.epochs) == recipe.epochs:
            _keep(file, found)
        return found
    told = []
    for epoch in found.epochs:
        told.append(epoch)
        if on_epoch is not None and on_epoch(epoch):
            break
    return Fit(found.net, told)


def _file(recipe: Recipe, learned: tuple[ArrayLike, ...]) -> Path:
    digest = blake2b(repr((recipe, torch.__version__)).encode(), digest_size=12)
    digest.update(Path(tiny.__file__).read_bytes())
    for part in learned:
        values = np.ascontiguousarray(part)
        digest.update(repr((values.shape, values.dtype.str)).encode())
        digest.update(values.data)
    return cache() / "networks" / f"{digest.hexdigest()}.safetensors"


def _read(file: Path, recipe: Recipe) -> Fit:
    net = TinyNet(recipe).to(memory_format=torch.channels_last)  # type: ignore[call-overload]
    with safe_open(file, "pt") as stored:
        epochs = [Epoch(*numbers) for numbers in json.loads(stored.metadata()["epochs"])]
        net.load_state_dict({name: stored.get_tensor(name) for name in stored.keys()})  # noqa: SIM118  # no mapping
    return Fit(net.eval(), epochs)


def _keep(file: Path, found: Fit) -> None:
    file.parent.mkdir(exist_ok=True)
    partial = file.with_suffix(".partial")
    numbers = {name: value.contiguous() for name, value in found.net.state_dict().items()}
    save_file(numbers, partial, {"epochs": json.dumps([astuple(epoch) for epoch in found.epochs])})
    partial.replace(file)
    kept = sorted(file.parent.glob("*.safetensors"), key=lambda path: path.stat().st_mtime)
    for old in kept[:-ROOM]:
        old.unlink(missing_ok=True)
