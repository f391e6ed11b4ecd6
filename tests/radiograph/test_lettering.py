"""Text burned into the picture: found and boxed, blacked out without touching the rest, and how often that is right."""

import json
import runpy
from pathlib import Path

import numpy as np
import pytest
from click.testing import CliRunner
from films import compressed, dataset, dicom, file, limb
from PIL import Image, ImageDraw
from pydicom import uid

from xrlearn.cli import main
from xrlearn.radiograph import Radiograph, RadiographError, black_out, deidentify, lettering, quality, read

BENCHMARK = runpy.run_path(str(Path(__file__).resolve().parents[2] / "benchmarks" / "lettering.py"))
NAME = "DOE JANE 08.04.1979"


def named(rows: int = 400, cols: int = 320, text: str = NAME) -> np.ndarray:
    """A limb of 12 bits with a side marker and a name."""
    picture = Image.fromarray((limb(rows, cols) // 16).astype(np.uint8))
    draw = ImageDraw.Draw(picture)
    draw.text((20, 20), "R", fill=255, font_size=28)
    draw.text((10, rows - 40), text, fill=255, font_size=12)
    return np.asarray(picture).astype(np.uint16) * 16


def inside(shape: tuple[int, ...], boxes) -> np.ndarray:
    found = np.zeros(shape, bool)
    for row0, column0, row1, column1 in boxes:
        found[max(0, row0) : row1, max(0, column0) : column1] = True
    return found


def test_a_name_is_boxed_and_a_side_marker_is_not():
    film = read(dicom(named()))
    [(row0, column0, row1, column1)] = lettering(film.pixels)
    ink = named() != named(text="")
    assert inside(ink.shape, [(row0, column0, row1, column1)])[ink].all()
    assert row0 > 340  # the marker stands above
    finding = next(f for f in quality(film) if f.key == "radiograph.quality.text")
    assert finding.values["boxes"] == [(row0, column0, row1, column1)]
    assert lettering(black_out(film, [(row0, column0, row1, column1)]).pixels) == []


def test_text_that_runs_up_the_film_is_found():
    turned = np.ascontiguousarray(np.rot90(named(320, 400)))
    ink = turned != np.rot90(named(320, 400, text=""))
    assert inside(ink.shape, lettering(read(dicom(turned)).pixels))[ink].all()


@pytest.mark.parametrize("turns", [0, 1])
@pytest.mark.parametrize("dark", [False, True])
@pytest.mark.parametrize(
    ("name", "year", "share"),
    [(1, 0.17, 1), (1, 0.07, 0.44), (0.33, 0.33, 1), (0.2, 0.2, 0)],  # of the range from the background to white
)
def test_letters_stand_out_by_a_quarter_and_what_goes_on_with_them_may_be_fainter(name, year, share, dark, turns):
    film = Image.new("L", (320, 200), 60)
    draw = ImageDraw.Draw(film)
    draw.rectangle((280, 10, 310, 190), fill=255)
    draw.text((20, 80), "DOE JANE", fill=int(60 + 195 * name), font_size=18)
    draw.text((126, 80), "1950 HAND", fill=int(60 + 195 * year), font_size=18)
    pixels = np.rot90(np.asarray(film, np.float32) / 255, turns)
    ink = pixels != 60 / np.float32(255)
    ink &= np.rot90(np.indices((200, 320))[1] < 280, turns)
    covered = inside(pixels.shape, lettering(1 - pixels if dark else pixels.copy()))
    assert covered[ink].mean() == pytest.approx(share, abs=0.05)
    if share == 1:  # with one and a half heights to either side
        (first, *_, last), (begin, *_, end) = (np.flatnonzero(np.rot90(x, -turns).any(axis=0)) for x in (ink, covered))
        assert first - 22 <= begin < first - 14
        assert last + 14 < end <= last + 22


@pytest.mark.parametrize("turns", [0, 1])
@pytest.mark.parametrize(
    ("column", "row", "size"), [(20, 100, 18), (126, 100, 18), (126, 62, 18), (126, 76, 30), (126, 84, 9)]
)
def test_faint_specks_of_another_line_or_size_do_not_go_on_with_the_letters(column, row, size, turns):
    film = Image.new("L", (320, 200), 60)
    draw = ImageDraw.Draw(film)
    draw.rectangle((280, 10, 310, 190), fill=255)
    draw.text((20, 80), "DOE JANE", fill=255, font_size=18)
    alone = lettering(np.rot90(np.asarray(film, np.float32) / 255, turns).copy())
    draw.text((column, row), "HHHHH", fill=90, font_size=size)
    assert lettering(np.rot90(np.asarray(film, np.float32) / 255, turns).copy()) == alone != []


@pytest.mark.parametrize(
    ("syntax", "header"),
    [
        (uid.ExplicitVRLittleEndian, {}),
        (uid.ImplicitVRLittleEndian, {}),
        (uid.ExplicitVRBigEndian, {}),
        (uid.ExplicitVRLittleEndian, {"PhotometricInterpretation": "MONOCHROME1"}),
        (uid.ExplicitVRLittleEndian, {"PixelPaddingValue": 0}),
        (uid.ExplicitVRLittleEndian, {"PixelPaddingValue": 4095}),
        (uid.ExplicitVRBigEndian, {"PixelPaddingValue": 4095}),
        (uid.ExplicitVRLittleEndian, {"PixelAspectRatio": ["2", "1"]}),
        (uid.ExplicitVRLittleEndian, {"PixelAspectRatio": ["1", "2"]}),
        (uid.JPEG2000Lossless, {}),
        (uid.RLELossless, {}),
    ],
)
def test_blacked_out_text_is_gone_from_the_file_and_the_rest_is_as_it_was(syntax, header):
    pixels = named()
    if "PhotometricInterpretation" in header:
        pixels = (4095 - pixels).astype(np.uint16)
    if "PixelPaddingValue" in header:
        pixels[:, :4] = header["PixelPaddingValue"]
    if syntax in (uid.JPEG2000Lossless, uid.RLELossless):
        data = compressed(syntax, pixels)
    else:
        data = file(dataset(pixels, **header), syntax)
    before = read(data)
    after, report = deidentify(data, black_out=True)
    assert len(report.boxes) >= 1
    assert "radiograph.deidentify.blackened" in report.warnings
    assert "radiograph.deidentify.burned_in_seen" not in report.warnings
    film = read(after)
    assert lettering(film.pixels) == []
    # where pixels are oblong, the film is resampled: its neighbours change with them
    margin = 2 if "PixelAspectRatio" in header else 0
    covered = inside(
        film.pixels.shape, [(a - margin, b - margin, c + margin, d + margin) for a, b, c, d in report.boxes]
    )
    np.testing.assert_array_equal(film.pixels[~covered], before.pixels[~covered])
    if not margin:
        assert film.pixels[inside(film.pixels.shape, report.boxes)].max() < 0.1


@pytest.mark.parametrize("planar", [0, 1])
def test_colours_are_blacked_out_too(planar):
    grey = (named() // 16).astype(np.uint8)
    stored = np.stack([grey] * 3, axis=0 if planar else 2)
    ds = dataset(np.stack([grey] * 3, axis=2), bits=8)
    ds.PlanarConfiguration, ds.PixelData = planar, stored.tobytes()
    after, report = deidentify(file(ds), black_out=True)
    film = read(after)
    assert lettering(film.pixels) == []
    covered = inside(film.pixels.shape, report.boxes)
    np.testing.assert_array_equal(film.pixels[~covered], read(file(ds)).pixels[~covered])


def test_unless_asked_the_picture_stays_and_the_report_says_where_text_is():
    data = dicom(named())
    after, report = deidentify(data)
    assert report.boxes
    assert "radiograph.deidentify.burned_in_seen" in report.warnings
    np.testing.assert_array_equal(read(after).pixels, read(data).pixels)


def test_halved_colours_are_refused_in_a_sentence(monkeypatch):
    from xrlearn.radiograph.scrub import blacken

    ds = dataset(np.zeros((4, 4, 3), np.uint8), bits=8, PhotometricInterpretation="YBR_FULL_422")
    file(ds)
    with pytest.raises(RadiographError, match="two pixels at a time"):
        blacken(ds, Radiograph(np.zeros((4, 4), np.float32)), [(0, 0, 1, 1)])


def test_the_command_writes_new_names_and_neither_name_nor_header(tmp_path):
    films = tmp_path / "DOE JANE"
    films.mkdir()
    (films / "doe.dcm").write_bytes(dicom(named(), PatientName="DOE^JANE"))
    Image.fromarray((named() // 16).astype(np.uint8)).save(films / "doe.png", pnginfo=None)
    (films / "notes.txt").write_text("no film")
    command = ["deidentify", str(films), "--out", str(tmp_path / "out"), "--json", str(tmp_path / "out.json")]
    done = CliRunner().invoke(main, [*command, "--black-out"])
    assert done.exit_code == 1  # one of the files is no film, and is named
    assert "notes.txt" in done.output
    written = sorted(path.name for path in (tmp_path / "out").iterdir())
    assert written == ["film-0001.dcm", "film-0002.png"]
    for name in written:
        data = (tmp_path / "out" / name).read_bytes()
        assert b"DOE" not in data
        assert lettering(read(data).pixels) == []
    told = json.loads((tmp_path / "out.json").read_text(encoding="utf-8"))
    assert [row["file"] for row in told] == written
    assert all(row["boxes"] for row in told)
    assert "doe" not in (tmp_path / "out.json").read_text(encoding="utf-8").lower()
    again = CliRunner().invoke(main, command)
    assert again.exit_code == 1
    assert "not empty" in again.output


def test_sixteen_bits_of_a_picture_are_kept(tmp_path):
    Image.fromarray(named()).save(tmp_path / "deep.png")
    done = CliRunner().invoke(main, ["deidentify", str(tmp_path / "deep.png"), "--out", str(tmp_path / "out")])
    assert done.exit_code == 0, done.output
    assert "seems to contain text" in done.output
    kept = read((tmp_path / "out" / "film-0001.png").read_bytes())
    np.testing.assert_allclose(kept.pixels, read(tmp_path / "deep.png").pixels, atol=1e-5)


def test_lettering_on_simulated_films_is_found_and_films_without_give_no_alarm():
    found = BENCHMARK["measure"](BENCHMARK["films"](63, seed=3, size=384))
    alarms = found.pop("none")
    every = [share for shares in found.values() for share in shares]
    assert len(every) >= 55
    assert np.mean([share >= 0.5 for share in every]) >= 0.9
    assert np.mean([share >= 0.99 for share in every]) >= 0.8
    assert np.mean([share > 0 for share in alarms]) <= 0.05


def test_lettering_on_real_films_is_found(realdata):
    found = BENCHMARK["measure"](BENCHMARK["collected"]("fracatlas", 80))
    alarms = found.pop("none")
    every = [share for shares in found.values() for share in shares]
    assert np.mean([share >= 0.5 for share in every]) >= 0.9
    assert np.mean([share > 0 for share in alarms]) <= 0.03


def test_a_film_of_noise_or_of_one_value_takes_no_longer():
    noise = np.random.default_rng(0).random((1200, 900)).astype(np.float32)
    assert lettering(noise) == []
    assert lettering(np.zeros((300, 300), np.float32)) == []
    assert lettering(np.zeros((1, 1), np.float32)) == []
