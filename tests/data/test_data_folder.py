import json
import subprocess
import sys
from pathlib import Path

import pytest

from xrlearn import locale
from xrlearn.data import DataError, describe, notes, read_source, save_cases


def says(folder: Path, *parts: str, task: str | None = "fracture") -> None:
    """Reading fails with one sentence that names all `parts`."""
    with pytest.raises(DataError) as failed:
        read_source(folder, task)
    for lang in locale.LANGUAGES:
        locale.use(lang)
        sentence = str(failed.value)
        assert all(part in sentence for part in parts), sentence
        assert "\n" not in sentence
        assert sentence.count(". ") + sentence.count("。") <= 1, sentence


def table(folder: Path, text: str, encoding: str = "utf-8") -> Path:
    (folder / "labels.csv").write_text(text, encoding=encoding)
    return folder


def test_films_labels_and_patients(folder):
    cases = read_source(folder, "fracture")
    assert [Path(image).name for image in cases["image"]] == ["a.png", "b.png", "c.png"]
    assert all(Path(image).is_absolute() and Path(image).is_file() for image in cases["image"])
    assert cases["fracture"].tolist() == [0, 1, 1]
    assert cases["fracture"].dtype.kind == "i"
    assert cases.groupby("patient")["split"].nunique().max() == 1
    assert notes(cases) == []


@pytest.mark.parametrize("encoding", ["utf-8-sig", "gb18030", "utf-16"])
@pytest.mark.parametrize("separator", [",", ";", "\t"])
def test_tables_as_office_programs_write_them(folder, encoding, separator):
    rows = "文件名,骨折情况,fracture,患者\na.png,有,是,王一\nb.png,无,否,王一\n".replace(",", separator)
    cases = read_source(table(folder, rows, encoding), "fracture")
    assert cases["fracture"].tolist() == [1, 0]
    assert cases["patient"].tolist() == ["王一", "王一"]


def test_identifiers_stay_text_and_other_columns_come_along(folder):
    cases = read_source(table(folder, "filename,label,patient,age\na.png,normal,007,61\nb.png,fractured,7,\n"))
    assert cases["patient"].tolist() == ["007", "7"]
    assert cases["fracture"].tolist() == [0, 1]
    assert cases["age"].tolist()[0] == 61


@pytest.mark.parametrize(
    ("text", "parts"),
    [
        ("film name,fracture\na.png,1\n", ["filename", "film name"]),
        ("filename,kl\na.png,1\n", ["'fracture'", "kl"]),
        ("filename,fracture\na.png,1\nb.png,\n", ["3", "fracture"]),
        ("filename,fracture\na.png,1\nb.png,2\n", ["3", "2", "0-1"]),
        ("filename,fracture\na.png,1\n,0\n", ["3", "labels.csv"]),
        ("filename,fracture\na.png,1\na.png,0\n", ["2", "3", "a.png"]),
        ("filename,fracture\na.png,1\nx.png,0\ny.png,0\n", ["2", "3", "x.png"]),
        ("filename,fracture,patient\na.png,1,\n", ["2", "patient"]),
        ("filename,fracture,fracture\na.png,1,1\n", ["fracture", "labels.csv"]),
        ("filename,fracture\na.png,1,or,more\n", ["2", "labels.csv"]),
        ("filename,fracture\n", ["labels.csv"]),
        ("", ["labels.csv"]),
        ("filename,fracture,patient,split\na.png,1,p,train\nb.png,1,p,test\n", ["'p'", "split"]),
        ("filename,fracture,split\na.png,1,first\n", ["first", "train"]),
    ],
)
def test_a_wrong_table_is_named_in_one_sentence(folder, text, parts):
    with pytest.raises(DataError) as failed:
        read_source(table(folder, text), "fracture")
    assert all(part in str(failed.value) for part in parts), str(failed.value)
    locale.use("zh")
    assert "labels.csv" in str(failed.value)


def test_a_spreadsheet_is_not_a_table(folder):
    (folder / "labels.csv").write_bytes(b"PK\x03\x04" + b"\x00" * 500)
    says(folder, "labels.csv", "CSV")


def test_nothing_there(tmp_path):
    says(tmp_path / "nowhere", "nowhere")
    says(tmp_path, "labels.csv", "fracture")


def test_a_blank_label_is_allowed_only_where_no_task_needs_it(folder):
    cases = read_source(table(folder, "filename,fracture\na.png,1\nb.png,\n"))
    assert cases["fracture"].isna().tolist() == [False, True]


def test_films_that_the_table_does_not_list_are_left_out_and_told(folder, film):
    film(folder / "images" / "extra.png")
    cases = read_source(folder)
    assert len(cases) == 3
    assert notes(cases) == ["Films in the folder that the table does not list, left out: 1 (the first is extra.png)."]
    locale.use("zh")
    assert "extra.png" in notes(cases)[0]


def test_own_split_is_kept_when_it_keeps_patients_together(folder):
    rows = "filename,fracture,patient,split\na.png,1,p,val\nb.png,1,p,validation\nc.png,0,q,test\n"
    assert read_source(table(folder, rows))["split"].tolist() == ["valid", "valid", "test"]


def test_boxes_and_landmarks_come_as_rows_and_columns(folder):
    (folder / "annotations.json").write_text(json.dumps({"a.png": {"bbox_xywh": [[3, 5, 10, 20]]}}))
    (folder / "landmarks.csv").write_text("filename,p_x,p_y,q_x,q_y\nimages/b.png,1,2,3,4\n")
    cases = read_source(folder)
    assert cases["boxes"].tolist() == [[(5.0, 3.0, 25.0, 13.0)], [], []]
    assert cases["landmarks"].tolist() == [{}, {"p": (2.0, 1.0), "q": (4.0, 3.0)}, {}]


@pytest.mark.parametrize("content", ["{", '{"a.png": 3}', '{"a.png": {"bbox_xywh": [[1, 2]]}}'])
def test_marks_that_cannot_be_read_are_named(folder, content):
    (folder / "annotations.json").write_text(content)
    says(folder, "annotations.json")


def test_a_saved_table_reads_back_the_same(folder, tmp_path):
    (folder / "annotations.json").write_text(json.dumps({"a.png": {"bbox_xywh": [[3, 5, 10, 20]]}}))
    cases = read_source(folder, "fracture")
    save_cases(cases, tmp_path / "out" / "cases.csv")
    again = read_source(tmp_path / "out" / "cases.csv", "fracture")
    assert again.to_dict("list") == cases.to_dict("list")


def test_describe_counts_in_both_languages(folder):
    cases = read_source(table(folder, "filename,fracture,bone_age,patient\na.png,0,96,p\nb.png,1,120,q\nc.png,1,,q\n"))
    counts = describe(cases).loc["all"]
    assert counts["films"] == 3
    assert counts["patients"] == 2
    assert counts["fracture 1"] == 2
    assert counts["bone age, months"] == "108 (96-120)"
    locale.use("zh")
    assert describe(cases).loc["合计", "影像数"] == 3


def test_the_room_opens_fast_and_without_torch():
    code = """
import sys, time
start = time.process_time()
import xrlearn.data
print(time.process_time() - start, "torch" in sys.modules)
"""
    seconds = []
    for _ in range(3):
        answer = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout.split()
        assert answer[1] == "False"
        seconds.append(float(answer[0]))
    assert min(seconds) < 1.0


PACKS = {
    "fracatlas_fracture": ("fracture", 3219, {0: 2647, 1: 572}),
    "knee_kl": ("kl", 5190, {0: 1956, 1: 952, 2: 1371, 3: 688, 4: 223}),
    "knee_osteoporosis": ("osteoporosis", 119, {0: 18, 1: 77, 2: 24}),
    "spine_scoliosis_class": ("scoliosis", 129, {0: 35, 1: 94}),
    "wrist_graz_mini": ("fracture", 5, {1: 5}),
    "hand_boneage": ("bone_age", 901, None),
    "spine_ap_aasce": ("cobb", 457, None),
}


@pytest.mark.parametrize("pack", PACKS)
def test_real_packs(realdata, pack):
    label, films, counts = PACKS[pack]
    cases = read_source(realdata / pack, label)
    assert len(cases) == films
    if counts:
        assert cases[label].value_counts().to_dict() == counts
    assert cases.groupby("patient")["split"].nunique().max() == 1


def test_real_boxes_lie_in_their_films(realdata):
    cases = read_source(realdata / "fracatlas_fracture", "fracture")
    boxed = cases[cases["boxes"].map(len) > 0]
    assert set(boxed["fracture"]) == {1}
    assert len(boxed) == 572
    for row in boxed.itertuples():
        for row0, col0, row1, col1 in row.boxes:
            assert 0 <= row0 < row1 <= row.height + 1
            assert 0 <= col0 < col1 <= row.width + 1


def test_a_damaged_film_is_left_out_and_named(folder):
    cut = folder / "images" / "b.png"
    cut.write_bytes(cut.read_bytes()[:-100])
    cases = read_source(folder)
    assert [Path(image).name for image in cases["image"]] == ["a.png", "c.png"]
    assert "b.png" in " ".join(notes(cases))


def test_names_match_whatever_form_of_unicode_they_are_in(folder):
    import unicodedata

    (folder / "images" / "a.png").rename(folder / "images" / unicodedata.normalize("NFD", "Müller.png"))
    (folder / "labels.csv").write_text(f"filename,fracture\n{unicodedata.normalize('NFC', 'Müller.png')},1\n", "utf-8")
    assert len(read_source(folder)) == 1
