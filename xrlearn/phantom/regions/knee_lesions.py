"""What a knee may have besides arthritis: tumours of the distal femur, torn tendons, and what is taken for either.

A tumour is told by its site, its margin and its matrix: geographic with or without a rim, or moth-eaten (Lodwick et
al., Radiology 1980); chondroid matrix makes rings and arcs, osteoid matrix clouds (Sweet et al., Radiology 1981).
"""

from collections.abc import Callable
from dataclasses import replace

import numpy as np

from ..meshes import Floats, Mesh, ellipsoid, joined
from ..shape import Anatomy, Extra, Focus, Lesion, bone, rotation, wobble
from ..tissue import smooth_tube

#: from the template of the femur to body axes
Place = Callable[[Floats], Floats]


def _blob(centre: Floats, radii: Floats, rng: np.random.Generator, rough: float = 0.12, divisions: int = 3) -> Mesh:
    """A closed, lobulated lump."""
    ball = ellipsoid(tuple(radii), divisions)
    size = float(np.mean(radii))
    v = ball.vertices + wobble(ball.vertices, rough * size, 1.6 * size, rng)
    return ball.with_vertices(v + centre)


def _shrunk(mesh: Mesh, by: float) -> Mesh:
    middle = mesh.vertices.mean(axis=0)
    return mesh.with_vertices(middle + (mesh.vertices - middle) * by)


def _graded(mesh: Mesh, share: float, blur: float) -> tuple[Focus, ...]:
    """A focus whose margin fades over the share `blur` of its radius: shells inside each other."""
    return tuple(Focus(_shrunk(mesh, 1 - blur * k / 4), share / 4) for k in range(4))


def _seat(place: Place, grade: float, scale: float, rng: np.random.Generator) -> tuple[Floats, Floats]:
    """Centre and half-axes of a tumour of the distal femur, in body axes: 6 to 19 mm."""
    size = (6 + grade * rng.uniform(5, 13)) * scale
    spot = np.array([[rng.uniform(-3, 5), rng.uniform(28, 46), rng.uniform(-17, 17)]])
    return place(spot)[0], size * rng.uniform([0.8, 0.9, 0.75], [1.0, 1.3, 1.05])


def _as_tumour(knee: Anatomy, mesh: Mesh, foci: tuple[Focus, ...], slow: bool = False) -> Anatomy:
    """Label a tumour: 1 where margin or matrix are those of slow growth, 2 elsewhere."""
    return replace(
        knee,
        foci=(*knee.foci, *foci),
        lesions=(*knee.lesions, Lesion("distal femur", mesh)),
        labels={**knee.labels, "tumour": 1 if slow else 2},
    )


def _lytic(knee: Anatomy, place: Place, grade: float, scale: float, rng: np.random.Generator) -> Anatomy:
    """Lysis: geographic with a thin rim, geographic without, or moth-eaten; sharper the more obvious."""
    centre, radii = _seat(place, grade, scale, rng)
    mesh = _blob(centre, radii, rng)
    loss = -(0.05 + 0.16 * grade)
    pattern = rng.choice(["rim", "bare", "moth-eaten"])
    if pattern == "moth-eaten":
        return _as_tumour(knee, mesh, (*_graded(mesh, 0.55 * loss, 0.8), *_moth_eaten(centre, radii, loss, scale, rng)))
    foci = list(_graded(mesh, loss, 0.55 - 0.45 * grade))
    if pattern == "rim":
        rim = 0.12 + 0.25 * grade
        foci += [Focus(mesh, rim), Focus(_shrunk(mesh, 1 - 1.3 * scale / float(radii.mean())), -rim)]
    return _as_tumour(knee, mesh, tuple(foci), slow=pattern == "rim")


def _moth_eaten(
    centre: Floats, radii: Floats, loss: float, scale: float, rng: np.random.Generator
) -> tuple[Focus, ...]:
    """Holes of every size that run into one another, drawn out along the limb, denser towards the middle."""
    out = []
    for share in (0.5, 0.8, 1.2):
        holes = []
        for _ in range(24):
            size = rng.gamma(2.0, 0.65) * scale + 0.5
            shape = size * np.array([1.0, rng.uniform(1.0, 2.2), rng.uniform(0.7, 1.2)])
            holes.append(_blob(centre + radii * 0.5 * rng.standard_normal(3), shape, rng, 0.25, 2))
        out.append(Focus(joined(holes), share * loss))
    return tuple(out)


def _sclerotic(knee: Anatomy, place: Place, grade: float, scale: float, rng: np.random.Generator) -> Anatomy:
    """New bone without order: a dense patch with a fading margin, patchy inside."""
    centre, radii = _seat(place, grade, scale, rng)
    mesh = _blob(centre, radii, rng, 0.16)
    gain = 0.05 + 0.3 * grade
    foci = list(_graded(mesh, gain, 0.7))
    for _ in range(10):
        at = centre + radii * 0.4 * rng.standard_normal(3)
        foci.append(Focus(_blob(at, radii * rng.uniform(0.2, 0.45), rng, 0.2, 2), 0.8 * gain))
    return _as_tumour(knee, mesh, tuple(foci))


def _matrix(knee: Anatomy, place: Place, grade: float, scale: float, rng: np.random.Generator) -> Anatomy:
    """A tumour that makes matrix: chondroid rings and arcs, or osteoid clouds, over some lysis."""
    centre, radii = _seat(place, grade, scale, rng)
    mesh = _blob(centre, radii, rng, 0.18)
    strength = 0.25 + 0.75 * grade
    foci = [*_graded(mesh, -0.06 * strength, 0.5)]
    chondroid = rng.random() < 0.5
    for _ in range(34 if chondroid else 12):
        at = centre + radii * 0.45 * rng.standard_normal(3)
        if chondroid:
            ring = _blob(at, np.full(3, rng.uniform(1.2, 2.8) * scale), rng, 0.1, 2)
            foci += [Focus(ring, 0.75 * strength), Focus(_shrunk(ring, 0.6), -0.75 * strength)]
        else:
            foci.append(Focus(_blob(at, np.full(3, rng.uniform(3, 7) * scale), rng, 0.25, 2), 0.22 * strength))
    return _as_tumour(knee, mesh, tuple(foci), slow=chondroid)


def _torn(name: str) -> Callable[..., Anatomy]:
    """Label a torn tendon; its mask lies where the tendon was, between its two ends."""
    ends = {
        "patellar": ("tibial tuberosity", "lower pole of patella"),
        "quadriceps": ("upper pole of patella", None),
    }[name]

    def lesion(knee: Anatomy, place: Place, grade: float, scale: float, rng: np.random.Generator) -> Anatomy:
        a = knee.landmarks[ends[0]]
        b = knee.landmarks[ends[1]] if ends[1] else a + np.array([-16.0, 36.0, 0.0]) * scale
        rows = [[*(a + s * (b - a))[[1, 0, 2]], 5 * scale, 12 * scale] for s in np.linspace(0, 1, 5)]
        gap = Lesion(f"{name} tendon", smooth_tube(np.array(rows), step_mm=3.0), within="body")
        return replace(knee, lesions=(*knee.lesions, gap), labels={**knee.labels, "tendon": name})

    return lesion


#: lesion -> factor on the Insall-Salvati ratio, by grade: the patella rides up when its tendon tears, down when the
#: quadriceps tendon does
TENDONS: dict[str, Callable[[float, np.random.Generator], float]] = {
    "patellar_tendon": lambda grade, rng: 1.08 + grade * rng.uniform(0.25, 0.55),
    "quadriceps_tendon": lambda grade, rng: 0.95 - grade * rng.uniform(0.12, 0.3),
}

LESIONS: dict[str, Callable[..., Anatomy]] = {
    "tumour_lytic": _lytic,
    "tumour_sclerotic": _sclerotic,
    "tumour_matrix": _matrix,
    "patellar_tendon": _torn("patellar"),
    "quadriceps_tendon": _torn("quadriceps"),
}


def _nothing(knee: Anatomy, place: Place, scale: float, rng: np.random.Generator) -> Anatomy:
    return knee


def _fabella(knee: Anatomy, place: Place, scale: float, rng: np.random.Generator) -> Anatomy:
    """A sesamoid bone behind the lateral condyle."""
    ball = _blob(
        place(np.array([[-41.0, 27.0, 22.0]]))[0], rng.uniform(2.0, 4.5) * scale * rng.uniform(0.8, 1.2, 3), rng, 0.16
    )
    return replace(knee, bones=(*knee.bones, bone("fabella", ball, 0.25, 0.12)))


def _bone_island(knee: Anatomy, place: Place, scale: float, rng: np.random.Generator) -> Anatomy:
    """A small spot of compact bone in femur or tibia, its margin brushed along the trabeculae."""
    spot = np.array([[rng.uniform(-8, 8), rng.uniform(8, 40), rng.uniform(-26, 26)]])
    centre = place(spot)[0] if rng.random() < 0.5 else np.array([0, -rng.uniform(8, 35), rng.uniform(-20, 20)]) * scale
    island = _blob(centre, rng.uniform(2.0, 5.0) * scale * np.array([1.0, 1.3, 0.9]), rng, 0.2)
    return replace(knee, foci=(*knee.foci, *_graded(island, 0.6, 0.4)))


def _fibrous_defect(knee: Anatomy, place: Place, scale: float, rng: np.random.Generator) -> Anatomy:
    """A fibrous cortical defect: a lobulated clear patch against the cortex, with a thin dense rim."""
    side = rng.choice([-1, 1])
    centre = place(np.array([[-2.0, rng.uniform(42, 52), side * 22.0]]))[0]
    defect = _blob(centre, rng.uniform(5, 9) * scale * np.array([0.7, 1.4, 0.7]), rng, 0.15)
    rim = Focus(_shrunk(defect, 1.12), 0.3), Focus(defect, -0.3)
    return replace(knee, foci=(*knee.foci, *rim, Focus(defect, -0.25)))


#: harmless findings by name
MIMICS: dict[str, Callable[..., Anatomy]] = {
    "none": _nothing,
    "fabella": _fabella,
    "bone_island": _bone_island,
    "fibrous_defect": _fibrous_defect,
}


def with_metal(knee: Anatomy, kind: str, scale: float, rng: np.random.Generator) -> Anatomy:
    """Leave an interference screw or a staple in the proximal tibia, from an operation on a ligament; or nothing."""
    if kind == "none":
        return knee
    centre = np.array([rng.uniform(4, 12), -rng.uniform(26, 36), rng.uniform(-14, -4)]) * scale
    tilt = rotation((1, 0, 0), rng.normal(-25, 10)) @ rotation((0, 0, 1), rng.normal(0, 15))

    def rod(length: float, radius: float) -> Mesh:
        y = np.linspace(-length / 2, length / 2, 9)
        thread = radius * (1 + 0.12 * (np.arange(9) % 2))
        return smooth_tube(np.stack([y, 0 * y, 0 * y, thread, thread], 1), step_mm=length / 40, squareness=2.0)

    if kind == "screw":
        parts = [rod(25.0, 3.6).moved(tilt, centre)]
    else:
        flat = rotation((0, 0, 1), 90)
        bar = rod(14.0, 1.2).moved(rotation((1, 0, 0), 90), np.zeros(3))
        legs = [rod(18.0, 1.1).moved(flat, np.array([-9.0, 0, z])) for z in (-7.0, 7.0)]
        parts = [p.moved(tilt, centre + np.array([14 * scale, 0, 0])) for p in (bar, *legs)]
    return replace(knee, extras=(*knee.extras, *(Extra(p, "titanium") for p in parts)))
