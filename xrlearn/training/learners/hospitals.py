"""Films as another hospital would have kept them.

Every number that differs from hospital to hospital is drawn wide, so that real films lie somewhere within: the contrast
curve, the window, blur and noise, exposure that changes over the film, letters, equalised contrast (Tobin et al., IROS
2017, call it domain randomisation).
"""

import torch
import torch.nn.functional as F
from torch import Tensor


def varied(film: Tensor, points: Tensor, bend: float = 0.0, equalise: float = 0.0) -> tuple[Tensor, Tensor]:
    """Expose training films otherwise.

    Parameters
    ----------
    film : Tensor, (films, 1, rows, columns)
        From 0 to 1.
    points : Tensor, (films, points, 2)
        Columns and rows, from -1 to 1.
    bend : float
        Up to which share of the side a place is moved (standard deviation), smoothly over the film: no simulated bone
        has the outline of another, and the network shall follow the film, not remember the shape.
    equalise : float
        Share of the films whose contrast is equalised tile by tile, as some archives keep them; those are square.

    Returns
    -------
    film, points : Tensor
    """
    if bend:
        film, points = bent(film, points, bend)
    film = exposed(film)
    some = round(equalise * len(film))
    if some:
        clip, tiles = 1.5 + 8.5 * torch.rand(some, device=film.device), int(torch.randint(4, 10, ()))
        film = torch.cat([equalised(film[:some, 0], clip, tiles)[:, None], film[some:]])
    return film, points


def exposed(film: Tensor) -> Tensor:
    """Return films (n, 1, rows, columns; 0 to 1) as another hospital would have kept them."""
    n, _, rows, columns = film.shape

    def between(low: float, high: float, chance: float = 1.0) -> Tensor:
        drawn = torch.rand(2, n, 1, 1, 1, device=film.device)
        return (low + (high - low) * drawn[0]) * (drawn[1] < chance)

    def cloud(down: int, across: int) -> Tensor:  # smooth noise
        coarse = torch.randn(n, 1, down, across, device=film.device)
        return F.interpolate(coarse, (rows, columns), mode="bicubic", align_corners=False)

    def blurred(width: int) -> Tensor:
        return F.interpolate(F.avg_pool2d(film, width, ceil_mode=True), (rows, columns), mode="bilinear")

    def one(*of: int) -> int:
        return of[int(torch.randint(len(of), ()))]

    row = torch.arange(rows, device=film.device)[:, None] / rows
    film = film * (between(0.25, 0.25, 0.6) * cloud(4, 2)).exp()
    film = torch.where(row < between(0.25, 0.8, 0.2), film * between(0.6, 1.0), film)  # the edge of a second exposure
    film = film.clamp(0, 1) ** (0.4 * torch.randn(n, 1, 1, 1, device=film.device)).exp()
    film = film + between(-0.8, 2.0, 0.6) * (film - blurred(one(8, 16, 32)))  # local contrast, and scatter
    film = film + between(0, 0.06, 0.4) * cloud(rows // one(3, 6, 12), columns // one(3, 6, 12))  # bowel
    low, high = between(-0.1, 0.25), between(0.8, 1.25)
    film = ((film - low) / (high - low)).clamp(0, 1)
    film = torch.lerp(film, F.avg_pool2d(film, 3, 1, 1, count_include_pad=False), between(0, 1, 0.5))
    film = film + between(0, 0.035) * torch.randn_like(film)
    return lettered(film).clamp(0, 1)


def lettered(film: Tensor) -> Tensor:
    """Lay up to two bright or dark rectangles on each film: letters, clips and electrodes."""
    n, _, rows, columns = film.shape
    row, column = (torch.arange(size, device=film.device) / size for size in (rows, columns))
    for _ in range(2):
        top, left, tall, wide, grey, there = torch.rand(6, n, 1, 1, 1, device=film.device)
        inside = (row[:, None] >= top) & (row[:, None] < top + 0.05 * tall)
        inside = inside & (column >= left) & (column < left + 0.06 * wide) & (there < 0.5)
        film = torch.where(inside, grey, film)
    return film


def bent(film: Tensor, points: Tensor, most: float) -> tuple[Tensor, Tensor]:
    """Bend films smoothly, and their points with them; see :func:`varied`."""
    n, cells = len(film), int(torch.randint(5, 16, ()))
    width = 2 * most * torch.rand(n, 1, 1, 1, device=film.device)
    bend = F.interpolate(width * torch.randn(n, 2, cells, cells, device=film.device), film.shape[2:], mode="bicubic")
    same = F.affine_grid(torch.eye(2, 3, device=film.device).expand(n, 2, 3), list(film.shape), align_corners=False)
    film = F.grid_sample(film, same + bend.permute(0, 2, 3, 1), padding_mode="border", align_corners=False)
    moved = points
    for _ in range(3):  # a point p shows where q + bend(q) = p
        here = F.grid_sample(bend, torch.nan_to_num(moved)[:, None], padding_mode="border", align_corners=False)
        moved = points - here[:, :, 0].mT
    return film, moved


def equalised(film: Tensor, clip: Tensor, tiles: int, levels: int = 128) -> Tensor:
    """Equalise contrast tile by tile, no grey more than `clip` times as frequent as the mean (CLAHE: Zuiderveld 1994).

    Parameters
    ----------
    film : Tensor, (films, size, size)
        From 0 to 1.
    clip : Tensor, (films,)
    tiles : int
        Along each side; the tables of neighbouring tiles are interpolated.
    levels : int
        Of grey.

    Returns
    -------
    Tensor, (films, size, size)
    """
    n, size, _ = film.shape
    side = -(-size // tiles)
    grey = F.pad(film[:, None], (0, side * tiles - size) * 2, mode="reflect")[:, 0]
    grey = (grey * (levels - 1)).round().long()
    cut = grey.view(n, tiles, side, tiles, side).permute(0, 1, 3, 2, 4).reshape(n * tiles * tiles, -1)
    of_tile = (cut + levels * torch.arange(len(cut), device=film.device)[:, None]).flatten()
    counts = torch.bincount(of_tile, minlength=levels * len(cut)).view(n, -1, levels).float()
    limit = (clip * side * side / levels).clamp(min=1)[:, None, None]
    counts = counts.minimum(limit) + (counts - limit).clamp(min=0).sum(2, keepdim=True) / levels
    table = (counts.cumsum(2) / (side * side)).flatten()
    at = ((torch.arange(size, device=film.device) + 0.5) / side - 0.5).clamp(0, tiles - 1)
    low = at.long().clamp(max=tiles - 2)
    rest, grey, films = at - low, grey[:, :size, :size], torch.arange(n, device=film.device)[:, None, None]
    r, c, down, right = low[:, None], low, rest[:, None], rest

    def said(row: Tensor, column: Tensor) -> Tensor:
        return table[((films * tiles + row) * tiles + column) * levels + grey]

    upper = (1 - right) * said(r, c) + right * said(r, c + 1)
    lower = (1 - right) * said(r + 1, c) + right * said(r + 1, c + 1)
    return (1 - down) * upper + down * lower
