"""Around the spine: rib cage, lungs, heart, diaphragm, bowel gas and the outline of the trunk.

Everything is measured from the vertebrae, so a bent and turned spine takes its ribs with it: they crowd on the concave
side and form a hump on the convex one. Numbers are those of an adult whose spine measures `LENGTH_MM`, in millimetres;
all are estimates.
"""

from functools import lru_cache
from itertools import pairwise

import numpy as np
from scipy.interpolate import CubicSpline

from ..meshes import Floats, Mesh, ellipsoid
from ..shape import Bone, Extra, Soft, rotation, wobble
from ..tissue import blended, smooth_tube, tube
from .spine_shape import LEVELS, T1, Plates

#: by rib: half-width and depth of the cage, how far the front end lies below the back, how far the rib reaches (degrees
#: from the back: 180 would be the breastbone)
_HALF = np.array([46.0, 76, 96, 108, 116, 122, 127, 130, 130, 126, 117, 100])
_DEEP = np.array([58.0, 92, 118, 136, 150, 160, 167, 171, 172, 168, 155, 130])
_DROP = np.array([22.0, 42, 60, 76, 90, 102, 112, 114, 104, 88, 60, 38])
_REACH = np.array([150.0, 150, 147, 145, 143, 141, 138, 130, 118, 104, 72, 46])
_BACK = 40.0  # the cage's back lies this far behind the middle of the vertebral bodies
_STATIONS, _ROUND = 18, 8


def together(meshes: list[Mesh]) -> Mesh:
    """Return several closed meshes as one."""
    starts = np.cumsum([0, *(len(m.vertices) for m in meshes[:-1])])
    faces = [m.faces + np.int32(s) for m, s in zip(meshes, starts)]
    return Mesh(np.concatenate([m.vertices for m in meshes]), np.concatenate(faces).astype(np.int32))


@lru_cache(maxsize=8)
def _rope_faces(ropes: int, stations: int) -> np.ndarray:
    i, j = np.meshgrid(np.arange(stations - 1), np.arange(_ROUND), indexing="ij")
    a, b = i * _ROUND + j, i * _ROUND + (j + 1) % _ROUND
    quads = np.stack([a, b, a + _ROUND, b, b + _ROUND, a + _ROUND], -1).reshape(-1, 3)
    return (quads[None] + (np.arange(ropes) * stations * _ROUND)[:, None, None]).reshape(-1, 3).astype(np.int32)


def ropes(lines: Floats, high: Floats, thick: Floats, outward: Floats) -> Mesh:
    """Return closed tubes along curves.

    Parameters
    ----------
    lines : (n, stations, 3) array
    high, thick : (n, stations) arrays
        Half-axes of the oval sections: along the curve's binormal, and along `outward`. 0 at both ends closes the tube.
    outward : (n, stations, 3) array
        Roughly across the curves.
    """
    along = np.gradient(lines, axis=1)
    along /= np.linalg.norm(along, axis=-1, keepdims=True)
    across = outward - (outward * along).sum(-1, keepdims=True) * along
    across /= np.maximum(np.linalg.norm(across, axis=-1, keepdims=True), 1e-9)
    up = np.cross(along, across)
    angle = np.linspace(0, 2 * np.pi, _ROUND, endpoint=False)[:, None]
    ring = np.cos(angle) * (thick[..., None] * across)[..., None, :]
    ring = ring + np.sin(angle) * (high[..., None] * up)[..., None, :]
    mesh = Mesh((lines[..., None, :] + ring).reshape(-1, 3), _rope_faces(*lines.shape[:2]))
    return mesh if mesh.volume() > 0 else Mesh(mesh.vertices, np.ascontiguousarray(mesh.faces[:, ::-1]))


class Cage:
    """The rib cage of a patient: where its middle lies at every level, how wide and how deep it is there.

    Parameters
    ----------
    plates : Plates
    size : float
        Length of the spine against the adult's.
    width, depth : float
        Factors on the cage's own proportions.
    """

    def __init__(self, plates: Plates, size: float, width: float, depth: float) -> None:
        self.plates, self.size = plates, size
        self.spine = plates.centre.mean(axis=1)
        self.body = self.spine[T1 : T1 + 12]
        self.half, self.deep = _HALF * size * width, _DEEP * size * depth
        self.middle = self.body + np.stack([self.deep / 2 - _BACK * size, 0 * self.half, 0 * self.half], 1)
        self.middle[:, 2] *= 0.45  # the cage stays under the shoulders when the spine bends

    def at(self, y: Floats) -> Floats:
        """Return rows of middle x, middle z, half-depth, half-width at heights `y`."""
        table = np.stack([self.middle[:, 0], self.middle[:, 2], self.deep / 2, self.half], 1)[::-1]
        return np.stack([np.interp(y, self.body[::-1, 1], column) for column in table.T], 1)

    def spine_at(self, y: Floats | float) -> Floats:
        """Return the middle of the vertebral bodies at heights `y`: n x 2 (x, z)."""
        return np.stack([np.interp(y, self.spine[::-1, 1], self.spine[::-1, k]) for k in (0, 2)], axis=-1)

    def level(self, name: str) -> float:
        """Height of a vertebra's middle."""
        return float(self.spine[LEVELS.index(name), 1])


def ribs(cage: Cage, rng: np.random.Generator) -> Bone:
    """Twelve pairs of ribs, from the costovertebral joint over the angle to the cartilage, which does not show."""
    size, p = cage.size, cage.plates
    share = np.linspace(0, 1, 7)[1:]
    reach = np.deg2rad(_REACH * (1 + 0.03 * rng.standard_normal(12)))
    angle = np.deg2rad(30) + share * (reach - np.deg2rad(30))[:, None]  # 12 x 6
    drop = _DROP * size * rng.uniform(0.8, 1.2)
    lines = []
    for side in (1.0, -1.0):
        out = np.empty((12, 8, 3))
        for k in range(12):
            axes = p.axes[T1 + k].mean(axis=0)
            joint = np.array([-0.9 * p.half_depth[T1 + k], 4.0 * size, side * 1.1 * p.half_width[T1 + k]])
            bend = np.array([-1.0 * p.half_depth[T1 + k] - 12 * size, 5.0 * size - 0.12 * drop[k], side * 36 * size])
            out[k, 0], out[k, 1] = (cage.body[k] + axes @ q for q in (joint, bend))
            wall = cage.middle[k] - cage.body[k]
            flat = np.stack(
                [
                    wall[0] - cage.deep[k] / 2 * np.cos(angle[k]),
                    5.0 * size - drop[k] * (0.12 + 0.88 * share),
                    wall[2] + side * cage.half[k] * np.sin(angle[k]) ** 0.8,
                ],
                1,
            )
            # Behind, the ribs turn and tilt with their vertebra; in front they hardly do.
            follow = np.linspace(1, 0.25, 6)[:, None]
            out[k, 2:] = cage.body[k] + flat + follow * (flat @ axes.T - flat)
        lines.append(out)
    path = np.concatenate(lines) + wobble(np.concatenate(lines).reshape(-1, 3), 1.6 * size, 160, rng).reshape(24, 8, 3)
    knots = np.arange(8.0)
    curve = np.einsum("sk,nkc->nsc", CubicSpline(knots, np.eye(8))(np.linspace(0, 7, _STATIONS)), path)
    outward = curve - np.concatenate([cage.middle, cage.middle])[:, None]
    outward[..., 1] = 0
    profile = np.interp(np.arange(_STATIONS), [0, 1, 3, 14, 16, 17], [0, 0.7, 0.9, 1.0, 0.9, 0.0])
    strong = np.tile([0.8, 0.95, *[1.0] * 7, 0.95, 0.85, 0.7], 2)
    high = 6.8 * size * rng.uniform(0.9, 1.1) * strong[:, None] * profile
    thick = 0.58 * high
    shell = 1.6 * size
    low, thin = (np.where(profile > 0, np.maximum(h - shell, 0.2), 0.0) for h in (high, thick))
    return Bone("ribs", ropes(curve, high, thick, outward), ropes(curve, low, thin, outward), 0.2)


def lungs(cage: Cage, rng: np.random.Generator) -> list[Soft]:
    """Both lungs, the organs that lie in them or bulge into them, and the windpipe."""
    size, out = cage.size, []
    top, base = cage.level("T1") + 2 * size, cage.level("L1")
    y = top - (top - base) * np.linspace(1, 0, 24) ** 1.6  # closer together where the apex is rounded
    x, z, deep, half = cage.at(y).T
    spine = cage.spine_at(y)[:, 1]
    rise = np.sqrt(1 - np.clip(1 - (top - y) / (22 * size), 0.0, 1) ** 2)
    for side in (1.0, -1.0):
        inner, outer = spine + side * 15 * size, z + side * (np.maximum(half, 60 * size) - 6 * size)
        centre, width = (inner + outer) / 2, np.maximum(rise * side * (outer - inner) / 2, 1.0)
        # Towards its base a lung is a wedge that reaches down behind the dome only.
        full = np.clip((y - base) / (100 * size), 0.0, 1) ** 0.8
        front, back = x + 0.86 * deep * (2 * full - 1), x - 0.86 * deep
        long = np.maximum((front - back) / 2, 0.5)
        out.append(Soft(tube(y, np.stack([back + long, centre], 1), np.stack([long, width], 1), 2.15, 32), "lung"))
    dome = cage.level("T10") + rng.normal(8, 9) * size
    for side, low in ((1.0, 0.0), (-1.0, rng.uniform(4, 18) * size)):
        x, z, deep, half = cage.at(np.array([dome - 25 * size]))[0]
        tall = 95 * size
        ball = ellipsoid((0.98 * deep, tall, 0.58 * half), 4)
        away = np.array([x + 0.05 * deep, dome - low - tall, z + side * 0.47 * half])
        out.append(Soft(ball.moved(np.eye(3), away), "organ"))
    out.append(_heart(cage, rng))
    out.append(Soft(_vessels(cage, rng), "organ"))
    y = np.linspace(cage.level("T5"), cage.level("C3"), 12)
    middle = cage.spine_at(y) * [1.0, 0.45] + [30 * size, 1.5 * size]
    bore = np.interp(np.arange(12), [0, 1, 8, 9, 10, 11], [3.0, 8.5, 7.5, 3.5, 8.0, 9.0])  # narrow at the vocal cords
    out.append(Soft(tube(y, middle, bore[:, None] * [size, size], 2.0, 12), "gas"))
    return out


def _heart(cage: Cage, rng: np.random.Generator) -> Soft:
    """Heart, great vessels, aortic knob and mediastinum as one body, so that none is seen through the other.

    A bent spine leaves the middle, where the mediastinum stays: lung lies between both, behind and beside it.
    """
    size = cage.size
    x, z, deep, _ = cage.at(np.array([cage.level("T8")]))[0]
    spine = 0.2 * cage.spine_at(cage.level("T8"))[1] + 0.5 * z  # the heart hardly follows a bend of the spine
    big, wide, lean = rng.uniform(0.85, 1.1), rng.uniform(0.8, 1.2), np.deg2rad(36 + rng.normal(0, 6))
    up, out = 39 * np.cos(lean), 39 * np.sin(lean)

    def at(depth: float, level: str, rise: float, right: float) -> Floats:
        return np.array([x + depth * deep, cage.level(level) + big * rise * size, spine + big * right * size])

    def mediastinum(level: str) -> Floats:
        y = cage.level(level)
        x, z, deep, _ = cage.at(np.array([y]))[0]
        return np.array([x + 0.2 * deep, y, 0.6 * z + 0.2 * cage.spine_at(y)[1]])

    cones = [
        (at(0.32, "T8", up - 14, out - 27), at(0.44, "T8", -18 - up, -31 - out), 39 * big, 29 * big),
        (at(0.22, "T8", 8, 5), at(0.28, "T8", -20, 5), 28 * big, 28 * big),
        (at(0.1, "T5", 26, -5), at(0.2, "T5", -50, -5), 16 * big, 24 * big),
        (at(-0.2, "T4", -8, -18), at(-0.1, "T4", -12, -16), 13 * big, 13 * big),
    ]
    levels = ("L1", "T10", "T6", "T2")
    for k, (low, high) in enumerate(pairwise(levels)):
        cones.append((mediastinum(low), mediastinum(high), (22 - 3 * k) * wide, (19 - 3 * k) * wide))
    ends, radii = np.array([c[:2] for c in cones]), size * np.array([c[2:] for c in cones])
    return Soft(blended(ends, radii, 9.0 * size, 4.0 * size), "organ")


def _vessels(cage: Cage, rng: np.random.Generator) -> Mesh:
    """Pulmonary vessels: branches that fan out from each hilum and thin out."""
    size, n = cage.size, 56
    x, _, _, half = cage.at(np.array([cage.level("T6")]))[0]
    spine = cage.spine_at(cage.level("T6"))[1]
    side = np.where(np.arange(n) % 2 == 0, 1.0, -1.0)
    start = np.stack([np.full(n, x), cage.level("T6") + rng.normal(-8, 9, n) * size, spine + side * 30 * size], 1)
    angle = rng.uniform(-1.25, 1.25, n)
    length = rng.uniform(0.35, 0.95, n) * half * (1 + 0.5 * np.abs(np.sin(angle)))
    lead = np.stack([rng.normal(0, 0.4, n), np.sin(angle) - 0.15, side * np.cos(angle)], 1)
    t = np.linspace(0, 1, 8)
    lines = start[:, None] + (length[:, None] * t)[..., None] * lead[:, None]
    lines[..., 1] += length[:, None] * (rng.normal(-0.15, 0.25, (n, 1)) * t**2 + rng.normal(0, 0.1, (n, 1)) * t**3)
    radius = np.interp(t, [0, 0.15, 1], [0, 1, 0.3]) * (1.2 + 3.6 * rng.uniform(0, 1, n) ** 2)[:, None] * size
    radius[:, -1] = 0
    return ropes(lines, radius, radius, np.broadcast_to([1.0, 0.0, 0.0], lines.shape))


def bowel(cage: Cage, rng: np.random.Generator) -> list[Soft]:
    """Gas: the bubble of the stomach under the left dome, with its level of fluid, and loops of colon."""
    size, out = cage.size, []
    x, z, deep, half = cage.at(np.array([cage.level("T12")]))[0]
    if rng.random() < 0.75:
        ball = ellipsoid((34.0, 26.0, 36.0)).vertices * rng.uniform(0.5, 1.25) * size
        ball = ball + wobble(ball, 4.0 * size, 60.0 * size, rng)
        if rng.random() < 0.35:  # else the stomach holds no fluid, or folds hide its level
            floor = rng.uniform(-0.8, -0.1) * ball[:, 1].max()
            ball[:, 1] = np.maximum(ball[:, 1], floor + 0.08 * (ball[:, 1] - floor))
        spot = np.array([x + 10, cage.level("T11") - rng.uniform(-5, 22) * size, z - rng.uniform(0.35, 0.65) * half])
        out.append(Soft(ellipsoid((1, 1, 1)).with_vertices(ball + spot), "gas"))
    waist = 108 * size
    out += [Soft(_stool(cage, waist, rng), "gas") for _ in range(int(rng.integers(0, 4)))]
    for _ in range(int(rng.integers(1, 7))):
        at = np.array([0.3 * deep, rng.uniform(-50, cage.level("L1")), np.clip(rng.normal(0, 0.7), -1, 1) * waist])
        step, big = rng.normal(0, 1, 3) * [0.3, 1, 0.7], rng.uniform(5, 14)
        for _ in range(int(rng.integers(3, 14))):
            radius = big * rng.uniform(0.7, 1.3) * size
            bubble = ellipsoid((1.1 * radius, radius * rng.uniform(0.7, 1.2), radius * rng.uniform(0.8, 1.4)), 2)
            bubble = bubble.with_vertices(bubble.vertices + wobble(bubble.vertices, 0.12 * radius, 2.2 * radius, rng))
            out.append(Soft(bubble.moved(rotation((1, 0, 0), rng.uniform(0, 180)), at), "gas"))
            step = 0.7 * step + rng.normal(0, 0.7, 3) * [0.3, 1, 1]
            at = at + step / np.linalg.norm(step) * radius * 1.25
            at[2] = np.clip(at[2], -waist, waist)
    return out


def _stool(cage: Cage, waist: float, rng: np.random.Generator) -> Mesh:
    """Stool in a piece of colon: many small bubbles along it, as one mesh."""
    low, high = (-60.0, 60.0) if rng.random() < 0.7 else (60.0, 150.0)
    side = rng.choice([-1.0, 1.0]) * rng.uniform(0.45, 1.0) * waist
    start, end = np.array([30.0, low * cage.size, side]), np.array([30.0, high * cage.size, rng.uniform(0.6, 1) * side])
    n = int(rng.integers(30, 70))
    along = np.sort(rng.random((n, 1)))
    spots = start + along * (end - start) + rng.normal(0, 1, (n, 3)) * np.array([8.0, 6.0, 9.0]) * cage.size
    ball = ellipsoid((1.0, 1.0, 1.0), 1)
    radii = rng.gamma(3.0, 0.8, (n, 1)) * cage.size * rng.uniform(0.7, 1.3, (n, 3))
    return together([ball.with_vertices(ball.vertices * r + at) for r, at in zip(radii, spots)])


#: outline of the trunk: height (shares of the way from the sacrum to T1), half-width, half-depth, x of the middle
_OUTLINE = np.array(
    [
        [-0.60, 165, 88, 15],
        [-0.33, 172, 104, 8],
        [-0.12, 166, 108, 6],
        [0.05, 152, 102, 10],
        [0.25, 144, 101, 18],
        [0.45, 143, 103, 25],
        [0.65, 156, 112, 30],
        [0.85, 166, 108, 22],
        [0.95, 160, 88, 12],
        [1.00, 132, 74, 6],
        [1.05, 84, 64, 4],
        [1.12, 58, 58, 6],
        [1.45, 56, 62, 12],
    ]
)


def outline(cage: Cage, stout: float, fat_mm: float) -> list[Soft]:
    """Skin and muscle of the trunk and the neck; `stout` widens it, `fat_mm` lies between both."""
    size, height = cage.size, cage.level("T1")
    y = _OUTLINE[:, 0] * height
    spine = cage.spine_at(y)
    wide, deep, forward = _OUTLINE[:, 1:].T * size
    trunk = np.clip((1.15 - _OUTLINE[:, 0]) / 0.3, 0, 1)
    grow = 1 + (stout - 1) * trunk
    rows = np.stack([y, 0.8 * spine[:, 0] + forward, 0.45 * spine[:, 1], deep * grow, wide * (0.4 + 0.6 * grow)], 1)
    return [
        Soft(smooth_tube(rows, 14.0, 2.5), "skin"),
        Soft(smooth_tube(rows, 14.0, 2.5, -fat_mm), "muscle"),
    ]


def breasts(cage: Cage, stout: float, rng: np.random.Generator) -> list[Extra]:
    """Glandular tissue and fat that lie on the trunk, so that their depth adds to it."""
    low = cage.level("T9") - rng.uniform(0, 30) * cage.size
    share = low / cage.level("T1")
    deep, forward = (float(np.interp(share, _OUTLINE[:, 0], _OUTLINE[:, k])) * cage.size for k in (2, 3))
    front = 0.8 * cage.spine_at(low)[0] + forward + stout * deep
    _, z, _, half = cage.at(np.array([low]))[0]
    width = cage.size * stout * rng.uniform(40, 62)
    thick = cage.size * stout**2 * rng.uniform(5, 24)
    ball = ellipsoid((thick, width * 0.85, width))
    ball = ball.with_vertices(ball.vertices + np.array([0.0, -0.012, 0.0]) * ball.vertices[:, :1] * width)
    return [
        Extra(ball.moved(np.eye(3), np.array([front - 0.4 * thick, low, z + side * 0.6 * half])), "muscle")
        for side in (1.0, -1.0)
    ]
