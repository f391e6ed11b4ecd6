"""Heat maps: where a network looked on one film.

Two kinds stand here. The *evidence map* is exact: the film's score is computed from it and from nothing else (see
:mod:`xrlearn.training.network`). *Grad-CAM* (Selvaraju et al., ICCV 2017) works on any convolutional network, but is
an approximation: it weighs a layer's channels by how much the score would change with them.
"""

from collections.abc import Callable

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from ..training.network import EvidenceNet, Trunk

#: takes a network and a film in the network's square (size, size), gives a map (rows, columns), large = important
HeatMap = Callable[[Trunk, NDArray[np.float32]], NDArray[np.float32]]


def _tensor(net: nn.Module, film: NDArray[np.float32]) -> Tensor:
    return torch.from_numpy(np.ascontiguousarray(film))[None, None].to(next(net.parameters()).device)


def evidence_map(net: Trunk, film: NDArray[np.float32]) -> NDArray[np.float32]:
    """Return the network's own map of evidence as local probabilities, (size/16, size/16), 0 to 1."""
    net.eval()
    with torch.inference_mode():
        net(_tensor(net, film))
        return torch.sigmoid(net.evidence[0, 0]).float().cpu().numpy()


def grad_cam(net: Trunk, film: NDArray[np.float32], layer: nn.Module | None = None) -> NDArray[np.float32]:
    """Return the Grad-CAM of the answer at `layer`, (rows, columns) of that layer, scaled to a maximum of 1.

    A forward hook keeps the layer's activations; one gradient of the score with respect to them alone is cheaper than
    a backward pass through the whole network.

    Parameters
    ----------
    net : Trunk
        The answer explained is "yes" where the network says yes or no, and else what its map of votes is for.
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
            logits = net(_tensor(net, film).requires_grad_())
            score = logits[0, 1] - logits[0, 0] if isinstance(net, EvidenceNet) else net.evidence.mean()
            (gradient,) = torch.autograd.grad(score, kept[0])
    finally:
        handle.remove()
    weights = gradient.mean((2, 3), keepdim=True)
    cam = torch.relu((weights * kept[0]).sum(1))[0].detach()
    return (cam / cam.max().clamp(min=1e-12)).float().cpu().numpy()


def random_map(net: nn.Module, film: NDArray[np.float32]) -> NDArray[np.float32]:
    """Return white noise, the same for the same film: a map that knows nothing. The first baseline."""
    seed = int(np.frombuffer(np.float64(film.sum()).tobytes(), np.uint64)[0])
    return np.random.default_rng(seed).random((20, 20), dtype=np.float32)


def centre_prior(net: nn.Module, film: NDArray[np.float32]) -> NDArray[np.float32]:
    """Return a bell over the film's centre, where radiographers put what matters. The second baseline."""
    lit = film > 0.02  # the film without the black border of the square
    rows, columns = np.flatnonzero(lit.any(1)), np.flatnonzero(lit.any(0))
    if not len(rows):
        return np.zeros_like(film)
    (r0, r1), (c0, c1) = (rows[0], rows[-1]), (columns[0], columns[-1])
    y = (np.arange(film.shape[0]) - (r0 + r1) / 2) / max(1, r1 - r0)
    x = (np.arange(film.shape[1]) - (c0 + c1) / 2) / max(1, c1 - c0)
    return np.exp(-((y[:, None] ** 2 + x[None] ** 2) / (2 * 0.25**2))).astype(np.float32)


#: catalogue key of a map's name -> the map
MAPS: dict[str, HeatMap] = {
    "heatmaps.map.evidence": evidence_map,
    "heatmaps.map.grad_cam": grad_cam,
    "heatmaps.map.centre": centre_prior,
    "heatmaps.map.random": random_map,
}
