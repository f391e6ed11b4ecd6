"""The drop area's Python side: pieces in order, nothing kept, limits held."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from xrlearn.labs.parts import Drop


class Recorded(Drop):
    def __init__(self, **traits):
        self.sent, self.files = [], []
        super().__init__(self.files.append, **traits)

    def send(self, content, buffers=None):
        self.sent.append(content["type"])


def give(drop, data, size):
    """Send `data` piece by piece, as the script does."""
    for at in range(0, max(len(data), 1), size):
        drop.receive({"type": "piece", "at": at, "size": len(data)}, [memoryview(data[at : at + size])])


@given(st.binary(max_size=300), st.integers(1, 100))
def test_pieces_make_the_file_again(data, size):
    drop = Recorded()
    give(drop, data, size)
    assert drop.files == [data]
    assert drop.sent[-2:] == ["arrived", "done"]
    assert not drop._buffer


def test_a_second_file_begins_anew_even_after_half_of_one():
    drop = Recorded()
    drop.receive({"type": "piece", "at": 0, "size": 9}, [b"half"])
    give(drop, b"whole", 2)
    assert drop.files == [b"whole"]


def test_a_gap_a_surplus_and_too_large_a_file_are_refused():
    for at, size, piece in ((5, 9, b"late"), (0, 3, b"four"), (0, 101, b"big")):
        drop = Recorded(limit=100)
        drop.receive({"type": "piece", "at": at, "size": size}, [piece])
        assert (drop.files, drop.sent, drop._buffer) == ([], ["refused"], b"")


def test_a_reader_that_raises_still_frees_the_area():
    def read(data):
        raise NotADirectoryError

    drop = Recorded()
    drop._read = read
    with pytest.raises(NotADirectoryError):
        give(drop, b"abc", 3)
    assert drop.sent[-1] == "done"
    assert not drop._buffer
