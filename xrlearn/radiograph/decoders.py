"""A decoder plug-in for pydicom: imagecodecs, for JPEG of 12 bits and whatever the first decoders refuse.

pydicom asks its own plug-ins first; pylibjpeg refuses JPEG Extended streams whose spectral selection is written as
0 to 0 (the NEMA WG-04 samples), libjpeg-turbo inside imagecodecs reads them.
"""

from collections.abc import Callable
from typing import Any

import imagecodecs
import numpy as np
from pydicom import uid
from pydicom.pixels.decoders.base import DecodeRunner, get_decoder

_DECODE: dict[str, Callable[[bytes], Any]] = {
    uid.JPEGBaseline8Bit: imagecodecs.jpeg8_decode,
    uid.JPEGExtended12Bit: imagecodecs.jpeg8_decode,
    uid.JPEGLossless: imagecodecs.ljpeg_decode,
    uid.JPEGLosslessSV1: imagecodecs.ljpeg_decode,
    uid.JPEGLSLossless: imagecodecs.jpegls_decode,
    uid.JPEGLSNearLossless: imagecodecs.jpegls_decode,
    uid.JPEG2000Lossless: imagecodecs.jpeg2k_decode,
    uid.JPEG2000: imagecodecs.jpeg2k_decode,
}
#: What the plug-in interface of pydicom asks for.
DECODER_DEPENDENCIES = dict.fromkeys(_DECODE, ("imagecodecs",))


def is_available(syntax: str) -> bool:
    """Tell pydicom that this plug-in decodes `syntax`."""
    return syntax in _DECODE


def decode_frame(src: bytes, runner: DecodeRunner) -> bytes:
    """Decode one grey frame; called by pydicom when its own plug-ins have failed."""
    picture = np.asarray(_DECODE[runner.transfer_syntax](src))
    if picture.ndim != 2 or runner.samples_per_pixel != 1:
        raise NotImplementedError("only grey pictures")
    # The container of the result is that of the decoder, not the one in the header.
    runner.set_option("bits_allocated", 8 * picture.itemsize)
    return picture.tobytes()


def register() -> None:
    """Make the plug-in known to pydicom, behind all others; once per process is enough."""
    for syntax in _DECODE:
        decoder = get_decoder(syntax)
        if "imagecodecs" not in decoder.available_plugins:
            decoder.add_plugin("imagecodecs", (__name__, "decode_frame"))


register()
