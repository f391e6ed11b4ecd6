"""What goes out comes back the same."""

import pandas as pd
import pytest
from click.testing import CliRunner

from xrlearn import stats
from xrlearn.cli import main
from xrlearn.data import DataError
from xrlearn.readers import Answer, Protocol, Store, StudyError, read_ratings, replay
from xrlearn.readers.exchange import export, from_imrmc, to_imrmc
from xrlearn.readers.simulate import department


@pytest.fixture(scope="module", params=["concurrent", "second"])
def finished(request, tmp_path_factory):
    """A finished study's ratings, practice included, and the folder it was exported to."""
    raw = Protocol.example().model_dump() | {"title": "Wrists, 腕关节"}
    raw["arms"] = [{"name": "unaided"}, {"name": "aided", "ai": request.param, "shows": ["probability"]}]
    with Store("sqlite://") as store:
        study = department(store, Protocol.model_validate(raw), readers=3)
        folder = export(store, study, tmp_path_factory.mktemp("out") / "study")
        return store.ratings(study, practice=True), folder


def test_a_replayed_study_is_the_same(store, finished):
    before, folder = finished
    study = replay(folder, store)
    after = store.ratings(study, practice=True)
    pd.testing.assert_frame_equal(after, before)
    assert all(store.progress(reader.code).finished for reader in store.readers(study))
    one, two = (stats.mrmc(table[~table["practice"]]) for table in (before, after))
    assert two.rrrc.p == one.rrrc.p
    pd.testing.assert_frame_equal(two.auc, one.auc)


def test_a_replayed_study_can_be_exported_and_joined_again(memory, finished, tmp_path):
    folder = finished[1]
    study = replay(folder, memory)
    again = export(memory, study, tmp_path / "again")
    for file in folder.iterdir():
        assert (again / file.name).read_bytes() == file.read_bytes(), file.name
    assert memory.join(study).number == 4


def test_the_folder_holds_no_code_and_no_absolute_path(memory, finished, tmp_path):
    _, folder = finished
    study = replay(folder, memory)
    codes = [reader.code.replace("-", "") for reader in memory.readers(study)]
    written = "".join(file.read_text(encoding="utf-8") for file in export(memory, study, tmp_path / "x").iterdir())
    assert not [code for code in codes if code in written]
    assert str(tmp_path) not in written


def test_the_csv_and_the_imrmc_file_give_the_same_analysis(finished):
    before, folder = finished
    expected = stats.mrmc(before[~before["practice"]])
    table = read_ratings(folder / "ratings.csv")
    in_arms = before.sort_values("modality", kind="stable").reset_index(drop=True)
    pd.testing.assert_frame_equal(table, in_arms)
    from_file = read_ratings(folder / "ratings.imrmc")
    assert stats.mrmc(from_file).rrrc.p == pytest.approx(expected.rrrc.p, abs=1e-12)
    assert to_imrmc(from_imrmc(to_imrmc(from_file, "x")), "x") == to_imrmc(from_file, "x")


def test_imrmc_counts_what_follows(finished):
    _, folder = finished
    head, _, rows = (folder / "ratings.imrmc").read_text(encoding="utf-8").partition("BEGIN DATA:\n")
    assert head.splitlines() == ["Wrists, 腕关节", "NR: 3", "N0: 10", "N1: 10", "NM: 2"]
    lines = [row.split(",") for row in rows.splitlines()]
    assert len([row for row in lines if row[0] == "-1"]) == 20
    assert len([row for row in lines if row[0] != "-1"]) == 3 * 2 * 20


def test_imrmc_as_others_write_it():
    """Spaces, blank lines, truth as modality 0, and readers that are numbers."""
    table = from_imrmc("free text, with commas\nNR: 2\n\nBEGIN DATA:\n-1, 7, 0, 1\n\n1, 7, A, 4.5\n 2 ,7, A ,3\n")
    assert table[["reader", "case", "modality", "truth", "score"]].to_numpy().tolist() == [
        ["1", "7", "A", 1.0, 4.5],
        ["2", "7", "A", 1.0, 3.0],
    ]


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        ("BEGIN DATA:\n-1,c,truth,1\nR1,c,A\n", "Line 3 .* is not reader,case,modality,score"),
        ("BEGIN DATA:\n-1,c,truth,1\nR1,c,A,good\n", "Line 3"),
        ("BEGIN DATA:\nR1,c,A,3\n", "no truth for case c"),
        ("BEGIN DATA:\n", "no truth"),
        ("reader,case,score\nR1,c,3\n", "lacks the column.*modality, truth"),
        ("reader,modality,case,truth,score\nR1,A,c,1,\n", "gaps in 1 row"),
        ("reader,modality,case,truth,score\nR1,A,c,1,high\n", "'high' in column 'score' is no number"),
        ("", "has no rows"),
    ],
)
def test_a_wrong_table_is_told(tmp_path, content, sentence):
    file = tmp_path / "ratings.csv"
    file.write_text(content, encoding="utf-8")
    with pytest.raises((StudyError, DataError), match=sentence):
        read_ratings(file)


def test_a_table_of_five_columns_will_do(tmp_path):
    file = tmp_path / "ratings.csv"
    file.write_text("reader,modality,case,truth,score\n01,A,007,1,3\n", encoding="utf-8")
    table = read_ratings(file)
    assert table.loc[0, ["reader", "case", "score"]].tolist() == ["01", "007", 3.0]
    assert table["first_score"].isna().all()


def test_a_folder_that_does_not_fit_leaves_the_store_as_it_was(memory, finished, tmp_path):
    import shutil

    _, folder = finished
    with pytest.raises(StudyError, match=r"lacks protocol\.toml"):
        replay(tmp_path, memory)
    broken = shutil.copytree(folder, tmp_path / "broken")
    films = (broken / "films.csv").read_text(encoding="utf-8").splitlines()
    (broken / "films.csv").write_text("\n".join(films[:-1]) + "\n", encoding="utf-8")
    with pytest.raises(StudyError, match="do not belong together"):
        replay(broken, memory)
    shutil.copy(folder / "films.csv", broken)
    rows = (broken / "ratings.csv").read_text(encoding="utf-8").splitlines()
    (broken / "ratings.csv").write_text("\n".join([*rows, rows[-1]]) + "\n", encoding="utf-8")
    with pytest.raises(StudyError, match="do not belong together"):
        replay(broken, memory)
    assert memory.studies().empty


def test_nothing_is_overwritten(memory, protocol, films, tmp_path):
    study = memory.create(protocol, *films)
    with pytest.raises(StudyError, match="Nobody has read"):
        export(memory, study, tmp_path / "new")
    assert not (tmp_path / "new").exists()
    code = memory.join(study).code
    memory.commit(code, memory.next(code).id, Answer("alone", 1.0))
    (tmp_path / "taken").mkdir()
    (tmp_path / "taken" / "thesis.txt").write_text("mine")
    with pytest.raises(StudyError, match="not empty"):
        export(memory, study, tmp_path / "taken")
    assert export(memory, study, tmp_path / "new").is_dir()


class TestCommandLine:
    def run(self, database, *arguments: str):
        return CliRunner().invoke(main, ["study", *arguments, "--database", database])

    def test_from_simulation_to_another_department(self, tmp_path):
        here, there = (f"sqlite:///{tmp_path / name}.sqlite" for name in ("here", "there"))
        assert "no study yet" in self.run(here, "list").output
        made = self.run(here, "simulate", "--readers", "2")
        assert made.exit_code == 0, made.output
        assert "mean area under the curve" in made.output
        study = self.run(here, "list").output.split()[0]
        assert study in made.output
        folder = str(tmp_path / "out")
        assert self.run(here, "export", study.lower(), folder).exit_code == 0
        taken = self.run(there, "import", folder)
        assert "2 reader(s)" in taken.output
        assert "80 of 80" not in taken.output
        assert "86 of 86" in self.run(there, "list").output  # practice included

    def test_a_study_is_planned_from_a_protocol(self, tmp_path, cases, monkeypatch):
        import numpy as np

        from xrlearn import tasks
        from xrlearn.readers import plan

        monkeypatch.setattr(plan, "seen_by_model", lambda task: np.empty((0, 450), np.int8))
        monkeypatch.setattr(tasks, "load", lambda task, source: cases.assign(split="test"))
        protocol = tmp_path / "p.toml"
        protocol.write_text(
            'title = "t"\ntask = "fracture"\n[cases]\nnumber = 4\n[[arms]]\nname = "unaided"\n', encoding="utf-8"
        )
        database = f"sqlite:///{tmp_path / 'x.sqlite'}"
        done = self.run(database, "new", str(protocol))
        assert done.exit_code == 0, done.output
        assert "4 films chosen" in done.output

    def test_what_is_wrong_is_one_sentence(self, tmp_path):
        database = f"sqlite:///{tmp_path / 'x.sqlite'}"
        for arguments in (("export", "NOPE", str(tmp_path / "o")), ("import", str(tmp_path)), ("new", "gone.toml")):
            failed = self.run(database, *arguments)
            assert failed.exit_code == 1
            assert failed.output.startswith("Error: ")
            assert failed.output.count("\n") == 1

    def test_the_example_is_printed(self):
        printed = CliRunner().invoke(main, ["study", "new", "--example"])
        assert Protocol.parse(printed.output) == Protocol.example()


@pytest.mark.parametrize(
    ("mark", "hit"),
    [((10, 20), 1), ((19, 29), 1), ((20, 20), 0), ((10, 30), 0), ((9, 20), 0), ((55, 5), 1), (None, 0)],
)
def test_a_mark_hits_when_it_lies_in_a_box(memory, protocol, films, mark, hit):
    """A box goes from its first row and column up to, not including, its last; any box will do."""
    chosen, answers = films
    boxes = [(10.0, 20.0, 20.0, 30.0), (50.0, 0.0, 60.0, 10.0)]
    chosen = chosen.assign(boxes=[boxes if truth else [] for truth in chosen["truth"]])
    study = memory.create(protocol, chosen, answers)
    code = memory.join(study).code
    for _ in range(2):
        reading = memory.next(code)
        memory.commit(code, reading.id, Answer("alone", 60.0, mark))
    table = memory.ratings(study, practice=True)
    assert table.loc[table["truth"] == 1, "hit"].tolist() == [hit]
    assert table.loc[table["truth"] == 0, "hit"].isna().all()


@pytest.mark.parametrize("design", ["crossover", "sequential"])
def test_the_command_gives_the_figures_of_the_study_itself(design, tmp_path):
    import json

    from xrlearn.readers.results import compare

    raw = Protocol.example().model_dump() | {"design": design}
    raw["arms"] = [{"name": "unaided"}, {"name": "aided", "ai": "concurrent", "shows": ["probability"]}]
    if design == "sequential":
        raw["arms"][1]["ai"] = "second"
    with Store("sqlite://") as store:
        study = department(store, Protocol.model_validate(raw), readers=2)
        folder = export(store, study, tmp_path / "study")
        own = compare(store.ratings(study))
    for name in ("ratings.csv", "ratings.imrmc"):
        done = CliRunner().invoke(main, ["stats", "mrmc", str(folder / name), "--json", str(tmp_path / "out.json")])
        assert done.exit_code == 0, done.output
        found = json.loads((tmp_path / "out.json").read_text(encoding="utf-8"))
        assert (found["cases"], found["rrrc"]["difference"]) == (own.cases, pytest.approx(own.rrrc.difference))
