import io

import numpy as np
import pytest
from PIL import Image

from xrlearn.radiograph import read
from xrlearn.training.fingerprint import fingerprint, seen


def _as_file(pixels: np.ndarray, form: str, scale: float) -> bytes:
    picture = Image.fromarray(pixels)
    picture = picture.resize((round(picture.width * scale), round(picture.height * scale)), Image.Resampling.LANCZOS)
    out = io.BytesIO()
    picture.save(out, form, **({"quality": 60} if form == "JPEG" else {}))
    return out.getvalue()


@pytest.mark.parametrize(("form", "scale"), [("PNG", 1.0), ("JPEG", 1.0), ("JPEG", 0.5), ("PNG", 2.0)])
def test_a_film_is_known_again_in_another_size_and_format(form, scale):
    rng = np.random.default_rng(3)
    shapes = rng.integers(0, 256, (20, 6, 5)).astype(np.uint8)
    films = [np.asarray(Image.fromarray(s).resize((192, 240), Image.Resampling.BICUBIC)) for s in shapes]
    known = np.stack([fingerprint(read(_as_file(f, "PNG", 1.0))) for f in films])
    again = np.stack([fingerprint(read(_as_file(f, form, scale))) for f in films[:10]])
    assert seen(again, known).all()
    assert not seen(again, known[10:]).any()


def test_real_films_are_known_again_but_not_confused(realdata):
    """The published sample holds the same films as the pack, some at full size, one turned by its camera's flag."""
    pack = realdata / "fracatlas_fracture" / "images"
    sample = sorted((realdata / "as_published" / "FracAtlas" / "images").glob("*/*.jpg"))
    pairs = [(f, pack / f.name) for f in sample if (pack / f.name).is_file()]
    published = np.stack([fingerprint(read(a)) for a, _ in pairs])
    ours = np.stack([fingerprint(read(b)) for _, b in pairs])
    assert seen(published, ours).mean() > 0.95
    others = np.stack([fingerprint(read(f)) for f in sorted(pack.glob("*.jpg"))[::20]])
    names = {f.name for f, _ in pairs}
    others = others[[f.name not in names for f in sorted(pack.glob("*.jpg"))[::20]]]
    assert not seen(published, others).any()
