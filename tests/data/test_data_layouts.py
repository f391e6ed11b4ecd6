"""Each public layout with its quirks: rebuilt here in small, and the real samples where they are present."""

import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from PIL import Image

from xrlearn import locale
from xrlearn.data import DataError, import_films, imported, notes, read_source
from xrlearn.data.layouts import LAYOUTS, read_layout
from xrlearn.radiograph.spine import CORNERS

SAMPLES = {
    "FracAtlas": ("fracatlas", 39, "fracture", {0: 18, 1: 21}),
    "GRAZPEDWRI-DX": ("grazpedwri-dx", 5, "fracture", {1: 5}),
    "aasce_boostnet": ("aasce-spine", 18, "cobb", None),
    "knee_oa_kaggle": ("knee-oa", 35, "kl", dict.fromkeys(range(5), 7)),
    "osteoporosis_knee": ("osteoporosis-knee", 18, "osteoporosis", {0: 6, 1: 6, 2: 6}),
    "rsna_boneage_kaggle": ("rsna-bone-age", 12, "bone_age", None),
    "rsna_boneage_official": ("rsna-bone-age", 14, "bone_age", None),
}


@pytest.mark.parametrize("sample", SAMPLES)
def test_real_samples(realdata, sample, tmp_path):
    name, films, label, counts = SAMPLES[sample]
    cases = import_films(name, realdata / "as_published" / sample, tmp_path / "cases.csv")
    assert len(cases) == films
    assert all(Path(image).is_file() for image in cases["image"])
    assert cases.groupby("patient")["split"].nunique().max() == 1
    if counts:
        assert cases[label].value_counts().to_dict() == counts
    assert imported() == [name]
    assert read_source(name, label)["image"].tolist() == cases["image"].tolist()
    pd.testing.assert_frame_equal(read_source(tmp_path / "cases.csv", label), read_source(name, label))


def test_real_fracatlas_boxes_lie_in_their_films(realdata):
    cases = read_layout("fracatlas", realdata / "as_published" / "FracAtlas")
    assert (cases["boxes"].map(len) == cases["fracture_count"]).all()
    for row in cases[cases["fracture"] == 1].itertuples():
        with Image.open(row.image) as film:
            width, height = film.size
        assert all(0 <= r0 < r1 <= height and 0 <= c0 < c1 <= width for r0, c0, r1, c1 in row.boxes)


def test_real_spine_landmarks_give_the_published_angle(realdata):
    cases = read_layout("aasce-spine", realdata / "as_published" / "aasce_boostnet")
    assert cases["flag_cobb_gt100"].sum() == 1
    assert cases["flag_vertebra_order"].sum() == 1
    for row in cases.itertuples():
        corners = np.array([row.landmarks[name] for name in CORNERS]).reshape(17, 4, 2)  # vertebra, corner, (row, col)
        # The published angle comes from the vertebrae's mid-lines, left to right: it fits only if the corners do.
        mid = corners[:, 1::2].mean(axis=1) - corners[:, 0::2].mean(axis=1)
        slope = np.degrees(np.arctan2(mid[:, 0], mid[:, 1]))
        assert abs(slope.max() - slope.min() - row.cobb) < 0.05


def test_parent_folders_are_optional(realdata):
    whole = realdata / "as_published"
    direct = read_layout("knee-oa", whole / "knee_oa_kaggle")
    assert read_layout("knee-oa", whole)["image"].tolist() == direct["image"].tolist()


def test_a_folder_with_several_data_sets_is_not_guessed_at(realdata):
    with pytest.raises(DataError, match=r"labels\.csv"):
        read_source(realdata / "as_published")


@pytest.mark.parametrize("name", LAYOUTS)
@pytest.mark.parametrize("lang", locale.LANGUAGES)
def test_a_wrong_folder_says_what_was_expected(tmp_path, name, lang, film):
    film(tmp_path / "holiday" / "beach.png")
    locale.use(lang)
    for path in (tmp_path / "holiday", tmp_path / "holiday" / "beach.png", tmp_path / "nowhere"):
        with pytest.raises(DataError) as failed:
            import_films(name, path)
        assert LAYOUTS[name].EXPECTED in str(failed.value)
        assert "\n" not in str(failed.value)
    assert imported() == []


@pytest.fixture
def fracatlas(tmp_path, film) -> Path:
    """Six films: one in both folders, one cut short, one missing, two identical ones far apart."""
    root = tmp_path / "download" / "FracAtlas" / "FracAtlas"
    yes, no = root / "images" / "Fractured", root / "images" / "Non_fractured"
    film(yes / "IMG0000001.jpg", 1)
    film(no / "IMG0000001.jpg", 1)
    film(no / "IMG0000002.jpg", 2)
    film(no / "IMG0000500.jpg", 3)
    film(no / "IMG0000900.jpg", 3)
    cut = film(no / "IMG0000700.jpg", 4, (400, 300))
    cut.write_bytes(cut.read_bytes()[:9000])
    rows = [("1", 1, 1), ("2", 0, 0), ("500", 0, 0), ("900", 0, 0), ("700", 0, 0), ("800", 0, 0)]
    lines = [f"IMG{int(n):07d}.jpg,1,0,0,0,0,0,0,{f},{count},1,0,1" for n, f, count in rows]
    columns = "image_id,hand,leg,hip,shoulder,mixed,hardware,multiscan,fractured,fracture_count,frontal,lateral,oblique"
    (root / "dataset.csv").write_text("\n".join([columns, *lines]))
    coco = root / "Annotations" / "COCO JSON" / "COCO_fracture_masks.json"
    coco.parent.mkdir(parents=True)
    images = [{"id": 9, "file_name": "IMG0000001.jpg"}]
    coco.write_text(json.dumps({"images": images, "annotations": [{"image_id": 9, "bbox": [2, 3, 10, 20]}]}))
    split = root / "Utilities" / "Fracture Split"
    split.mkdir(parents=True)
    (split / "test.csv").write_text("image_id\nIMG0000001.jpg\n")
    (tmp_path / "download" / "__MACOSX").mkdir()
    return tmp_path / "download"


def test_fracatlas(fracatlas):
    cases = read_layout("fracatlas", fracatlas).set_index("image_id")
    assert sorted(cases.index) == [f"IMG{n:07d}.jpg" for n in (1, 2, 500, 900)]
    first = cases.loc["IMG0000001.jpg"]
    assert Path(first["image"]).parent.name == "Fractured"
    assert first["fracture"] == 1
    assert first["boxes"] == [(3.0, 2.0, 23.0, 12.0)]
    assert first["official_split"] == "test"
    assert first["view"] == "frontal+oblique"
    assert first["region"] == "hand"
    patients = cases["patient"]
    assert patients["IMG0000001.jpg"] == patients["IMG0000002.jpg"], "neighbouring numbers stand in for a patient"
    assert patients["IMG0000500.jpg"] == patients["IMG0000900.jpg"], "identical films belong together"
    assert patients.nunique() == 2
    told = " ".join(notes(cases))
    assert "IMG0000800.jpg" in told
    assert "IMG0000700.jpg" in told
    assert "consecutive" in told


def test_bone_age_tables_of_training_and_validation(tmp_path, film):
    for name in ("boneage-training-dataset/boneage-training-dataset/5", "Bone Age Validation Set/set-1/9"):
        film(tmp_path / f"{name}.png", int(name[-1]))
    (tmp_path / "boneage-training-dataset.csv").write_text("id,boneage,male\n5,180,True\n")
    valid = tmp_path / "Bone Age Validation Set" / "Validation Dataset.csv"
    valid.write_text("Image ID,male,Bone Age (months)\n9,FALSE,90.5\n", encoding="utf-8-sig")
    (tmp_path / "boneage-test-dataset.csv").write_text("Case ID,Sex\n7,M\n")
    cases = read_layout("rsna-bone-age", tmp_path).sort_values("patient")
    assert cases["bone_age"].tolist() == [180, 90.5]
    assert cases["sex"].tolist() == ["M", "F"]
    assert cases["official_split"].tolist() == ["train", "valid"]


def test_knees_of_one_person_stay_together_and_auto_test_is_left_out(tmp_path, film):
    root = tmp_path / "KneeXrayData" / "ClsKLData" / "kneeKL224"
    for grade in range(5):
        film(root / "train" / str(grade) / f"900000{grade}L.png", grade)
    film(root / "test" / "2" / "9000001R.png", 9)
    film(root / "auto_test" / "2" / "9000001R.png", 9)
    film(root / "test" / "2" / "._9000001R.png", 9)
    cases = read_layout("knee-oa", tmp_path)
    assert len(cases) == 6
    both = cases[cases["patient"] == "9000001"]
    assert both["side"].tolist() == ["L", "R"]
    assert both["official_split"].tolist() == ["train", "test"]
    assert both["split"].nunique() == 1
    assert "auto_test" in notes(cases)[0]


def test_spine_tables_without_header(tmp_path, film):
    for part, names in {
        "training": ["x-1th-01-Jan-2017-10 A AP.jpg", "x-1th-01-Jan-2017-11 B AP.jpg"],
        "test": ["x-1th-02-Jan-2017-10 C AP.jpg"],
    }.items():
        labels = tmp_path / "labels" / part
        labels.mkdir(parents=True)
        for i, name in enumerate(names):
            film(tmp_path / "data" / part / name, i + len(part), (100, 200))
        (labels / "filenames.csv").write_text("\n".join(names))
        (labels / "angles.csv").write_text("\n".join(["12,30,5", "120,4,4"][: len(names)]))
        (labels / "landmarks.csv").write_text("\n".join([",".join(["0.25"] * 68 + ["0.5"] * 68)] * len(names)))
    cases = read_layout("aasce-spine", tmp_path)
    assert cases["cobb"].tolist() == [30, 120, 30]
    assert cases["flag_cobb_gt100"].tolist() == [0, 1, 0]
    assert cases["landmarks"][0] == dict.fromkeys(CORNERS, (100.0, 25.0))
    assert cases["patient"].tolist() == ["case10", "case11", "case10"]
    (tmp_path / "labels" / "test" / "angles.csv").write_text("1,2,3\n4,5,6\n")
    with pytest.raises(DataError, match="labels/test"):
        read_layout("aasce-spine", tmp_path)


def test_osteoporosis_marks_films_that_contradict_each_other(tmp_path, film):
    film(tmp_path / "Normal" / "N1.jpg", 1)
    film(tmp_path / "Osteopenia" / "OP1.JPEG", 1)
    film(tmp_path / "Osteopenia" / "OP2.JPEG", 2)
    film(tmp_path / "Osteoporosis" / "OS1.JPEG", 3)
    cases = read_layout("osteoporosis-knee", tmp_path)
    assert cases["osteoporosis"].tolist() == [0, 1, 1, 2]
    assert cases["flag_conflicting_duplicate"].tolist() == [1, 1, 0, 0]
    assert cases["patient"][0] == cases["patient"][1]
    assert cases["patient"].nunique() == 3


def test_wrist_table_with_byte_order_mark_and_part_of_the_films(tmp_path, film):
    film(tmp_path / "images_part1" / "0001_1_01_WRI-L1_F010.png")
    columns = "filestem,patient_id,laterality,projection,fracture_visible"
    rows = [columns, "0001_1_01_WRI-L1_F010,1,L,1,", "0002_1_01_WRI-R2_M012,2,R,2,1"]
    (tmp_path / "dataset.csv").write_text("\n".join(rows), encoding="utf-8-sig")
    cases = read_layout("grazpedwri-dx", tmp_path)
    assert cases[["patient", "fracture", "side", "view"]].values.tolist() == [["1", 0, "L", "frontal"]]
    assert "1 of 2" in notes(cases)[0]


def test_mura_label_is_of_the_study(tmp_path, film):
    root = tmp_path / "MURA-v1.1"
    for i, path in enumerate(
        (
            "train/XR_WRIST/patient00001/study1_positive",
            "train/XR_HAND/patient00001/study1_negative",
            "valid/XR_WRIST/patient00007/study1_negative",
        )
    ):
        film(root / path / "image1.png", i)
        film(root / path / "._image1.png", i)
    cases = read_layout("mura", tmp_path)
    assert cases[["region", "abnormal", "official_split"]].values.tolist() == [
        ["hand", 0, "train"],
        ["wrist", 1, "train"],
        ["wrist", 0, "valid"],
    ]
    assert "fracture" not in cases
    assert cases["split"].nunique() <= 2


def knees(tmp_path, film, names):
    for grade in range(5):
        for part in ("train", "val", "test"):
            (tmp_path / part / str(grade)).mkdir(parents=True, exist_ok=True)
    for seed, name in enumerate(names):
        film(tmp_path / "train" / name, seed)
    return tmp_path


def test_every_layout_leaves_out_a_damaged_film_and_names_it(tmp_path, film):
    root = knees(tmp_path, film, ["0/9000001L.png", "1/9000002R.png"])
    cut = root / "train" / "1" / "9000002R.png"
    cut.write_bytes(cut.read_bytes()[:-200])
    cases = read_layout("knee-oa", root)
    assert cases["patient"].tolist() == ["9000001"]
    assert "9000002R.png" in " ".join(notes(cases))


def test_a_knee_in_two_grades_is_named(tmp_path, film):
    cases = read_layout("knee-oa", knees(tmp_path, film, ["0/9000001L.png", "3/9000001L.png", "2/9000001R.png"]))
    assert cases.set_index("side")["flag_conflicting_duplicate"].to_dict() == {"L": 1, "R": 0}
    assert "9000001L.png" in " ".join(notes(cases))


@pytest.mark.parametrize(("boy", "girl"), [("True", "FALSE"), ("1", "0"), ("M", "F"), ("male", "female")])
def test_the_sex_of_a_hand_however_it_is_written(tmp_path, film, boy, girl):
    for name in ("5", "6"):
        film(tmp_path / f"{name}.png", int(name))
    (tmp_path / "boneage-training-dataset.csv").write_text(f"id,boneage,male\n5,180,{boy}\n6,90,{girl}\n")
    assert read_layout("rsna-bone-age", tmp_path)["sex"].tolist() == ["M", "F"]


def test_mura_in_other_suffixes_without_what_macos_leaves(tmp_path, film):
    study = tmp_path / "train" / "XR_WRIST" / "patient00001" / "study1_positive"
    for seed, name in enumerate(("image1.PNG", "image2.jpg")):
        film(study / name, seed)
    (study / "._image1.PNG").write_bytes(b"\x00\x05\x16\x07")
    assert len(read_layout("mura", tmp_path)) == 2
