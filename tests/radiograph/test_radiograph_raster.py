"""PNG, JPEG and TIFF films of 8 and 16 bits, grey and stored as colour."""

import io
import struct
import zlib

import imagecodecs
import numpy as np
import pytest
from films import encapsulated, limb
from PIL import Image
from pydicom import uid
from tifffile import imwrite

from xrlearn.radiograph import RadiographError, read


def pillow(form: str, image: Image.Image, **options: object) -> bytes:
    out = io.BytesIO()
    image.save(out, form, **options)
    return out.getvalue()


def tiff(pixels: np.ndarray, **options: object) -> bytes:
    out = io.BytesIO()
    imwrite(out, pixels, **options)
    return out.getvalue()


@pytest.mark.parametrize("bits", [8, 16])
@pytest.mark.parametrize("form", ["PNG", "TIFF"])
def test_lossless_formats_keep_every_bit(form, bits):
    stored = limb(bits=bits)
    film = read(pillow(form, Image.fromarray(stored)))
    assert (film.bits, film.source, film.spacing_mm, film.modality) == (bits, form, None, None)
    assert film.remarks == ("radiograph.remark.no_header",)
    np.testing.assert_allclose(film.pixels, stored / (2**bits - 1), atol=1e-6)


def test_jpeg():
    film = read(pillow("JPEG", Image.fromarray(limb(bits=8)), quality=95))
    assert film.source == "JPEG"
    np.testing.assert_allclose(film.pixels, limb(bits=8) / 255, atol=0.06)


def test_print_resolution_is_no_pixel_spacing():
    assert read(pillow("PNG", Image.fromarray(limb(bits=8)), dpi=(300, 300))).spacing_mm is None


@pytest.mark.parametrize("mode", ["RGB", "RGBA", "LA", "P"])
def test_grey_pictures_in_colour_modes(mode):
    stored = limb(bits=8)
    film = read(pillow("PNG", Image.fromarray(stored).convert(mode)))
    np.testing.assert_allclose(film.pixels, stored / 255, atol=0.003)


@pytest.mark.parametrize("channels", [3, 4])
def test_sixteen_bit_colour_png_keeps_sixteen_bits(channels):
    stored = limb(bits=16)
    film = read(imagecodecs.png_encode(np.stack([stored] * channels, axis=2)))
    assert film.bits == 16
    np.testing.assert_allclose(film.pixels, stored / 65535, atol=2e-5)


def test_colour_photos_are_refused():
    photo = np.zeros((80, 90, 3), np.uint8)
    photo[..., 1] = np.arange(90)
    photo[20:, :, 2] = 190
    for form in ("PNG", "JPEG", "TIFF"):
        with pytest.raises(RadiographError) as caught:
            read(pillow(form, Image.fromarray(photo)))
        assert caught.value.key == "radiograph.error.colour"


def test_white_is_zero_tiff_is_turned():
    stored = limb(bits=16)
    film = read(tiff(stored, photometric="miniswhite"))
    np.testing.assert_allclose(film.pixels, 1 - stored / 65535, atol=1e-6)


@pytest.mark.parametrize("channels", [3, 4])
@pytest.mark.parametrize("planes", ["contig", "separate"])
def test_a_grey_tiff_in_colour_however_its_planes_lie(planes, channels):
    axis, more = 0 if planes == "separate" else 2, ["unassalpha"] * (channels - 3)
    stored = np.stack([limb(bits=16)] * channels, axis)
    film = read(tiff(stored, photometric="rgb", planarconfig=planes, extrasamples=more))
    np.testing.assert_allclose(film.pixels, limb(bits=16) / 65535, atol=2e-5)


def test_a_tiff_whose_numbers_stand_for_colours_is_no_film():
    with pytest.raises(RadiographError) as caught:
        read(pillow("TIFF", Image.fromarray(limb(bits=8)).convert("P")))
    assert caught.value.key == "radiograph.error.colour"


def test_the_density_of_a_deep_picture_counts_too():
    """A pixel of 200 by 100 to the inch is twice as high as it is wide."""
    for picture in (limb(bits=16), np.stack([limb(bits=16)] * 3, axis=2)):
        data = bytearray(imagecodecs.png_encode(picture))
        density = b"pHYs" + struct.pack(">IIB", 8000, 4000, 1)
        data[33:33] = struct.pack(">I", 9) + density + struct.pack(">I", zlib.crc32(density))
        assert read(bytes(data)).pixels.shape == (192, 80)


@pytest.mark.parametrize(
    "options", [{"compression": "zlib"}, {"compression": "lzw"}, {"tile": (32, 32)}, {"bigtiff": True}]
)
def test_tiff_variants(options):
    np.testing.assert_allclose(read(tiff(limb(bits=16), **options)).pixels, limb(bits=16) / 65535, atol=1e-6)


@pytest.mark.parametrize("pixels", [*map(limb().astype, ("f4", "i4", "f2", "i2")), np.stack([limb()] * 5, axis=2)])
def test_tiff_of_other_numbers_is_refused(pixels):
    with pytest.raises(RadiographError) as caught:
        read(tiff(pixels, photometric="minisblack", planarconfig="contig" if pixels.ndim == 3 else None))
    assert caught.value.key == "radiograph.error.depth"


def test_a_stack_is_refused():
    frames = [Image.fromarray(limb(bits=8)), Image.fromarray(limb(bits=8))]
    for form in ("TIFF", "PNG"):
        with pytest.raises(RadiographError) as caught:
            read(pillow(form, frames[0], save_all=True, append_images=[frames[1].point(lambda v: 255 - v)]))
        assert caught.value.key == "radiograph.error.frames"


def test_a_photo_of_a_film_lying_on_its_side_is_set_upright():
    exif = Image.Exif()
    exif[0x0112] = 6
    assert read(pillow("JPEG", Image.fromarray(limb(bits=8)), exif=exif)).pixels.shape == (80, 96)


def test_a_grey_colour_jpeg_in_dicom():
    stored = limb(bits=8)
    rgb = np.stack([stored] * 3, axis=2)
    stream = imagecodecs.jpeg8_encode(rgb, level=95)
    data = encapsulated(stream, uid.JPEGBaseline8Bit, pixels=rgb, bits=8, PhotometricInterpretation="YBR_FULL_422")
    assert np.abs(read(data).pixels - stored / 255).mean() < 0.02
