"""Downloads from a real server on the loopback address, with all that goes wrong on the way."""

import errno
import hashlib
import io
import re
import shutil
import socket
import threading
import zipfile
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import numpy as np
import pytest
from click.testing import CliRunner, Result

from xrlearn import locale, paths
from xrlearn.cli.data import data
from xrlearn.data import DataError, imported, read_source
from xrlearn.data.cards import File
from xrlearn.data.download import download


class Server(ThreadingHTTPServer):
    """Serves `body` at /set.zip; `asked` keeps the Range headers.

    `cut` ends each answer after so many bytes, `cuts` only the next ones.
    """

    body = b""
    etag = '"1"'
    status: int | None = None
    cut: int | None = None
    ranges = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.asked: list[str | None] = []
        self.cuts: list[int] = []

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_address[1]}/set.zip"


class _Handler(BaseHTTPRequestHandler):
    server: Server

    def do_GET(self) -> None:
        server, asked = self.server, self.headers["Range"]
        server.asked.append(asked)
        if server.status:
            self.send_error(server.status)
            return
        same = self.headers["If-Range"] in (None, server.etag)
        start = int(re.findall(r"\d+", asked)[0]) if asked and same and server.ranges else 0
        if start >= len(server.body):
            self.send_response(416)
            self.send_header("Content-Range", f"bytes */{len(server.body)}")
            self.end_headers()
            return
        body = server.body[start:]
        self.send_response(206 if start else 200)
        if start:
            self.send_header("Content-Range", f"bytes {start}-{len(server.body) - 1}/{len(server.body)}")
        self.send_header("Content-Length", str(len(body)))
        self.send_header("ETag", server.etag)
        self.end_headers()
        self.wfile.write(body[: server.cuts.pop(0) if server.cuts else server.cut])

    def log_message(self, *_: object) -> None:
        pass


@pytest.fixture
def server() -> Iterator[Server]:
    server = Server()
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    yield server
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.fixture
def content() -> bytes:
    return np.random.default_rng(0).bytes(3_000_000)


def published(server: Server, content: bytes, size: int | None = None) -> File:
    checksum = f"sha256:{hashlib.sha256(content).hexdigest()}"
    return File(url=server.url, name="set.zip", checksum=checksum, size=size)


def test_a_broken_line_is_taken_up_where_it_broke(server, content, tmp_path):
    server.body, server.cut = content, 1_000_000
    told = []
    path = download(published(server, content), tmp_path, lambda done, total: told.append((done, total)))
    assert path.read_bytes() == content
    assert server.asked == [None, "bytes=1000000-", "bytes=2000000-"]
    assert told[-1] == (3_000_000, 3_000_000)
    assert [p.name for p in tmp_path.iterdir()] == ["set.zip"]


def test_a_later_call_continues(server, content, tmp_path):
    server.body, server.cuts = content, [2_000_000, 0, 0, 0]
    with pytest.raises(DataError, match=r"2\.0 MB are kept"):
        download(published(server, content), tmp_path)
    assert (tmp_path / "set.zip.part").stat().st_size == 2_000_000
    server.asked.clear()
    assert download(published(server, content), tmp_path).read_bytes() == content
    assert server.asked == ["bytes=2000000-"]


def test_a_file_that_changed_meanwhile_is_fetched_from_its_start(server, content, tmp_path):
    (tmp_path / "set.zip.part").write_bytes(b"old" * 1000)
    (tmp_path / "set.zip.part.etag").write_text('"0"')
    server.body = content
    assert download(published(server, content), tmp_path).read_bytes() == content
    assert server.asked == ["bytes=3000-"]


def test_a_server_without_ranges_still_serves(server, content, tmp_path):
    server.body, server.ranges = content, False
    (tmp_path / "set.zip.part").write_bytes(content[:1000])
    assert download(published(server, content), tmp_path).read_bytes() == content


def test_a_part_that_is_complete_is_only_checked(server, content, tmp_path):
    server.body = content
    (tmp_path / "set.zip.part").write_bytes(content)
    assert download(published(server, content), tmp_path).read_bytes() == content
    assert server.asked == ["bytes=3000000-"]


def test_a_file_that_is_there_is_not_fetched_again(server, content, tmp_path):
    server.body = content
    download(published(server, content), tmp_path)
    download(published(server, content), tmp_path)
    assert len(server.asked) == 1


def test_a_wrong_checksum_is_thrown_away(server, content, tmp_path):
    server.body = content[:-1] + b"x"
    with pytest.raises(DataError, match="checksum"):
        download(published(server, content), tmp_path)
    assert list(tmp_path.iterdir()) == []


def test_a_wrong_size_is_thrown_away(server, content, tmp_path):
    server.body = content
    file = File(url=server.url, name="set.zip", size=len(content) + 1)
    with pytest.raises(DataError, match="another size"):
        download(file, tmp_path)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("status", [202, 403, 404, 500])
def test_an_answer_without_the_file(server, tmp_path, status):
    server.status = status
    with pytest.raises(DataError, match=str(status)):
        download(File(url=server.url, name="set.zip"), tmp_path)
    assert len(server.asked) == 1


def test_no_network(tmp_path):
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    with pytest.raises(DataError, match=r"127\.0\.0\.1 cannot be reached"):
        download(File(url=f"http://127.0.0.1:{port}/set.zip", name="set.zip"), tmp_path)


def test_a_full_disk_keeps_what_arrived(server, content, tmp_path, monkeypatch):
    server.body = content
    (tmp_path / "set.zip.part").write_bytes(content[:500])
    real = Path.open

    class Full(io.FileIO):
        def write(self, _) -> int:
            raise OSError(errno.ENOSPC, "No space left on device")

    def full(self, mode="r", *args, **kwargs):
        return Full(self, mode) if self.suffix == ".part" else real(self, mode, *args, **kwargs)

    monkeypatch.setattr(Path, "open", full)
    with pytest.raises(DataError, match="disk is full"):
        download(published(server, content), tmp_path)
    monkeypatch.undo()
    assert (tmp_path / "set.zip.part").read_bytes() == content[:500]


# --- the command ------------------------------------------------------------------------------------------------


def zipped(folder: Path, prefix: str = "") -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        for file in sorted(p for p in folder.rglob("*") if p.is_file()):
            archive.write(file, prefix + str(file.relative_to(folder)))
    return out.getvalue()


@pytest.fixture
def knees(tmp_path, film) -> bytes:
    for grade in range(5):
        film(tmp_path / "knees" / "train" / str(grade) / f"900000{grade}L.png", grade)
    return zipped(tmp_path / "knees", "KneeXrayData/")


@pytest.fixture
def offered(server, tmp_path, monkeypatch, knees):
    """The knee films, offered for download by the server on loopback."""
    text = (paths.DATASETS / "knee-oa" / "card.toml").read_text(encoding="utf-8")
    cards = tmp_path / "cards"
    (cards / "knee-oa").mkdir(parents=True)
    monkeypatch.setattr(paths, "DATASETS", cards)
    server.body = knees

    def offer(checksum: str = hashlib.sha256(knees).hexdigest(), gb: float = 0.001) -> None:
        file = f'[[files]]\nurl = "{server.url}"\nname = "set.zip"\nchecksum = "sha256:{checksum}"\n'
        card = text.replace('access = "browser"', f'access = "download"\ndownload_gb = {gb}') + file
        (cards / "knee-oa" / "card.toml").write_text(card, encoding="utf-8")

    offer()
    return offer


def run(*words: str, answer: str | None = None) -> Result:
    result = CliRunner().invoke(data, words, input=answer)
    assert result.exception is None or isinstance(result.exception, SystemExit), result.output
    assert "Traceback" not in result.output
    return result


def test_get_downloads_after_the_licence_is_accepted(server, offered, data_home):
    asked = run("get", "knee-oa", answer="n\n")
    assert asked.exit_code == 1
    assert asked.output.index("Licence: CC BY 4.0") < asked.output.index("Do you accept")
    assert "nothing was downloaded" in asked.output
    assert server.asked == []

    got = run("get", "knee-oa", answer="y\n")
    assert got.exit_code == 0, got.output
    assert imported() == ["knee-oa"]
    assert read_source("knee-oa", "kl")["kl"].tolist() == [0, 1, 2, 3, 4]
    assert {p.name for p in (data_home / "knee-oa").iterdir()} == {"films", "cases.csv"}
    assert re.search(r"knee-oa .* yes", run("list").output)
    assert "already" in run("get", "knee-oa", "--yes").output
    assert len(server.asked) == 1


def test_get_without_anyone_to_ask_downloads_nothing(server, offered):
    assert run("get", "knee-oa", answer="").exit_code == 1
    assert server.asked == []


def test_get_goes_on_after_a_break(server, offered, knees):
    server.cut = len(knees) // 2 + 1
    assert run("get", "knee-oa", "--yes").exit_code == 0
    assert server.asked == [None, f"bytes={server.cut}-"]


@pytest.mark.parametrize("lang", locale.LANGUAGES)
def test_get_says_one_sentence_when_it_fails(server, offered, lang, monkeypatch, data_home):
    locale.use(lang)
    sentences = []

    def fails() -> None:
        result = run("get", "knee-oa", "--yes")
        assert result.exit_code == 1
        sentences.append(result.output.strip().splitlines()[-1])
        assert imported() == []

    offered(checksum="0" * 64)
    fails()
    offered()
    server.status = 404
    fails()
    server.status = None
    offered(gb=10**9)
    fails()
    offered(checksum=hashlib.sha256(b"no zip at all").hexdigest())
    server.body = b"no zip at all"
    fails()
    assert len(set(sentences)) == 4
    assert all(sentence.startswith("Error: ") for sentence in sentences)


@pytest.mark.parametrize("lang", locale.LANGUAGES)
def test_sets_by_application_say_where_to_apply(lang):
    locale.use(lang)
    shown = run("get", "mura").output
    assert "https://aimi.stanford.edu/datasets/mura-msk-xrays" in shown
    assert "xrlearn data import mura" in shown
    assert "mura" in run("list").output


def test_import_reads_a_copy_and_writes_the_table(tmp_path, knees):
    out = tmp_path / "cases.csv"
    done = run("import", "knee-oa", str(tmp_path), "--out", str(out))
    assert done.exit_code == 0, done.output
    assert "KL grade 4" in done.output
    assert read_source(out, "kl")["patient"].nunique() == 5
    wrong = run("import", "mura", str(tmp_path))
    assert wrong.exit_code == 1
    assert "study1_positive" in wrong.output
    unknown = run("import", "mora", str(tmp_path))
    assert "mura" in unknown.output


def test_films_that_were_moved_away_are_missed_in_one_sentence(tmp_path, knees):
    run("import", "knee-oa", str(tmp_path))
    shutil.rmtree(tmp_path / "knees")
    with pytest.raises(DataError, match="import knee-oa FOLDER"):
        read_source("knee-oa")
