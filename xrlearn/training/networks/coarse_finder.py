"""Find a few landmarks on films of one standard view: a linear model of a coarse, evened-out picture of the film.

Enough where a place may be off by a few millimetres, and learned at once instead of step by step.
"""

import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor, nn

#: the picture is so many pixels wide and tall
GRID = 28
_BLUR = 7  # neighbours that a pixel is compared with, each way
_PENALTY = 60.0


class CoarseFinder(nn.Module):
    """Films (films, 1, side, side) -> points (films, points, 2), row and column as shares of the side.

    Parameters
    ----------
    points : int
    ahead : (int, int)
        On films as they are read here the second of these points lies further right than the first; others are
        mirrored first, so that left and right bodies are one.
    """

    turned: Tensor
    weights: Tensor

    def __init__(self, points: int, ahead: tuple[int, int]) -> None:
        super().__init__()
        self.ahead = ahead
        wide = GRID * GRID + 1
        self.register_buffer("turned", torch.zeros(1, wide))
        self.register_buffer("weights", torch.zeros(2 * points, wide))

    def settle(self, films: Tensor, points: Tensor) -> None:
        """Learn from films and their points; films that lack a point are passed over."""
        from sklearn.linear_model import Ridge

        known = points.isfinite().flatten(1).all(1)
        if not known.any():
            return
        films, points = films[known], points[known]
        wrong = points[:, self.ahead[1], 1] < points[:, self.ahead[0], 1]
        upright = torch.where(wrong[:, None, None, None], films.flip(3), films)
        at = torch.where(wrong[:, None, None], mirrored(points), points)
        both = _coarse(torch.cat([upright, upright.flip(3)])).numpy()[:, :-1]
        side = np.repeat([1.0, -1.0], len(at))
        for store, x, y in ((self.turned, both, side[:, None]), (self.weights, both[: len(at)], at.flatten(1).numpy())):
            fit = Ridge(_PENALTY).fit(x, y)
            told = np.c_[fit.coef_.reshape(y.shape[1], -1), np.reshape(fit.intercept_, -1)]
            store.copy_(torch.from_numpy(told))

    def forward(self, films: Tensor) -> Tensor:
        """Return the points."""
        wrong = (_coarse(films) @ self.turned.T)[:, 0] < 0
        upright = torch.where(wrong[:, None, None, None], films.flip(3), films)
        points = (_coarse(upright) @ self.weights.T).reshape(len(films), -1, 2)
        return torch.where(wrong[:, None, None], mirrored(points), points)


def mirrored(points: Tensor) -> Tensor:
    """Return points, as shares of a square, on the square's mirror image.

    >>> mirrored(torch.tensor([[0.25, 0.25]])).tolist()
    [[0.25, 0.75]]
    """
    return points * points.new_tensor([1.0, -1.0]) + points.new_tensor([0.0, 1.0])


def _coarse(films: Tensor) -> Tensor:
    """What the model is linear in: each pixel against its neighbours, whatever the exposure; and a one."""
    small = F.interpolate(films.float(), (GRID, GRID), mode="area")
    against = small - F.avg_pool2d(small, _BLUR, 1, _BLUR // 2, count_include_pad=False)
    flat = against.flatten(1)
    flat = flat / flat.std(1, keepdim=True).clamp(min=1e-6)
    return torch.cat([flat, flat.new_ones(len(flat), 1)], 1)
