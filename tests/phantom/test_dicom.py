"""Simulated films as DICOM: a validator accepts them, and they are read back as what they were."""

import shutil
import subprocess

import numpy as np
import pytest
from click.testing import CliRunner
from pydicom import dcmread

import xrlearn as xr
from xrlearn.cli.simulate import simulate
from xrlearn.phantom import SITES, make, region, region_names
from xrlearn.phantom.dicom import dataset, orientation, write_dicom

VIEWS = [(name, view) for name in region_names() for view in region(name).views]


@pytest.mark.parametrize("name", region_names())
def test_every_region_has_its_codes(name):
    ds = dataset(*make(name, size=48, seed=7))
    assert ds.BodyPartExamined
    assert ds.AnatomicRegionSequence[0].CodeValue.isdigit()
    assert ds.PatientID == f"SIM-{name}-7"


@pytest.mark.skipif(shutil.which("dciodvfy") is None, reason="dciodvfy (Debian: dicom3tools) is not installed")
@pytest.mark.parametrize(("name", "view"), VIEWS)
def test_a_validator_finds_no_error(name, view, tmp_path):
    (tmp_path / "film.dcm").write_bytes(write_dicom(*make(name, view, size=48, seed=7, site="foreign_vendor")))
    said = subprocess.run(["dciodvfy", str(tmp_path / "film.dcm")], capture_output=True, text=True, check=False).stderr
    assert "DXImageForPresentation" in said
    assert "Error" not in said


@pytest.mark.parametrize("site", SITES)
def test_a_film_is_read_back_as_it_was(site):
    film, truth = make("wrist", "lateral", size=64, seed=1, site=site)
    again = xr.read(write_dicom(film, truth))
    assert np.abs(again.pixels - film.pixels).max() < 1e-6  # dense bone bright, however it was stored
    assert again.spacing_mm == pytest.approx(film.spacing_mm)
    assert (again.side, again.view, again.body_part, again.bits) == (film.side, film.view, "wrist", film.bits)


def test_a_left_limb_points_as_a_left_limb_does():
    for side in "LR":
        _, frontal = make("wrist", "PA", size=48, side=side)
        _, lateral = make("wrist", "lateral", size=48, side=side)
        assert orientation(frontal) == ["L", "H"]
        assert orientation(lateral) == ["P" if side == "R" else "A", "H"]


def test_the_command_writes_films_labels_and_truth(tmp_path):
    out = tmp_path / "films"
    run = CliRunner().invoke(
        simulate, ["wrist", "-n", "3", "--size", "48", "--dicom", "--lesion", "colles", "--out", str(out)]
    )
    assert run.exit_code == 0, run.output
    cases = xr.load("wrist-fracture", source=out)
    assert list(cases["lesion"]) == ["colles"] * 3
    assert {dcmread(path).Modality for path in cases["image"]} == {"DX"}
    assert len(list((out / "truth").glob("*.json"))) == 3


def test_the_command_refuses_in_a_sentence(tmp_path):
    (tmp_path / "letter.txt").write_text("mine")
    for arguments, sentence in (
        (["foot", "--out", str(tmp_path / "new")], "There is no region called foot"),
        (["wrist", "--out", str(tmp_path)], "is not empty"),
        (["wrist", "--view", "axial", "--out", str(tmp_path / "new")], "PA, lateral"),
    ):
        run = CliRunner().invoke(simulate, arguments)
        assert run.exit_code == 1
        assert sentence in run.output
    assert (tmp_path / "letter.txt").read_text() == "mine"
