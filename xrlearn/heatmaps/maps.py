"""Heat maps: where a model looked on one film, on the film's own pixels.

The *own* map of a system is the one that :func:`xrlearn.predict` shows: of a classifier the very map that its answer is
made of (see :mod:`xrlearn.training.networks`), film and mirror image averaged. *Grad-CAM* (Selvaraju et al., ICCV 2017)
works on any convolutional network, but is an approximation: it weighs a layer's channels by how much the answer would
change with them. A random map and a bell over the centre know nothing: they are the baselines.
"""

from collections.abc import Callable

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from ..radiograph import Radiograph
from ..training import Model
from ..training.films import Frame, square, unsquare
from ..training.networks.trunk import Trunk

#: takes a model and a film, gives a map (rows, columns) on the film's own pixels, large = important
HeatMap = Callable[[Model, Radiograph], NDArray[np.float32]]


def own_map(model: Model, film: Radiograph) -> NDArray[np.float32]:
    """Return the model's own map, 0 to 1: what :func:`xrlearn.predict` shows.

    Raises
    ------
    NotImplementedError
        If its family has none.
    """
    reading = model.read(film, **dict.fromkeys(model.task.inputs))
    if reading.heat is None:
        raise NotImplementedError(f"{model.card.system} has no map")
    return model.system.on_film(reading.heat[0], film, model.card.options)


def grad_cam_map(model: Model, film: Radiograph) -> NDArray[np.float32]:
    """Return the Grad-CAM of the answer at the end of the trunk, its maximum 1.

    The film's and its mirror image's are averaged: the trunk pads right and below, which moves a map by a quarter of a
    cell (0.23 of the wrist model's, mean of 40 films). To the side that cancels; down it stays.
    """
    if not isinstance(model.net, Trunk):
        raise NotImplementedError(f"{model.card.system} has no layer for Grad-CAM")
    size = model.card.options["size"]
    x = square(film, size)
    heat = grad_cam(model.net, x) + grad_cam(model.net, x[:, ::-1])[:, ::-1]
    return unsquare(heat / max(float(heat.max()), 1e-12), Frame.of(film, size))


def grad_cam(net: Trunk, film: NDArray[np.float32], layer: nn.Module | None = None) -> NDArray[np.float32]:
    """Return the Grad-CAM of the answer at `layer`, (rows, columns) of that layer, scaled to a maximum of 1.

    A forward hook keeps the layer's activations; one gradient of the score with respect to them alone is cheaper than
    a backward pass through the whole network.

    Parameters
    ----------
    net : Trunk
        It says which number is explained, see :meth:`~xrlearn.training.networks.trunk.Trunk.explained`.
    film : ndarray, (size, size), float32
        Values 0 to 1, bone bright.
    layer : nn.Module, optional
        The end of the trunk when left out.
    """
    net.eval()
    kept: list[Tensor] = []
    handle = (layer or net.deep).register_forward_hook(lambda _module, _inputs, output: kept.append(output))
    try:
        with torch.enable_grad():
            x = torch.from_numpy(np.ascontiguousarray(film))[None, None].to(next(net.parameters()).device)
            (gradient,) = torch.autograd.grad(net.explained(x.requires_grad_()), kept[0])
    finally:
        handle.remove()
    weights = gradient.mean((2, 3), keepdim=True)
    cam = torch.relu((weights * kept[0]).sum(1))[0].detach()
    return (cam / cam.max().clamp(min=1e-12)).float().cpu().numpy()


def random_map(model: Model, film: Radiograph) -> NDArray[np.float32]:
    """Return white noise on a grid of 20 x 20, the same for the same film: a map that knows nothing."""
    seed = int(np.frombuffer(np.float64(film.pixels.sum()).tobytes(), np.uint64)[0])
    noise = np.random.default_rng(seed).random((20, 20), dtype=np.float32)
    return unsquare(noise, Frame.of(film, max(film.pixels.shape)))


def centre_map(model: Model, film: Radiograph) -> NDArray[np.float32]:
    """Return a bell over the film's centre, where radiographers put what matters."""
    rows, columns = film.pixels.shape
    y, x = ((np.arange(n) - (n - 1) / 2) / n for n in (rows, columns))
    return np.exp(-((y[:, None] ** 2 + x[None] ** 2) / (2 * 0.25**2))).astype(np.float32)


#: catalogue key of a map's name -> the map
MAPS: dict[str, HeatMap] = {
    "heatmaps.map.evidence": own_map,
    "heatmaps.map.grad_cam": grad_cam_map,
    "heatmaps.map.centre": centre_map,
    "heatmaps.map.random": random_map,
}
