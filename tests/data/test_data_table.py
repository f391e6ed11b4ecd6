"""Tables as Excel, R and hospital systems write them: one reader understands all of them."""

import pandas as pd
import pytest
from click.testing import CliRunner

from xrlearn import stats
from xrlearn.cli import main
from xrlearn.data.table import number, read_text_table, standard_names, truths

RATINGS = "reader,modality,case,truth,score\n" + "".join(
    f"{reader},{arm},c{case},{case % 2},{(case * 7 + len(reader) * 3 + (arm == 'aided') * (case % 2) * 9) % 13 / 10}\n"
    for reader in ("NA", "Müller")
    for arm in ("plain", "aided")
    for case in range(12)
)


def cells(tmp_path, content, encoding="utf-8"):
    (tmp_path / "t.csv").write_bytes(content.encode(encoding))
    return read_text_table(tmp_path / "t.csv")


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "cp1252"])
@pytest.mark.parametrize("name", ["Müller", "Françoise Lévêque", "Jörg Weiß"])
def test_a_western_name_is_not_decoded_as_chinese(tmp_path, name, encoding):
    assert cells(tmp_path, f"reader,score\n{name},1\n", encoding)["reader"].tolist() == [name]


def test_a_chinese_name_is_decoded_as_chinese(tmp_path):
    assert cells(tmp_path, "阅片者,score\n王小明,1\n", "gb18030")["阅片者"].tolist() == ["王小明"]


def test_the_separator_that_excel_announces(tmp_path):
    table = cells(tmp_path, "sep=;\ncase;note\n1;a,b,c\n;\n;;\n")
    assert table.to_dict("list") == {"case": ["1"], "note": ["a,b,c"]}
    assert table.index.tolist() == [3]


def test_header_in_capitals_or_with_blanks():
    table = standard_names(pd.DataFrame(columns=[" READER ", "Case", "Time Stamp"]), ("reader", "case"))
    assert list(table) == ["reader", "case", "Time Stamp"]


@pytest.mark.parametrize(
    ("cell", "value"), [("0,5", 0.5), ("50%", 50), ("50,5 %", 50.5), ("1e3", 1000), ("1,000.5", None), ("x", None)]
)
def test_numbers(cell, value):
    assert number(cell) == value


@pytest.mark.parametrize(
    "written", [["0", "1"], ["1", "2"], ["no", "YES"], ["negative", "Positive"], ["正常", "骨折"], ["FALSE", "TRUE"]]
)
def test_truth_however_it_is_written(written):
    found, shifted = truths(pd.Series(written, name="truth"), "t.csv")
    assert found.tolist() == [0, 1]
    assert shifted == (written == ["1", "2"])


def variants():
    semicolons = "\n".join(";".join(line.split(",")).replace(".", ",") for line in RATINGS.splitlines())
    words = RATINGS.replace(",0,", ",healthy,").replace(",1,", ",diseased,")
    one_two = RATINGS.replace(",1,", ",2,").replace(",0,", ",1,")
    return {
        "plain": RATINGS.encode(),
        "bom": RATINGS.encode("utf-8-sig"),
        "cp1252": RATINGS.encode("cp1252"),
        "utf-16": RATINGS.encode("utf-16"),
        "decimal comma": semicolons.encode("cp1252"),
        "announced": ("sep=;\r\n" + semicolons).encode("cp1252"),
        "tabs": RATINGS.replace(",", "\t").encode(),
        "blank tail": (RATINGS + ",,,,\n,,,,\n\n").encode(),
        "capitals": RATINGS.replace("reader,modality,case,truth,score", "READER, Modality ,CASE,Truth,Score").encode(),
        "words": words.encode(),
        "one and two": one_two.encode(),
        "blanks": RATINGS.replace("NA,aided", "NA ,aided").encode(),
    }


@pytest.fixture(scope="module")
def expected():
    import io

    table = pd.read_csv(io.StringIO(RATINGS), keep_default_na=False)
    return stats.mrmc(table.assign(modality=pd.Categorical(table["modality"], ["plain", "aided"]))).frrc


@pytest.mark.parametrize("name", variants())
def test_the_analysis_is_the_same_however_the_table_was_written(tmp_path, name, expected):
    import json

    file, out = tmp_path / "ratings.csv", tmp_path / "out.json"
    file.write_bytes(variants()[name])
    done = CliRunner().invoke(main, ["stats", "mrmc", str(file), "--json", str(out)])
    assert done.exit_code == 0, done.output
    found = json.loads(out.read_text(encoding="utf-8"))
    assert found["frrc"]["difference"] == pytest.approx(expected.difference)
    assert found["frrc"]["se"] == pytest.approx(expected.se)
    assert set(found["readers"]) == {"NA", "Müller"}
    assert bool(found["notes"]) == (name == "one and two")


def run(tmp_path, verb, content, *options):
    import json

    (tmp_path / "s.csv").write_text(content, encoding="utf-8")
    out = tmp_path / "out.json"
    done = CliRunner().invoke(main, ["stats", verb, str(tmp_path / "s.csv"), "--json", str(out), *options])
    return done, json.loads(out.read_text(encoding="utf-8")) if done.exit_code == 0 else None


def test_what_counts_or_names_cases_is_no_reader(tmp_path):
    rows = "".join(f"{i},{40 + 3 * i % 17},{i * 7 % 10},{i * 7 % 10 + i % 2}\n" for i in range(1, 13))
    plain = "".join(f"{i * 7 % 10},{i * 7 % 10 + i % 2}\n" for i in range(1, 13))
    _, wanted = run(tmp_path, "agreement", "a,b\n" + plain, "--kind", "measurements")
    done, found = run(tmp_path, "agreement", "No.,Age,a,b\n" + rows, "--kind", "measurements")
    assert found["icc"] == wanted["icc"]
    assert len(found["notes"]) == 2
    assert "Age" in done.output


def test_a_text_cell_in_a_score_is_named_and_a_turned_score_is_hinted_at(tmp_path):
    rows = [f"{i % 2},{-(i % 2) * 5 + i / 10:g}" for i in range(20)]
    done, found = run(tmp_path, "auc", "truth,score\n" + "\n".join(rows) + "\n")
    assert "below 0.5" in done.output
    assert found["notes"]
    done, _ = run(tmp_path, "auc", "truth,score\n" + "\n".join([*rows, "1,n/a"]) + "\n")
    assert done.exit_code == 1
    assert "Row 22" in done.output
    assert "'n/a'" in done.output


def test_an_imrmc_file_is_taken_by_every_verb(tmp_path):
    import json

    truth = "".join(f"{'truth' if case % 2 else -1},c{case},0,{case % 2}\n" for case in range(8))
    rows = "".join(f"R{r},c{c},{arm},{(c * 5 + r * 3) % 7}\n" for r in (1, 2) for arm in "ab" for c in range(8))
    file, out = tmp_path / "study.imrmc", tmp_path / "out.json"
    file.write_text(f"NR: 2\nBEGIN DATA:\n{truth}{rows}", encoding="utf-8")
    for verb in (["mrmc"], ["auc"], ["agreement", "--kind", "measurements"]):
        done = CliRunner().invoke(main, ["stats", *verb, str(file), "--json", str(out)])
        assert done.exit_code == 0, done.output
    assert "icc" in json.loads(out.read_text(encoding="utf-8"))
