import stat
import zipfile
from pathlib import Path

import pytest

from xrlearn.data import DataError
from xrlearn.data import unpack as room
from xrlearn.data.unpack import unpack


def archive(path: Path, **files: bytes) -> Path:
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as out:
        for name, content in files.items():
            out.writestr(name, content)
    return path


def test_files_and_zips_inside(tmp_path):
    inner = archive(tmp_path / "inner.zip", **{"set-1/9.png": b"nine"}).read_bytes()
    outer = archive(tmp_path / "outer.zip", **{"a/b.csv": b"x", "a/set-1.zip": inner, "__MACOSX/a/._b.csv": b"y"})
    unpack(outer, tmp_path / "films")
    found = {str(p.relative_to(tmp_path / "films")) for p in (tmp_path / "films").rglob("*") if p.is_file()}
    assert found == {"a/b.csv", "a/set-1/9.png"}
    assert (tmp_path / "films" / "a" / "set-1" / "9.png").read_bytes() == b"nine"


@pytest.mark.parametrize("name", ["../evil.png", "a/../../evil.png", "/tmp/evil.png", "C:/evil.png", "..\\evil.png"])
def test_nothing_is_written_outside(tmp_path, name):
    bad = archive(tmp_path / "bad.zip", **{"good.png": b"g", name: b"e"})
    with pytest.raises(DataError, match="outside"):
        unpack(bad, tmp_path / "deep" / "films")
    assert not [p for p in tmp_path.rglob("*") if p.is_file() and p != bad], "nothing at all is unpacked"


def test_links_are_refused(tmp_path):
    link = zipfile.ZipInfo("link.png")
    link.external_attr = (stat.S_IFLNK | 0o777) << 16
    with zipfile.ZipFile(tmp_path / "bad.zip", "w") as out:
        out.writestr(link, "/etc/passwd")
    with pytest.raises(DataError, match="outside"):
        unpack(tmp_path / "bad.zip", tmp_path / "films")


def test_a_bomb_is_left_packed(tmp_path):
    bomb = archive(tmp_path / "bomb.zip", **{"zeros.png": bytes(60_000_000)})
    with pytest.raises(DataError, match="left packed"):
        unpack(bomb, tmp_path / "films")


def test_too_many_files(tmp_path, monkeypatch):
    monkeypatch.setattr(room, "_FILES", 2)
    many = archive(tmp_path / "many.zip", **{f"{i}.png": b"" for i in range(3)})
    with pytest.raises(DataError, match="3 files"):
        unpack(many, tmp_path / "films")


@pytest.mark.parametrize("damage", [slice(0, 40), slice(40, None), slice(0, 0)])
def test_a_damaged_archive(tmp_path, damage):
    whole = archive(tmp_path / "set.zip", **{"a.png": bytes(range(256)) * 40})
    whole.write_bytes(whole.read_bytes()[damage])
    with pytest.raises(DataError, match=r"set\.zip is not a sound zip"):
        unpack(whole, tmp_path / "films")


def test_a_changed_byte_is_noticed(tmp_path):
    with zipfile.ZipFile(tmp_path / "set.zip", "w") as out:
        out.writestr("a.png", b"the film's own bytes")
    raw = (tmp_path / "set.zip").read_bytes()
    (tmp_path / "set.zip").write_bytes(raw.replace(b"own bytes", b"0wn bytes", 1))
    with pytest.raises(DataError, match="sound zip"):
        unpack(tmp_path / "set.zip", tmp_path / "films")


def test_a_full_disk_is_said_before_unpacking(tmp_path, monkeypatch):
    monkeypatch.setattr(room.shutil, "disk_usage", lambda _: type("Usage", (), {"free": 10})())
    with pytest.raises(DataError, match="when unpacked"):
        unpack(archive(tmp_path / "set.zip", **{"a.png": bytes(100)}), tmp_path / "films")
