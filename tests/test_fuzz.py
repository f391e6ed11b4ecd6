"""Films, tables and study files with bytes changed at random: a result or one sentence, never a raw exception.

``make fuzz`` tries many more than the test suite does; ``XRLEARN_FUZZ`` is the number of examples.
"""

import os
import sys
from contextlib import suppress
from pathlib import Path

import pytest
from click.testing import CliRunner
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from xrlearn.cli import main
from xrlearn.data import read_source
from xrlearn.data.table import read_text_table
from xrlearn.locale.errors import SentenceError
from xrlearn.radiograph import deidentify, quality, read
from xrlearn.readers import Protocol, read_ratings

sys.path.insert(0, str(Path(__file__).parent / "radiograph"))
from films import dicom, limb, lut

bounded = settings(
    max_examples=int(os.environ.get("XRLEARN_FUZZ", "15")),
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
FILMS = (
    dicom(limb(24, 20)),
    dicom(limb(24, 20), PixelAspectRatio=["2", "1"], PixelPaddingValue=4095),
    dicom(limb(24, 20), VOILUTSequence=lut(limb(1, 256)[0], 0, 12), RescaleSlope=-1, RescaleIntercept=4095),
)
RATINGS = "reader,modality,case,truth,score,practice\n" + "".join(
    f"R{r},{arm},c{c},{c % 2},{(c * 7 + r) % 9},False\n" for r in (1, 2) for arm in "ab" for c in range(6)
)
IMRMC = "Title\nBEGIN DATA:\n-1,c0,truth,0\n-1,c1,truth,1\nR1,c0,a,3\nR1,c1,a,4\n"
LABELS = "filename,fracture,patient\na.png,1,p1\nb.png,0,p2\n"
#: places and bytes that are put there; a place beyond the end adds
changes = st.lists(st.tuples(st.integers(0, 3000), st.binary(min_size=0, max_size=4)), max_size=6)


def spoiled(data: bytes, places) -> bytes:
    for at, piece in places:
        at %= len(data) + 1
        data = data[:at] + piece + data[at + max(1, len(piece)) :]
    return data


@bounded
@given(film=st.sampled_from(FILMS), places=changes)
def test_films(film, places):
    data = spoiled(film, places)
    with suppress(SentenceError):
        quality(read(data).confirmed(inverted=True))
        deidentify(data)


@pytest.mark.parametrize("content", [RATINGS, IMRMC])
@bounded
@given(places=changes)
def test_ratings(tmp_path, content, places):
    file = tmp_path / "ratings.csv"
    file.write_bytes(spoiled(content.encode(), places))
    with suppress(SentenceError):
        read_ratings(file)


@pytest.mark.parametrize("verb", ["mrmc", "auc", "agreement"])
@bounded
@given(places=changes)
def test_statistics(tmp_path, verb, places):
    file = tmp_path / "scores.csv"
    file.write_bytes(spoiled(RATINGS.encode(), places))
    done = CliRunner().invoke(main, ["stats", verb, str(file)])
    assert done.exit_code in (0, 1), done.output
    assert done.output


@bounded
@given(places=changes)
def test_labels(tmp_path, places):
    (tmp_path / "labels.csv").write_bytes(spoiled(LABELS.encode(), places))
    with suppress(SentenceError):
        read_text_table(tmp_path / "labels.csv")
        read_source(tmp_path)


@bounded
@given(places=changes)
def test_protocols(tmp_path, places):
    from xrlearn.readers.protocol import example_text

    file = tmp_path / "protocol.toml"
    file.write_bytes(spoiled(example_text().encode(), places))
    with suppress(SentenceError):
        Protocol.read(file)
