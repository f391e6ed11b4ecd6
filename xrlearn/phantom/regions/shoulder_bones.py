"""The bones of the right shoulder in place: proximal humerus with its tuberosities, scapula, clavicles, ribs, spine.

Body axes: x forwards, y up, z to the patient's right; the origin is the centre of the head of a humerus that hangs.

Sources. Radius of the head 24 mm, greater tuberosity 8 mm below the top of the head, the head turned 130 degrees from
the shaft: Iannotti et al., J Bone Joint Surg Am 1992; Boileau and Walch, J Bone Joint Surg Br 1997.
"""

from functools import lru_cache

import numpy as np
from scipy.ndimage import gaussian_filter

from ..meshes import Floats, Mesh, capped, joined, kept, load, pieces, raw, resampled, subdivided, surface_net, thinned

HEAD_MM = 23.5
#: direction of the head from the anatomical neck, of the shape that _humerus() makes (130 degrees from the shaft)
HEAD_AXIS = np.array([-0.12, 0.64, -0.76])
_SCAPULA = np.array([4.0, 37.0, 3.0])  # where the scapula's own frame lies: its glenoid is 4 mm from the head
_CLAVICLE = np.array([16.0, 16.0, -139.0])
MIDLINE = -166.0  # z of the middle of the body
_THORAX = np.array([18.0, 8.0, MIDLINE])
#: y and x of the bodies of T1 to T8 in the frame of the thorax: between the heads of their ribs
_SPINE = [(38, -54), (19, -62), (-1, -69), (-23, -74), (-46, -78), (-70, -80), (-95, -81), (-120, -80)]  # fmt: skip
_RIBS = 9


def _humerus() -> Mesh:
    """The humerus, its upper end modelled: the scan is a ball on a stick there, without tuberosities.

    Half-axes are those of ellipsoids that join the scan: both tuberosities, and the cone of the metaphysis; the
    bicipital groove is taken out between the tuberosities.
    """
    pitch, low, high = 1.25, np.array([-32.0, -310.0, -52.0]), np.array([36.0, 32.0, 36.0])
    f = resampled(raw("humerus"), pitch, low, high)
    at = np.stack(np.meshgrid(*(low[k] + pitch * np.arange(f.shape[k]) for k in range(3)), indexing="ij"), axis=-1)

    def ellipsoid(centre: tuple[float, float, float], radii: tuple[float, float, float]) -> Floats:
        size = float(np.mean(radii))
        return np.asarray((1 - np.linalg.norm((at - centre) / radii, axis=-1)) * size / pitch)

    y = at[..., 1]
    girth = np.interp(y, [-85, -60, -45, -30, -18, -2], [9.0, 10.5, 12.0, 15.0, 18.5, 17.0])
    cone = (girth - np.hypot(at[..., 0] - 1.5, at[..., 2] - np.interp(y, [-85, -40, -10], [1.0, 3.0, 4.5]))) / pitch
    cone = np.minimum(cone, np.minimum(y + 85, -y) / pitch)
    parts = [
        ellipsoid((0, 0, 0), (HEAD_MM,) * 3),
        ellipsoid((-4, -3, 17.5), (13, 15, 10)),  # greater tuberosity
        ellipsoid((15, -8, 5), (9, 14, 8)),  # lesser tuberosity
        cone,
    ]
    f = np.maximum(f, np.clip(np.maximum.reduce(parts) + 0.5, 0, 1))
    groove = (np.hypot(at[..., 0] - 18, at[..., 2] - 17) - 5.5) / pitch
    groove = np.where((y < 20) & (y > -38), groove, 9)
    f = np.minimum(f, np.clip(groove + 0.5, 0, 1))
    notch = (np.hypot(y - 21.0, at[..., 2] - 17.0) - 4.0) / pitch  # the anatomical neck, above the tuberosity
    f = gaussian_filter(np.minimum(f, np.clip(notch + 0.5, 0, 1)), 1.1)
    net = surface_net(f - 0.5)
    return thinned(net.with_vertices(net.vertices * pitch + low), 2.2)


def _scapula() -> Mesh:
    """The scapula, subdivided as it is: a new surface would tear its blade, which is as thin as paper.

    Its spine, a sheet in the scan, is made thicker: it carries the acromion, and both are seen as one.
    """
    mesh = thinned(subdivided(capped(raw("scapula")), 2), 1.6).moved(np.eye(3), _SCAPULA)
    v = mesh.vertices
    blade = v[v[:, 1] < 0]
    middle = blade.mean(axis=0)
    across = np.linalg.eigh((blade - middle).T @ (blade - middle))[1][:, 0]
    behind = (v - middle) @ (across if across[0] < 0 else -across)
    thicker = 1.7 * np.clip((behind - 6) / 8, 0, 1) * np.clip(v[:, 1] / 12, 0, 1)
    return mesh.with_vertices(v + mesh.normals() * thicker[:, None])


def _ribs() -> Mesh:
    """The upper ribs of both sides; what else the scan of the thorax holds is left out."""
    found = [m for m in pieces(raw("thorax")) if 60 <= len(m.vertices) <= 100]
    found.sort(key=lambda m: -m.vertices[:, 1].max())
    return joined([subdivided(capped(m)) for m in found[: 2 * _RIBS]]).moved(np.eye(3), _THORAX)


def _spine() -> Mesh:
    """The thoracic and cervical spine."""
    bodies = [
        thinned(load(f"thoracic{k + 1}_s"), 2.2).moved(np.eye(3), _THORAX + np.array([x, y, 0]))
        for k, (y, x) in enumerate(_SPINE)
    ]
    neck = load("hat_cervical")
    return joined([*bodies, neck.moved(np.eye(3), _THORAX + np.array([-38, 50 - neck.vertices[:, 1].min(), 0]))])


@lru_cache(maxsize=1)
def template() -> dict[str, Mesh]:
    """Return the bones of one adult, placed; arrays are read-only."""
    clavicle = load("clavicle").moved(np.diag([1, 1, 1.06]), _CLAVICLE)
    mirror = np.diag([1.0, 1.0, -1.0])
    return {
        "humerus": kept("shoulder humerus with anatomical neck", _humerus),
        "scapula": kept("shoulder scapula with thick spine", _scapula),
        "clavicle": clavicle,
        "other clavicle": clavicle.moved(mirror, np.array([0, 0, 2 * MIDLINE])),
        "ribs": kept("shoulder ribs", _ribs),
        "spine": kept("shoulder spine", _spine),
    }
