"""Heat maps of a tiny network, each on the film's own pixels, and the network with layers that know nothing.

*Class activation map* (Zhou et al., CVPR 2016): exact, the score is its mean. *Grad-CAM* (Selvaraju et al., ICCV 2017):
channels weighted by their mean gradient, here one layer before the end. *Occlusion* (Zeiler & Fergus, ECCV 2014): how
far the score falls when a square is covered. *Integrated gradients* (Sundararajan et al., ICML 2017): the gradient
along the way from a blurred film to the film, times the difference.
"""

import copy
from collections.abc import Callable

import numpy as np
import torch
from numpy.typing import NDArray
from PIL import Image
from scipy.ndimage import gaussian_filter

from ..training.miniature.tiny import TinyNet, scores, tensor

Map = NDArray[np.float32]
_STEPS = 16  # of the way from the blurred film to the film
_COVER, _STRIDE = 12, 4  # pixels: side of the occluding square, and how far it moves


def activation_map(net: TinyNet, film: NDArray[np.uint8]) -> Map:
    """Return the positive part of the class activation map, (rows, columns) of the film."""
    scores(net, film[None])
    return _fitted(net.evidence[0].numpy(), film.shape)


def grad_cam(net: TinyNet, film: NDArray[np.uint8]) -> Map:
    """Return the Grad-CAM of the last but one convolution layer, (rows, columns) of the film."""
    layers = list(net.trunk.children())
    convolutions = [i for i, layer in enumerate(layers) if isinstance(layer, torch.nn.Conv2d)]
    net.eval()
    kept = net.trunk[: convolutions[-1]]((tensor(film[None]) - 0.5) * 4).detach().requires_grad_()  # type: ignore[index]
    score = net.cell(net.trunk[convolutions[-1] :](kept)).mean()  # type: ignore[index]  # the trunk is a Sequential
    (gradient,) = torch.autograd.grad(score, kept)
    cam = (gradient.mean((2, 3), keepdim=True) * kept).sum(1)[0]
    return _fitted(cam.detach().numpy(), film.shape)


def occlusion(net: TinyNet, film: NDArray[np.uint8]) -> Map:
    """Return how far the score falls when a square around each place takes the film's median grey."""
    middles = [range(_STRIDE // 2, side, _STRIDE) for side in film.shape]
    covered, grey = [], np.median(film)
    for row in middles[0]:
        for column in middles[1]:
            other, half = film.copy(), _COVER // 2
            other[max(row - half, 0) : row + half, max(column - half, 0) : column + half] = grey
            covered.append(other)
    fall = scores(net, film[None])[0] - scores(net, np.stack(covered))
    return _fitted(fall.reshape(len(middles[0]), -1), film.shape)


def integrated_gradients(net: TinyNet, film: NDArray[np.uint8]) -> Map:
    """Return what each pixel adds on the way from a blurred film to the film, smoothed a little."""
    net.eval()
    end = tensor(film[None])
    start = torch.from_numpy(gaussian_filter(film.astype(np.float32) / 255, 8))[None, None]
    share = ((torch.arange(_STEPS) + 0.5) / _STEPS)[:, None, None, None]
    way = (start + share * (end - start)).requires_grad_()
    (gradient,) = torch.autograd.grad(net(way).sum(), way)
    added = ((end - start) * gradient.mean(0)).detach().numpy()[0, 0]
    return np.asarray(gaussian_filter(np.maximum(added, 0), 1.5), np.float32)


def centre(net: TinyNet, film: NDArray[np.uint8]) -> Map:
    """Return a bell over the film's centre: a baseline that looks at nothing."""
    r, c = np.mgrid[: film.shape[0], : film.shape[1]]
    away = ((r / film.shape[0] - 0.5) ** 2 + (c / film.shape[1] - 0.5) ** 2) / (2 * 0.25**2)
    return np.asarray(np.exp(-away), np.float32)


def chance(net: TinyNet, film: NDArray[np.uint8]) -> Map:
    """Return noise, the same for the same film: the other baseline."""
    return np.random.default_rng(int(film.sum())).random(film.shape, np.float32)


#: name -> map; the last two are baselines
TINY_MAPS: dict[str, Callable[[TinyNet, NDArray[np.uint8]], Map]] = {
    "cam": activation_map,
    "grad_cam": grad_cam,
    "occlusion": occlusion,
    "gradients": integrated_gradients,
    "centre": centre,
    "chance": chance,
}


def randomised(net: TinyNet, layers: int, seed: int = 0) -> TinyNet:
    """Return a copy whose last `layers` layers have weights that never learned (Adebayo et al., NeurIPS 2018).

    Parameters
    ----------
    layers : int
        0 leaves the network as it is; 1 is the last step from features to evidence; then the convolutions, last first.
    """
    net.evidence = net.evidence.detach()  # the last film's graph does not travel
    other = copy.deepcopy(net)
    learned = [layer for layer in (*other.trunk.children(), other.cell) if isinstance(layer, torch.nn.Conv2d)]
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        for layer in learned[len(learned) - layers :]:
            layer.reset_parameters()
    return other.eval()


def _fitted(heat: NDArray[np.floating], shape: tuple[int, ...]) -> Map:
    """Return the positive part of a coarse map on the film's pixels."""
    large = Image.fromarray(heat.astype(np.float32)).resize((shape[1], shape[0]), Image.Resampling.BICUBIC)
    return np.maximum(np.asarray(large), 0)
