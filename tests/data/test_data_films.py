"""Films and labels that cannot be used are named."""

import numpy as np
import pandas as pd
from PIL import Image

from xrlearn.data.films import contradictions, without_broken, without_gaps
from xrlearn.locale import text


def said(notes) -> list[str]:
    return [text(f"data.note.{name}", **values) for name, values in notes]


def test_a_label_or_landmark_that_is_no_number_is_left_out_by_name():
    rows = pd.DataFrame({
        "image": [f"/films/{name}.png" for name in "abcd"],
        "cobb": [10.0, np.nan, 12.0, 9.0],
        "landmarks": [{"x": (1, 2)}, {"x": (1, 2)}, {"x": (1, np.nan)}, {"x": (3, 4)}],
    })  # fmt: skip
    kept, notes = without_gaps(rows)
    assert list(kept.index) == [0, 3]
    (note,) = said(notes)
    assert "b.png, c.png" in note
    assert "2" in note
    assert without_gaps(kept)[1] == []


def test_broken_films_are_counted_and_the_first_are_named(tmp_path):
    for i in range(7):
        Image.new("L", (8, 8)).save(tmp_path / f"{i}.png")
        if i:
            whole = (tmp_path / f"{i}.png").read_bytes()
            (tmp_path / f"{i}.png").write_bytes(whole[: len(whole) // 2])
    kept, notes = without_broken(pd.DataFrame({"image": [str(tmp_path / f"{i}.png") for i in range(7)]}))
    assert len(kept) == 1
    (note,) = said(notes)
    assert "6" in note
    assert "1.png, 2.png, 3.png, 4.png, 5.png, ..." in note


def test_films_that_contradict_each_other_are_named():
    rows = pd.DataFrame({"image": ["a.png", "b.png", "c.png"], "kl": [1, 2, 3]})
    torn, notes = contradictions(rows, pd.Series(["x", "x", "y"]))
    assert torn.tolist() == [1, 1, 0]
    assert "a.png, b.png" in said(notes)[0]
