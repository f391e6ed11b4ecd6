"""Angles of the spine from landmarks: four corners a vertebra, in pixels or in millimetres.

Corners are arrays of (row, column), vertebrae from the top down, T1 to L5: 17 x 4 x 2. On a frontal film they are top
left, top right, bottom left, bottom right of the image, as in the AASCE challenge of 2019.

On a lateral film the pelvis adds both ends of the sacral end plate and both hip centres. Pelvic incidence belongs to
the patient, however she stands, and is the sum of sacral slope and pelvic tilt: Legaye et al., Eur Spine J 1998. Usual
values: Vialle et al., J Bone Joint Surg Am 2005.
"""

import numpy as np
from numpy.typing import ArrayLike, NDArray

Floats = NDArray[np.float64]

#: the vertebrae whose corners are landmarks, from the top down
VERTEBRAE = (*(f"T{k}" for k in range(1, 13)), *(f"L{k}" for k in range(1, 6)))

_EDGES = [f"{v} {edge}" for v in VERTEBRAE for edge in ("top", "bottom")]
#: corners of the vertebrae on a frontal film, as landmarks are called: the patient's right is on the left of the image
CORNERS = tuple(f"{edge} {end}" for edge in _EDGES for end in ("right", "left"))
#: and on a lateral one
LATERAL_CORNERS = tuple(f"{edge} {end}" for edge in _EDGES for end in ("back", "front"))
#: what a lateral film shows of the pelvis
PELVIS = ("sacral plate back", "sacral plate front", "right hip centre", "left hip centre")


def tilts(corners: ArrayLike) -> Floats:
    """Return the tilt of every vertebra in degrees, positive where its right side is the lower one.

    The middle line of a vertebra joins the middle of its left side to that of its right side.

    Parameters
    ----------
    corners : (..., vertebrae, 4, 2) array of (row, column)

    Examples
    --------
    >>> tilts([[[0.0, 0], [10, 10], [20, 0], [30, 10]]])
    array([45.])
    """
    c = _checked(corners)
    across = (c[..., 1, :] + c[..., 3, :] - c[..., 0, :] - c[..., 2, :]) / 2
    return np.asarray(np.rad2deg(np.arctan2(across[..., 0], across[..., 1])))


def cobb(corners: ArrayLike) -> Floats:
    """Return the largest Cobb angle in degrees: between the middle lines of the two vertebrae that differ most.

    This is how the angles published with the AASCE films follow from their landmarks (Wu et al., MICCAI 2017).

    Examples
    --------
    >>> level, down = [[0.0, 0], [0, 10], [5, 0], [5, 10]], [[10.0, 0], [15, 10], [15, 0], [20, 10]]
    >>> float(cobb([level, down, level]).round(2))
    26.57
    """
    t = tilts(corners)
    return np.asarray(t.max(axis=-1) - t.min(axis=-1))


def end_vertebrae(corners: ArrayLike) -> tuple[int, int]:
    """Return the positions (0 on top) of the two vertebrae between which :func:`cobb` is measured, upper one first."""
    t = tilts(corners)
    upper, lower = sorted((int(t.argmax()), int(t.argmin())))
    return upper, lower


def cobb_by_end_plates(corners: ArrayLike) -> float:
    """Return the Cobb angle as it is drawn on a film, in degrees (Cobb 1948).

    One line runs along the upper end plate of the upper end vertebra, the other along the lower end plate of the lower.
    It exceeds :func:`cobb` by half the wedging of the two vertebrae.
    """
    c = _checked(corners)
    upper, lower = end_vertebrae(c)
    return plate_angle(c[upper, :2], c[lower, 2:])


def lordosis(corners: ArrayLike) -> Floats:
    """Return the lordosis L1 to L5 in degrees, between the upper end plate of L1 and the lower one of L5.

    Parameters
    ----------
    corners : (..., 17, 4, 2) array of (row, column)
        Of a lateral film: top back, top front, bottom back, bottom front of each vertebra, T1 to L5. Which way the
        patient looks does not matter.

    Examples
    --------
    >>> straight = np.tile([[0.0, 0], [0, 10], [5, 0], [5, 10]], (17, 1, 1))
    >>> straight[16, 3, 0] += 10
    >>> float(lordosis(straight))
    45.0
    """
    return _fall(corners, "L5", 2) - _fall(corners, "L1", 0)


def kyphosis(corners: ArrayLike) -> Floats:
    """Return the kyphosis T4 to T12 in degrees, between the upper end plate of T4 and the lower one of T12.

    Parameters are those of :func:`lordosis`. Usual: 41 (SD 10) degrees (Vialle 2005).

    Examples
    --------
    >>> straight = np.tile([[0.0, 0], [0, 10], [5, 0], [5, 10]], (17, 1, 1))
    >>> straight[3, 1, 0] += 10
    >>> float(kyphosis(straight))
    45.0
    """
    return _fall(corners, "T4", 0) - _fall(corners, "T12", 2)


def sacral_slope(pelvis: ArrayLike) -> Floats:
    """Return the sacral slope in degrees: by how much the end plate of the sacrum falls towards the front.

    Parameters
    ----------
    pelvis : (..., 4, 2) array of (row, column)
        Of a lateral film, see :data:`PELVIS`. Which way the patient looks does not matter.

    Examples
    --------
    >>> float(sacral_slope([[0.0, 0], [10, 10], [40, 5], [40, 5]]))
    45.0
    """
    plate, _ = _pelvis(pelvis)
    return np.asarray(np.rad2deg(np.arctan2(plate[..., 0], plate[..., 1])))


def pelvic_tilt(pelvis: ArrayLike) -> Floats:
    """Return the pelvic tilt in degrees: how far the hip axis lies in front of the plumb line from the sacral plate.

    Parameters are those of :func:`sacral_slope`; the line begins in the middle of the plate. Usual: 13 (SD 6) degrees
    (Vialle 2005).

    Examples
    --------
    >>> float(pelvic_tilt([[0.0, 0], [10, 10], [25, 25], [25, 25]]))
    45.0
    """
    _, hips = _pelvis(pelvis)
    return np.asarray(np.rad2deg(np.arctan2(hips[..., 1], hips[..., 0])))


def pelvic_incidence(pelvis: ArrayLike) -> Floats:
    """Return the pelvic incidence in degrees: between the perpendicular to the sacral plate and the line to the hips.

    Parameters are those of :func:`sacral_slope`; both lines begin in the middle of the plate (Legaye 1998). Usual: 55
    (SD 11) degrees (Vialle 2005).

    Examples
    --------
    >>> float(pelvic_incidence([[0.0, 0], [0, 10], [20, 25], [20, 25]]))
    45.0
    """
    plate, hips = _pelvis(pelvis)
    along = (plate * hips).sum(axis=-1)
    across = plate[..., 1] * hips[..., 0] - plate[..., 0] * hips[..., 1]
    return np.asarray(np.rad2deg(np.arctan2(along, across)))


def _fall(corners: ArrayLike, vertebra: str, back: int) -> Floats:
    """By how many degrees an end plate falls towards the front; `back` is the place of its first corner."""
    plate = _checked(corners)[..., VERTEBRAE.index(vertebra), [back, back + 1], :]
    forward = plate[..., 1, :] - plate[..., 0, :]
    return np.asarray(np.rad2deg(np.arctan2(forward[..., 0], np.abs(forward[..., 1]))))


def _pelvis(pelvis: ArrayLike) -> tuple[Floats, Floats]:
    """The sacral plate, and the way from its middle to that between the hips: down and forward, (..., 2) each."""
    p = np.asarray(pelvis, float)
    if p.shape[-2:] != (4, 2):
        raise ValueError("the pelvis must be 4 x 2")
    plate, hips = p[..., 1, :] - p[..., 0, :], (p[..., 2:, :].sum(axis=-2) - p[..., :2, :].sum(axis=-2)) / 2
    looks = np.where(plate[..., 1:] < 0, [1.0, -1.0], [1.0, 1.0])
    return plate * looks, hips * looks


def plate_angle(one: ArrayLike, other: ArrayLike) -> float:
    """Return the angle between two end plates in degrees, 0 to 90; each is two points of (row, column).

    >>> round(plate_angle([[0, 0], [0, 5]], [[0, 0], [5, 5]]), 6)
    45.0
    """
    a, b = (np.subtract(*np.asarray(p, float)[::-1]) for p in (one, other))
    return float(np.rad2deg(np.arctan2(abs(a[0] * b[1] - a[1] * b[0]), abs(a @ b))))


def _checked(corners: ArrayLike) -> Floats:
    c = np.asarray(corners, float)
    if c.ndim < 3 or c.shape[-2:] != (4, 2):
        raise ValueError("corners must be vertebrae x 4 x 2")
    return c
