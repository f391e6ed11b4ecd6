"""Wrist, PA and lateral: distal forearm, carpus and the bases of the metacarpals.

Body axes of a right wrist: x to the thumb, y towards the elbow, z dorsal; the origin is the middle of the radius's
articular surface, and y is the long axis of the radius.

Sources. Radial inclination 23.8 (SD 2.6) degrees and ulnar variance -0.9 (1.5) mm: Schuind, Linscheid, An and Chao,
J Hand Surg Am 1992; volar tilt 11 (4) degrees: Friberg and Lundstrom, Acta Radiol 1976; size of the hand 194 (10) mm in
men and 181 (10) in women: ANSUR 1988; bone volume fraction of the distal radius and its loss with age: Khosla et al.,
J Bone Miner Res 2006. Fractures are in :mod:`.wrist_fractures`, the carpus is in :mod:`.carpus`.
"""

from collections.abc import Iterable
from dataclasses import replace
from functools import lru_cache
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.ndimage import gaussian_filter, map_coordinates
from scipy.special import ndtri

from ..cut import Surface, cut, rough_surface
from ..meshes import Floats, Mesh, ellipsoid, kept, load, raw, resampled, surface_net, thinned
from ..region import Region, Streams, View
from ..shape import Anatomy, Bone, Fraction, bone, rotation, wobble
from ..tissue import smooth_tube
from .carpus import CARPALS, PLACE, carpals, ossified, placed
from .hand_growth import CENTRES
from .wrist_fractures import LESIONS, parallel
from .wrist_soft import cast, soft_tissue

_INCLINATION, _TILT = 23.8, 11.0  # degrees, of the shape that _radius() makes
_GROWN = {"F": 17.0, "M": 18.5}  # years at which the distal physes are closed


def _forearm(name: str, reach_mm: float) -> tuple[Floats, Floats, float]:
    """The distal part of a forearm bone as a field (1 inside), its long axis along y; also corner and pitch, mm."""
    mesh = raw(name)
    y = mesh.vertices[:, 1] - mesh.vertices[:, 1].min()
    near, far = (mesh.vertices[(y > a) & (y < b)].mean(axis=0) for a, b in ((25, 60), (80, 130)))
    along = (far - near) / np.linalg.norm(far - near)
    axis = np.cross(along, [0, 1, 0])
    upright = mesh.moved(rotation(axis, np.rad2deg(np.arcsin(np.linalg.norm(axis)))), np.zeros(3))
    v = upright.vertices
    part = v[v[:, 1] < v[:, 1].min() + reach_mm]
    low, high = part.min(axis=0) - 4, part.max(axis=0) + 4
    low[1] -= 8
    return resampled(upright, 0.8, low, high), low, 0.8


def _radius() -> Mesh:
    """The distal radius, its articular surface modelled.

    The scanned shape is open at the joint. Its section 14 mm from the tip is carried on distally, and the articular
    surface is carved from it: a plane of stated inclination and tilt with a scaphoid and a lunate fossa.
    """
    f, low, pitch = _forearm("radius", 85)
    x, y, z = (low[k] + pitch * np.arange(f.shape[k]) for k in range(3))
    tip = low[1] + 12
    s = int(np.searchsorted(y, tip + 14))
    inside = f[:, s, :] > 0.5
    xs, zs = x[inside.any(axis=1)], z[inside.any(axis=0)]
    x0, z0 = (xs.min() + xs.max()) / 2, (zs.min() + zs.max()) / 2
    for j in range(s):
        d = (y[s] - y[j]) / 22
        u = xs.min() + (x - xs.min()) / (1 - 0.18 * d**2)
        w = z0 + (z - z0) / (1 - 0.10 * d**2)
        at = np.stack(np.meshgrid((u - low[0]) / pitch, (w - low[2]) / pitch, indexing="ij"))
        f[:, j, :] = map_coordinates(f[:, s, :], at, order=1)
    top = tip + 8.5
    u, v, w = (x - x0)[:, None, None], (y - top)[None, :, None], (z - z0)[None, None, :]
    joint = -np.tan(np.deg2rad(_INCLINATION)) * u - np.tan(np.deg2rad(_TILT)) * w
    joint = joint + 5.0 * np.clip((u - 9) / 8, 0, 1.5) ** 2  # the tip of the styloid is round
    for centre, width in ((6.5, 5.0), (-6.5, 4.5)):
        joint = joint + 2.2 * np.exp(-((u - centre) ** 2) / (2 * width**2) - w**2 / 72)
    f = gaussian_filter(np.minimum(f, np.clip((v - joint) / pitch + 0.5, 0, 1)), 1.0)
    f[:, -1, :] = 0
    net = surface_net(f - 0.5)
    return net.with_vertices(net.vertices * pitch + low - [x0, top, z0])


def _ulna() -> Mesh:
    """The distal ulna, beside the radius; its head ends at the level of the radius's ulnar corner."""
    f, low, pitch = _forearm("ulna", 85)
    at = np.stack(np.meshgrid(*(low[k] + pitch * np.arange(f.shape[k]) for k in range(3)), indexing="ij"), axis=-1)
    inside = at[f > 0.5]
    end = inside[:, 1].min()
    head = inside[inside[:, 1] < end + 12]
    styloid = np.array([head[:, 0].min() + 3.4, end + 2.2, head[:, 2].mean() + 2.0])
    f = np.maximum(f, np.clip(1.5 - np.linalg.norm((at - styloid) / [3.3, 4.6, 3.3], axis=-1), 0, 1))
    f = gaussian_filter(f, 1.0)
    f[:, -1, :] = 0
    net = surface_net(f - 0.5)
    return net.with_vertices(
        net.vertices * pitch + low - [head[:, 0].mean() + 23.6, end - 2.0, head[:, 2].mean() - 2.0]
    )


@lru_cache(maxsize=1)
def adult_bones() -> dict[str, Mesh]:
    """Return the adult bones in body axes, by the names of :mod:`..meshes`; read-only."""
    parts = {"radius": kept("wrist radius", _radius), "ulna": kept("wrist ulna blunt", _ulna)}
    parts = {name: thinned(mesh, 1.15) for name, mesh in parts.items()}  # finer than a film shows
    rays = {f"{k}mc": placed(f"{k}mc") for k in range(1, 6)}
    v = rays["1mc"].vertices
    tip = v[v[:, 1] < v[:, 1].min() + 4].mean(axis=0)
    rays["phalanx of thumb"] = load("thumbprox").moved(np.eye(3), np.array([tip[0], v[:, 1].min() + 4, tip[2]]))
    return parts | carpals(parts["radius"], parts["ulna"]) | rays


def patient(rng: np.random.Generator, lesion: str | None) -> dict[str, Any]:
    """Draw a patient; children have torus fractures, women after the menopause most of Colles' (see the sources)."""
    # One number each, whatever the lesion, so that all other draws stay the same.
    sex = "F" if rng.random() < (0.75 if lesion == "colles" else 0.5) else "M"
    share = float(rng.uniform(0.01, 0.99))
    if lesion == "torus":
        age = 5 + 8 * share
    elif lesion == "colles":
        age = float(np.clip(64 + 13 * ndtri(share), 20, 92))
    else:
        age = 18.5 + 62 * share
    young = 0.165 if sex == "M" else 0.145
    loss = 0.0012 * max(0.0, age - (50 if sex == "F" else 60))
    return {
        "age_years": round(float(age), 1),
        "sex": sex,
        "side": str(rng.choice(["L", "R"])),
        "hand_mm": round(float((194 if sex == "M" else 181) + rng.normal(0, 10)) * _growth(age), 1),
        "bone_fraction": round(float(max(0.05, rng.normal(young - loss, 0.022))), 4),
        "radial_inclination_deg": round(float(rng.normal(_INCLINATION, 2.6)), 2),
        "volar_tilt_deg": round(float(rng.normal(_TILT, 4.0)), 2),
        "ulnar_variance_mm": round(float(np.clip(rng.normal(-0.9, 1.5), -4.2, 2.5)), 2),
        "cast": bool(rng.random() < 0.08),
    }


def _growth(age: float) -> float:
    """Length of the hand as a share of the adult's (CDC growth of stature serves as the curve)."""
    return float(np.interp(age, [1, 3, 5, 8, 11, 14, 17], [0.43, 0.55, 0.63, 0.74, 0.83, 0.94, 1.0]))


def build(patient: dict[str, Any], lesion: str | None, subtlety: float, streams: Streams) -> Anatomy:
    """Build one wrist. See :class:`..region.Build`."""
    rng = streams("shape")
    scale = patient["hand_mm"] / 194.0
    age, sex = patient["age_years"], patient["sex"]
    meshes = {}
    for name, template in adult_bones().items():
        v = template.vertices + wobble(template.vertices, 0.35, 22.0, rng)
        if name in CARPALS:  # in a child ossification has not yet reached the surface
            filled = max(CENTRES[name].filled(age, sex), 0.1)
            v = ossified(v, filled, filled, np.array([0.0, 1, 0]))
        v = (v + wobble(v, 0.8, 90.0, streams("bend"))) * (scale * rng.uniform(0.97, 1.03))
        meshes[name] = template.with_vertices(v)
    _set_joint(meshes, patient, scale)
    dense = patient["bone_fraction"]
    bones = [
        bone(n, m, _cortex(n, m, dense, scale), _fraction(n, dense, scale))
        for n, m in meshes.items()
        if n not in CARPALS or CENTRES[n].filled(age, sex) > 0
    ]
    wrist = Anatomy(
        tuple(bones),
        soft_tissue(scale, streams("soft")),
        _landmarks(meshes),
        {},
        {"fracture": int(lesion is not None), "lesion": lesion or "none"},
        scale=scale * float(streams("field").uniform(0.95, 1.1)),
    )
    if age < _GROWN[sex]:
        wrist = _with_physes(wrist, age, sex, scale, streams)
    wrist = _with_mimics(wrist, age >= _GROWN[sex], scale, streams("mimics"))
    if lesion is not None:
        wrist = LESIONS[lesion](wrist, 1 - subtlety, scale, streams("lesion"))
    if patient["cast"]:
        wrist = replace(wrist, extras=(*wrist.extras, cast(scale, streams("cast"))))
    return replace(wrist, measurements=_measured(wrist.landmarks))


def _set_joint(meshes: dict[str, Mesh], patient: dict[str, Any], scale: float) -> None:
    """Shear the end of the radius to the patient's inclination and tilt, and slide the ulna to the variance."""
    v = meshes["radius"].vertices
    weight = np.clip((22 * scale - v[:, 1]) / (12 * scale), 0, 1)
    weight = weight * weight * (3 - 2 * weight)
    shear = np.zeros(3)
    for _ in range(6):  # the landmarks are extreme points, so they move along the surface a little
        found = _measured(_landmarks(meshes, _MEASURED))
        by_x = np.tan(np.deg2rad(patient["radial_inclination_deg"])) - np.tan(
            np.deg2rad(found["radial_inclination_deg"])
        )
        by_z = np.tan(np.deg2rad(patient["volar_tilt_deg"])) - np.tan(np.deg2rad(found["volar_tilt_deg"]))
        v[:, 1] -= weight * (by_x * v[:, 0] + by_z * v[:, 2])
        shear += [by_x, 0, by_z]
    for name in CARPALS:  # they lie on the joint, the proximal row close to it
        p = meshes[name].vertices
        p[:, 1] -= np.clip((p[:, 1] / scale + 24) / 20, 0, 1) * (p @ shear)
    found = _measured(_landmarks(meshes, _MEASURED))
    meshes["ulna"].vertices[:, 1] += found["ulnar_variance_mm"] - patient["ulnar_variance_mm"]


def _cortex(name: str, mesh: Mesh, fraction: float, scale: float) -> Floats:
    """Thickness of the cortex at every vertex, mm: thin at the ends, 3 mm in the shafts, less in porotic bone."""
    v = mesh.vertices
    dense = 0.55 + 3.0 * fraction
    if name in ("radius", "ulna"):
        return np.asarray(dense * np.interp(v[:, 1] / scale, [-5, 3, 12, 25, 45, 80], [0.9, 0.75, 0.65, 1.3, 2.5, 3.2]))
    if name.endswith("mc"):
        y = (v[:, 1] - v[:, 1].min()) / np.ptp(v[:, 1])
        return np.asarray(
            dense * np.interp(y, [0, 0.15, 0.35, 0.55, 0.8, 0.95, 1], [0.5, 0.6, 1.6, 1.9, 1.2, 0.55, 0.6])
        )
    return np.full(len(v), (0.45 if name in CARPALS else 0.9) * dense)


def _fraction(name: str, fraction: float, scale: float) -> Any:
    """Spongy bone: dense under the joint, none in the shaft."""
    if name in ("radius", "ulna"):
        return lambda p: fraction * np.interp(p[:, 1] / scale, [-8, 0, 8, 30, 50], [1.9, 1.7, 1.3, 0.55, 0.12])
    if name.endswith("mc"):
        base = PLACE[name][1] + (30 if name != "1mc" else 0)
        return lambda p: fraction * np.interp(base - p[:, 1] / scale, [0, 10, 18, 45, 55], [1.5, 0.9, 0.25, 0.25, 1.2])
    return fraction * (1.75 if name in CARPALS else 1.2)


@lru_cache(maxsize=1)
def _spots() -> dict[str, tuple[str, list[int]]]:
    """Landmark -> bone, and the vertices whose mean it is: chosen once, the same points in everybody."""
    v, u = (adult_bones()[n].vertices for n in ("radius", "ulna"))

    def lowest(points: Floats, *where: NDArray[np.bool_]) -> int:
        inside = np.flatnonzero(np.logical_and.reduce(where))
        return int(inside[points[inside, 1].argmin()])

    middle, end = np.abs(v[:, 0]) < 4, v[:, 1] < 15
    ulnar = v[:, 0] < v[end, 0].min() + 4
    return {
        "radial styloid": ("radius", [lowest(v, v[:, 0] > 0)]),
        "ulnar corner of radius": ("radius", [lowest(v, end, ulnar, v[:, 2] > 2), lowest(v, end, ulnar, v[:, 2] < -2)]),
        "dorsal lip of radius": ("radius", [lowest(v, middle, v[:, 2] > 4)]),
        "volar lip of radius": ("radius", [lowest(v, middle, v[:, 2] < -4)]),
        "radial shaft": ("radius", np.flatnonzero(v[:, 1] > v[:, 1].max() - 15).tolist()),
        "ulnar head": ("ulna", [lowest(u, u[:, 0] > u[u[:, 1] < u[:, 1].min() + 10, 0].mean())]),
        "ulnar styloid": ("ulna", [lowest(u, u[:, 0] < 0)]),
        **{f"centre of {n}": (n, list(range(len(adult_bones()[n].vertices)))) for n in CARPALS},
    }


def _landmarks(meshes: dict[str, Mesh], names: Iterable[str] | None = None) -> dict[str, Floats]:
    spots = _spots()
    return {n: meshes[spots[n][0]].vertices[spots[n][1]].mean(axis=0) for n in names or spots}


_MEASURED = ("radial styloid", "ulnar corner of radius", "dorsal lip of radius", "volar lip of radius", "ulnar head")


def _measured(at: dict[str, Floats]) -> dict[str, float]:
    """The four measurements of the distal radius, from landmarks in space; the long axis of the radius is y."""
    styloid, corner = at["radial styloid"], at["ulnar corner of radius"]
    dorsal, volar = at["dorsal lip of radius"], at["volar lip of radius"]
    return {
        "radial_inclination_deg": float(np.rad2deg(np.arctan2(corner[1] - styloid[1], styloid[0] - corner[0]))),
        "radial_height_mm": float(corner[1] - styloid[1]),
        "ulnar_variance_mm": float(corner[1] - at["ulnar head"][1]),
        "volar_tilt_deg": float(np.rad2deg(np.arctan2(volar[1] - dorsal[1], dorsal[2] - volar[2]))),
    }


def _plates(wrist: Anatomy, scale: float) -> dict[str, tuple[str, Floats, Floats]]:
    """Bone -> the name of its centre, a point of its growth plate, and the direction from there to the epiphysis."""
    out = {}
    for b in wrist.bones:
        v = b.outer.vertices
        if b.name == "radius":
            out[b.name] = ("radius", np.array([0.0, 10.2 * scale, 0.0]), np.array([-0.1, -1.0, 0.0]))
        elif b.name == "ulna":
            level = float(wrist.landmarks["ulnar head"][1]) + 7.0 * scale
            spot = v[np.abs(v[:, 1] - level) < 4].mean(axis=0)
            out[b.name] = ("ulna", np.array([spot[0], level, spot[2]]), np.array([0.0, -1.0, 0.0]))
        elif b.name == "1mc":
            away = np.linalg.eigh(np.cov(v.T))[1][:, -1]
            away = away if away[1] > 0 else -away
            along = v @ away
            spot = v[along > along.max() - 9 * scale].mean(axis=0)
            out[b.name] = ("metacarpal 1", spot + away * (along.max() - 6.5 * scale - spot @ away), away)
    return out


def _with_physes(wrist: Anatomy, age: float, sex: str, scale: float, streams: Streams) -> Anatomy:
    """Cut the growth plates: wavy cartilage between two dense plates, and of the epiphysis what has become bone.

    An epiphysis is a rounded disc, narrower than the metaphysis until its centre fills (:mod:`.hand_growth`).
    """
    bones: list[Bone] = []
    plates = _plates(wrist, scale)
    for b in wrist.bones:
        if b.name not in plates or CENTRES[plates[b.name][0]].gap(age, sex) == 0:
            bones.append(b)
            continue
        name, spot, out = plates[b.name]
        centre, rng = CENTRES[name], streams(f"physis {b.name}")
        gap = 2.0 * scale**0.5 * max(centre.gap(age, sex), 0.15) * (0.7 if b.name == "1mc" else 1.0)
        lie = out + rng.normal(0, 0.06, 3)  # seldom quite along the beam
        middle = rough_surface(spot, lie, rng, 0.55 * scale, rng.uniform(-0.035, 0.0))
        near, far = parallel(middle, -gap / 2), parallel(middle, gap / 2)
        bones.append(replace(b, outer=cut(b.outer, near)[0], inner=cut(b.inner, parallel(near, -0.6))[0]))
        filled = centre.filled(age, sex)
        if filled == 0:
            continue
        outer, inner = cut(b.outer, far)[1], cut(b.inner, parallel(far, 0.5))[1]
        n = len(outer.vertices)
        small = ossified(np.concatenate([outer.vertices, inner.vertices]), filled, max(0.35, filled**0.6), out, 0.35)
        small += 0.7 * ((outer.vertices @ out).min() - (small[:n] @ out).min()) * out  # it lies along its plate
        bones.append(replace(b, outer=outer.with_vertices(small[:n]), inner=inner.with_vertices(small[n:])))
    return replace(wrist, bones=tuple(bones))


def _with_mimics(wrist: Anatomy, grown: bool, scale: float, rng: np.random.Generator) -> Anatomy:
    """What may be taken for a fracture, in whole and in broken wrists: the scar of a growth plate, a healed break,
    the channel of a nutrient vessel, an ossicle at the ulnar styloid. How often: estimates.
    """
    bones, holes = list(wrist.bones), wrist.holes
    bands = []
    if grown and rng.random() < 0.35:
        bands.append((rng.uniform(9, 13), rng.uniform(0.4, 0.8), rng.uniform(0.25, 0.8)))
    if rng.random() < 0.12:
        bands.append((rng.uniform(17, 26), rng.uniform(1.5, 3.0), rng.uniform(0.2, 0.6)))
    for level, width, gain in bands:
        middle = rough_surface([0, level * scale, 0], [rng.normal(0, 0.1), -1, 0], rng, 0.9 * scale, 0.004)
        for k, b in enumerate(bones):
            if b.name == "radius":
                bones[k] = replace(b, fraction=_banded(b.fraction, middle, width * scale, gain))
    if rng.random() < 0.35:
        y = np.linspace(0, rng.uniform(8, 16), 6)
        channel = np.stack([y, 0.25 * y, 0 * y + 8.0, *np.outer([0.5, 0.9], np.sin(y / y[-1] * 3.1) + 0.1)], 1) * scale
        spot = np.array([rng.normal(-3, 3), rng.uniform(35, 55), 0.0]) * scale
        tube = smooth_tube(channel, step_mm=2.0, squareness=2.0)
        holes = (*holes, tube.moved(rotation((0, 0, 1), rng.normal(0, 12)), spot))
    if grown and rng.random() < 0.06:
        grain = ellipsoid(tuple(rng.uniform(0.9, 2.2, 3) * scale), 2)
        spot = wrist.landmarks["ulnar styloid"] + rng.normal([0, -4, 0], 1.0) * scale
        bones.append(bone("ossicle", grain.moved(np.eye(3), spot), 0.4, 0.3))
    return replace(wrist, bones=tuple(bones), holes=holes)


def _banded(fraction: Any, middle: Surface, width: float, gain: float) -> Fraction:
    """The fraction of spongy bone, raised by the factor 1 + `gain` along a surface."""
    return lambda p: fraction(p) * (1 + gain * np.exp(-((middle.height(p) / width) ** 2)))


_CENTRE = np.array([-4.0, 3.0, 0.0])
REGION = Region(
    name="wrist",
    views={
        "PA": View("PA", np.array([[-1.0, 0, 0], [0, 1.0, 0], [0, 0, -1.0]]), _CENTRE, (124.0, 86.0)),
        "lateral": View("LL", np.array([[0, 0, 1.0], [0, 1.0, 0], [-1.0, 0, 0]]), _CENTRE, (124.0, 72.0)),
    },
    lesions=tuple(LESIONS),
    patient=patient,
    build=build,
    # shares among fractures: estimates, after the frequencies of Court-Brown and Caesar, Injury 2006
    mix={None: 0.5, "colles": 0.18, "undisplaced": 0.14, "smith": 0.03, "torus": 0.1, "scaphoid": 0.05},
)
