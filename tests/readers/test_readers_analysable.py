"""What a table of ratings is analysed without is said, with names."""

import pandas as pd

from xrlearn.readers.analysable import ratings_of


def test_readers_who_have_not_finished_are_left_out_by_name(tmp_path):
    rows = [
        (reader, arm, case, case % 2, 10 * case + ord(reader), False, "2024-01-01")
        for reader in "ABC"
        for arm in ("alone", "with")
        for case in range(6)
        if not (reader == "B" and arm == "with" and case > 2)
    ]
    columns = ["reader", "modality", "case", "truth", "score", "practice", "committed"]
    pd.DataFrame(rows, columns=columns).to_csv(tmp_path / "ratings.csv", index=False)
    ratings, notes = ratings_of(tmp_path / "ratings.csv")
    assert sorted(ratings["reader"].unique()) == ["A", "C"]
    assert notes == ["Readers who have not read every film in every arm, left out: 1 (B)."]
