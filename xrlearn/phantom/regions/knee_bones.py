"""The bones of the knee as solid bodies, modelled at the ends where the scanned shapes are too coarse for a joint.

Body axes of a right knee, mm: x forwards, y up along the tibia, z to the patient's right (lateral); the origin is the
middle of the joint line. Sizes are those of a man whose tibial plateau is 77 mm wide; smaller people are scaled. The
sagittal outline of a condyle is two circles (Elias, Freeman and Gokcay 1990), the femoral shaft leans 6 degrees
laterally, the tibial plateau falls 7 degrees backwards.
"""

from collections.abc import Callable
from functools import cache, lru_cache

import numpy as np
from scipy.ndimage import gaussian_filter

from ..meshes import Floats, Mesh, kept, surface_net, thinned

PLATEAU_MM = 77.0
SLOPE_DEG = 7.0
VALGUS_DEG = 6.0
_PITCH = 1.4
_STEP_MM = 1.9  # between the vertices that are kept
_DRAWN = 28  # goes up with every change of the shapes below, so that none is taken from an older cache


def _union(*bodies: Floats, round_mm: float = 4.0) -> Floats:
    """The union of bodies (mm inside their surface), filleted where they meet: a smooth maximum."""
    out = bodies[0]
    for body in bodies[1:]:
        mix = np.clip(0.5 + 0.5 * (body - out) / round_mm, 0, 1)
        out = out + (body - out) * mix + round_mm * mix * (1 - mix)
    return out


def _both(a: Floats, b: Floats, round_mm: float = 3.0) -> Floats:
    """What two bodies share, its edges rounded."""
    return -_union(-a, -b, round_mm=round_mm)


def _ellipse(u: Floats, v: Floats, half_u: Floats | float, half_v: Floats | float, power: float = 2.0) -> Floats:
    """Roughly the depth (mm) inside a super-ellipse with these half-axes."""
    rho = (np.abs(u / half_u) ** power + np.abs(v / half_v) ** power) ** (1 / power)
    return np.asarray((1 - rho) * np.minimum(half_u, half_v))


def _solid(
    low: tuple[float, float, float], high: tuple[float, float, float], depth: Callable[[Floats, Floats, Floats], Floats]
) -> Mesh:
    """Draw the surface of a body given as a function of x, y, z that returns mm inside; flat where the grid ends."""
    axes = [np.arange(a, b + _PITCH, _PITCH) for a, b in zip(low, high)]
    x, y, z = np.meshgrid(*axes, indexing="ij", sparse=True)
    field = gaussian_filter(np.clip(np.broadcast_to(depth(x, y, z), [len(a) for a in axes]), -4, 4), 0.8)
    for axis in range(3):
        for end in (0, -1):
            field[(slice(None),) * axis + (end,)] = -1.0
    net = surface_net(field)
    return thinned(net.with_vertices(net.vertices * _PITCH + np.array(low)), _STEP_MM)


def _bell(t: Floats, width: float) -> Floats:
    return np.asarray(np.exp(-((t / width) ** 2)))


def plateau(x: Floats, z: Floats) -> Floats:
    """Height of the tibia's upper surface: a medial dish, a lateral saddle, two spines, all falling backwards."""
    medial = -1.8 + 2.4 * ((x + 2) / 24) ** 2 + np.where(z < -25, 4.0, 2.2) * ((z + 25) / 15) ** 2
    lateral = -0.9 - 1.0 * ((x + 2) / 22) ** 2 + 2.4 * ((z - 25) / 15) ** 2
    side = np.clip(z / 16 + 0.5, 0, 1)
    dish = np.clip(medial * (1 - side) + lateral * side, -2.2, 2.0)
    # Both plateaus sweep up to their spine in one curve; before and behind the spines the bone falls away.
    off = np.abs(z) - 8.5
    sweep = np.exp(-np.where(off > 0, off / 5.0, -off / 24.0))
    spines = 10.8 * sweep * np.where(z < 0, _bell(x + 1, 13.0), 0.92 * _bell(x + 4, 12.0))
    fall = 3.5 * np.clip((np.abs(x + 2) - 9) / 10, 0, 1.3) ** 2 * _bell(z, 13.0)
    fossa = 9.0 / (1 + np.exp((x + 18) / 2)) * np.exp(-(((z - 1 + 0.4 * (x + 22)) / 9) ** 4))  # of the cruciate, behind
    return np.asarray(dish * (1 - 0.9 * _bell(z, 11.0)) + spines - fall - fossa + np.tan(np.deg2rad(SLOPE_DEG)) * x)


def _tibia() -> Mesh:
    def depth(x: Floats, y: Floats, z: Floats) -> Floats:
        t = np.array([-125, -90, -60, -40, -25, -14, -7, 0, 20])
        wide = np.interp(y, t, [13, 14, 18, 26.5, 35, 38.2, 38.7, 38.0, 38.0])
        deep = np.interp(y, t, [14, 15, 17, 20, 22.5, 24, 24.5, 24.5, 24.5])
        ahead = np.interp(y, t, [5, 6, 6.5, 5.0, 1.5, -1, -2, -2, -2])
        top = np.clip((y + 45) / 35, 0, 1)  # from the round shaft to the two plateaus
        u = x - ahead
        z = z - np.interp(y, [-45, -25, -12, -4, 0], [0, 1.0, 1.0, 0, -0.3])  # the lateral condyle overhangs
        shaft = _ellipse(u, z, deep, wide, 2.3)
        dishes = _union(
            _ellipse(u + 1, z + 0.5 * wide, deep * 1.04, 0.5 * wide, 2.1),
            _ellipse(u, z - 0.5 * wide, deep * 0.95, 0.5 * wide, 2.1),
            _ellipse(u - 2, z, deep * 0.9, 0.75 * wide),
            round_mm=5.0,
        )
        body = shaft * (1 - top) + dishes * top
        tuberosity = 1 - np.sqrt(((x - 21) / 7.5) ** 2 + ((y + 35) / 16) ** 2 + ((z - 3) / 9) ** 2)
        body = _union(body, 7.5 * tuberosity, round_mm=5.0)
        return _both(body, plateau(x, z) - y, 2.2)

    return _solid((-35, -128, -48), (40, 22, 48), depth)


def _femur() -> Mesh:
    lean = np.tan(np.deg2rad(VALGUS_DEG))

    def condyle(x: Floats, y: Floats, z: Floats, centre: float, half: float, out: int, size: float) -> Floats:
        # A gull's wing: up to the notch in one long curve, nearly level to the outer side.
        lowest, rise, bend, outer = (24.0, 12.8, 1.75, 1.3) if out < 0 else (26.0, 17.5, 1.35, 4.0)
        u = np.abs(z) - lowest
        wing = np.where(u > 0, 1.2 * np.abs(u / 9.5) ** outer, rise * np.abs(u / 17) ** bend)
        drop = np.where(z * out < 0, 20.0, wing)
        back = 19.5 * size - np.hypot(x + 19, y - 22.5)
        under = np.minimum(34 * size - np.hypot(x + 4, y - 34), 46 - y)
        sagittal = _both(_union(back, np.minimum(under, x + 30), round_mm=4.0) - drop, 40 - y, 8.0)
        edge, corner, lean_out, lean_in = (1.5, 4.5, 0.0, 0.16) if out < 0 else (1.3, 3.0, -0.05, 0.08)
        # The outer side leans outwards, up to the epicondyle, and inwards to the front.
        flare = np.where(u > 0, lean_out * (y - 12) - lean_in * np.maximum(x + 12, 0), 0.0)
        return _both(sagittal, half + edge + flare - np.abs(z - centre), corner)

    def depth(x: Floats, y: Floats, z: Floats) -> Floats:
        t = np.array([10, 18, 24, 31, 40, 50, 60, 75, 95, 140])
        wide = np.interp(y, t, [26, 33, 35, 35.8, 34.5, 30, 25.5, 19.5, 16, 14.5])
        deep = np.interp(y, t, [20, 22, 22, 21.5, 20.5, 18.5, 17, 15.5, 14.5, 14])
        ahead = np.interp(y, t, [-4, -4, -4, -3, -1, 2, 4, 6, 7, 7])
        body = _ellipse(x - ahead, z - lean * (y - 25) * np.clip((y - 25) / 30, 0, 1), deep, wide, 2.4)
        body = _both(body, (y - 12) * 0.7, 10.0)
        groove = 4.5 * _bell(z - 1, 10.0) + 3.5 * (z / 26) ** 2 - 1.5 * np.clip(z / 20, 0, 1)
        trochlea = _both(24.5 - groove - np.hypot(x - 3, (y - 29) * 0.9), 30 - np.abs(z), 6.0)
        solid = _union(
            body,
            condyle(x, y, z, -23.5, 13.5, -1, 1.0),
            condyle(x, y, z, 23.5, 14.5, 1, 0.985),
            trochlea,
            round_mm=8.0,
        )
        for side, height in ((-1, 30.0), (1, 27.0)):
            bump = 1 - np.sqrt(((x + 6) / 11) ** 2 + ((y - height) / 10) ** 2 + ((z - side * 35.5) / 5) ** 2)
            solid = _union(solid, 5 * bump, round_mm=5.0)
        popliteus = 0.6 - np.sqrt(((x + 9) / 9) ** 2 + ((y - 15.5) / 4) ** 2 + ((z - 40.0) / 3) ** 2)
        roof, wall = np.maximum(14.0 - 0.5 * x, 0.5), np.clip(10.5 - 0.12 * x, 9, 13)
        power = 2.6 + 2.0 * np.clip(-x / 20, 0, 1)  # a tunnel behind, with steep walls
        notch = 9 * (1 - (np.abs((z - 1.2) / wall) ** power + np.abs(y / roof) ** power) ** (1 / power))
        notch = np.minimum(notch, 16 - x)
        return _both(_both(solid, -4 * popliteus, 1.5), -notch, 4.0)

    return _solid((-46, -6, -50), (34, 140, 50), depth)


def _patella() -> Mesh:
    """Convex in front; behind, two facets that meet in a ridge, and below them the apex, which bears no cartilage."""

    def depth(x: Floats, y: Floats, z: Floats) -> Floats:
        half = np.interp(y, [-23, -17, -8, 3, 11, 18, 22], [0, 9, 16, 21, 21, 16, 7])
        front = 10.5 - 0.016 * (y - 2) ** 2 - 0.017 * z**2  # its rim is thin and fades on the film
        ridge = np.where(z > 2, 0.26, 0.4) * np.abs(z - 2)  # the lateral facet is longer and flatter
        behind = -10.5 + ridge + 0.006 * (y - 5) ** 2 + 9.0 * np.clip((-7 - y) / 12, 0, 1)
        body = _both(_both(front - x, x - behind, 3.0), 0.8 * (half - np.abs(z)), 5.0)
        return _both(body, 20.5 - 0.3 * x - y, 4.0)

    return _solid((-16, -27, -26), (15, 27, 26), depth)


def _fibula() -> Mesh:
    """A head with a slanting facet for the tibia and a styloid behind it, a neck, and the upper shaft."""

    def depth(x: Floats, y: Floats, z: Floats) -> Floats:
        levels = [-128, -72, -56, -47, -39, -31, -25, -18]
        radius = np.interp(y, levels, [6, 5.5, 6.5, 8.5, 11.0, 12.3, 12.3, 11.0])
        ahead, out = np.interp(y, levels[:6], [-14, -15, -16, -17, -18, -18.5]), np.interp(y, [-128, -25], [29, 33])
        facet = (-22 - y + 0.55 * (z - 31) - 0.3 * (x + 18)) / 1.18
        head = _both(radius - np.hypot(x - ahead, z - out), facet, 5.0)
        styloid = 1 - np.sqrt(((x + 22) / 6) ** 2 + ((y + 19) / 8) ** 2 + ((z - 39) / 5) ** 2)
        return _union(head, 5 * styloid, round_mm=4.0)

    return _solid((-36, -131, 16), (2, -4, 50), depth)


@lru_cache(maxsize=1)
def bones() -> dict[str, Mesh]:
    """Return femur (upright, its condyles on y = 0), tibia, fibula, and patella (about its own middle); read-only."""
    return {
        "femur": kept(f"knee femur {_DRAWN}", _femur),
        "tibia": kept(f"knee tibia {_DRAWN}", _tibia),
        "fibula": kept(f"knee fibula {_DRAWN}", _fibula),
        "patella": kept(f"knee patella {_DRAWN}", _patella),
    }


@cache
def rim_of(name: str, sign: float) -> tuple[Floats, Floats, Floats]:
    """Where the joint surface of femur or tibia turns over to the side of the bone: there osteophytes grow.

    `sign` is -1 for the medial side and 1 for the lateral one. Returns, for every vertex: how much it belongs to the
    rim (0 to 1), degrees along the rim from the middle of the side, and the unit vector that leads out of the joint.
    """
    mesh = bones()[name]
    (x, y, z), normal = mesh.vertices.T, mesh.normals()
    out = sign * z
    if name == "femur":  # an arc seen from the side, from behind the condyle to the front of the trochlea
        rim = np.exp(-(((sign * normal[:, 2] - 0.65) / 0.3) ** 2)) * np.clip((out - 22) / 8, 0, 1)
        rim *= np.clip((46 - y) / 6, 0, 1) * np.clip((np.hypot(x + 8, y - 30) - 18) / 8, 0, 1)
        around = (np.rad2deg(np.arctan2(y - 28, x + 8)) + 270) % 360 - 180
        outwards = np.stack([0.4 * normal[:, 0], 0.4 * normal[:, 1], np.full(len(x), sign)], axis=1)
    else:  # half an oval seen from above
        rim = np.exp(-(((normal[:, 1] - 0.6) / 0.35) ** 2)) * np.clip((y + 9) / 3, 0, 1) * np.clip((out - 12) / 8, 0, 1)
        rim *= np.clip((np.hypot((x + 2) / 1.25, out - 18) - 10) / 6, 0, 1)
        around = np.rad2deg(np.arctan2(x + 2, out - 18))
        outwards = np.stack([np.sin(np.deg2rad(around)), 0 * x, sign * np.cos(np.deg2rad(around))], axis=1)
    return rim, around, outwards / np.linalg.norm(outwards, axis=1, keepdims=True)
