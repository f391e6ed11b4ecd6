"""A small DICOMweb archive in memory (QIDO, WADO and STOW as PS3.18 has them), with a door that may be locked."""

import asyncio
import base64
import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from io import BytesIO
from typing import Any

import tornado.httpserver
import tornado.web
from pydicom import Dataset, dcmread
from pydicom.datadict import tag_for_keyword
from tornado.netutil import bind_sockets

ROOT = "/dicom-web"


@dataclass
class Kept:
    """What the archive holds, and what it was asked; a test may change its manners."""

    films: dict[str, bytes] = field(default_factory=dict)
    user: str = ""
    status: int = 0
    """Answered to everything, if set."""
    garbled: bool = False
    full: bool = False
    asked: list[str] = field(default_factory=list)

    def headers(self) -> list[Dataset]:
        return [dcmread(BytesIO(film), stop_before_pixels=True) for film in self.films.values()]

    def add(self, film: bytes) -> Dataset:
        ds = dcmread(BytesIO(film), stop_before_pixels=True)
        self.films[ds.SOPInstanceUID] = film
        return ds


class Door(tornado.web.RequestHandler):
    """What every address does first."""

    def initialize(self, kept: Kept) -> None:
        self.kept = kept

    def prepare(self) -> None:
        self.kept.asked.append(f"{self.request.method} {self.request.uri}")
        if self.kept.status:
            self.send_error(self.kept.status)
        elif self.kept.user:
            wanted = f"Basic {base64.b64encode(self.kept.user.encode()).decode()}"
            if self.request.headers.get("Authorization") != wanted:
                self.send_error(401)

    def tell(self, found: list[Dataset], *names: str) -> None:
        """Answer with DICOM JSON of some elements, one for each value of the first."""
        told: dict[str, Any] = {}
        for ds in found:
            part = Dataset()
            for name in names:
                if name in ds:
                    part[name] = ds[name]
            told.setdefault(str(ds[names[0]].value), part.to_json_dict())
        self.set_header("Content-Type", "application/dicom+json")
        self.finish("<html>" if self.kept.garbled else json.dumps([*told.values()]))


class Studies(Door):
    def get(self) -> None:
        found = self.kept.headers()
        for name in ("PatientID", "AccessionNumber", "StudyDate"):
            tag = f"{tag_for_keyword(name):08X}"
            wanted = self.get_query_argument(name, self.get_query_argument(tag, ""))
            first, _, last = wanted.partition("-")
            if wanted:
                found = [ds for ds in found if first <= str(ds.get(name, "")) <= (last or first)]
        self.tell(found, "StudyInstanceUID", "PatientID", "StudyDate", "StudyDescription")

    def post(self) -> None:
        boundary = self.request.headers["Content-Type"].split("boundary=")[1].split(";")[0].strip('"').encode()
        told = Dataset()
        told.ReferencedSOPSequence, told.FailedSOPSequence = [], []
        for part in self.request.body.split(b"--" + boundary)[1:-1]:
            content = part.partition(b"\r\n\r\n")[2].removesuffix(b"\r\n")
            item = Dataset()
            if self.kept.full:
                told.FailedSOPSequence.append(item)
            else:
                item.ReferencedSOPInstanceUID = self.kept.add(content).SOPInstanceUID
                told.ReferencedSOPSequence.append(item)
        if not told.FailedSOPSequence:
            del told.FailedSOPSequence
        self.set_status(202 if self.kept.full else 200)
        self.set_header("Content-Type", "application/dicom+json")
        self.finish(told.to_json())


class Series(Door):
    def get(self, study: str) -> None:
        found = [ds for ds in self.kept.headers() if study == ds.StudyInstanceUID]
        self.tell(found, "SeriesInstanceUID", "Modality")


class Instances(Door):
    def get(self, study: str, series: str) -> None:
        found = [ds for ds in self.kept.headers() if (study, series) == (ds.StudyInstanceUID, ds.SeriesInstanceUID)]
        self.tell(found, "SOPInstanceUID", "Rows", "Columns")


class Instance(Door):
    def get(self, study: str, series: str, instance: str, metadata: str | None) -> None:
        film = self.kept.films.get(instance)
        if film is None:
            self.send_error(404)
        elif metadata:
            self.tell([dcmread(BytesIO(film), stop_before_pixels=True)], "SOPInstanceUID", "Rows", "Columns")
        else:
            self.set_header("Content-Type", 'multipart/related; type="application/dicom"; boundary=part')
            self.finish(b"--part\r\nContent-Type: application/dicom\r\n\r\n" + film + b"\r\n--part--")


@contextmanager
def archive() -> Iterator[tuple[str, Kept]]:
    """Run the archive beside the test; give its address and what it holds."""
    kept, given = Kept(), {}
    uid = r"([\d.]+)"
    routes = [
        (rf"{ROOT}/studies", Studies),
        (rf"{ROOT}/studies/{uid}/series", Series),
        (rf"{ROOT}/studies/{uid}/series/{uid}/instances", Instances),
        (rf"{ROOT}/studies/{uid}/series/{uid}/instances/{uid}(/metadata)?", Instance),
    ]
    application = tornado.web.Application(
        [(route, handler, {"kept": kept}) for route, handler in routes], log_function=lambda _: None
    )
    (socket,) = bind_sockets(0, "127.0.0.1")
    loop, ready = asyncio.new_event_loop(), threading.Event()

    async def serve() -> None:
        server = tornado.httpserver.HTTPServer(application)
        server.add_sockets([socket])
        given["end"] = asyncio.Event()
        ready.set()
        await given["end"].wait()
        server.stop()
        await server.close_all_connections()

    thread = threading.Thread(target=loop.run_until_complete, args=(serve(),))
    thread.start()
    ready.wait()
    try:
        yield f"http://127.0.0.1:{socket.getsockname()[1]}{ROOT}", kept
    finally:
        loop.call_soon_threadsafe(given["end"].set)
        thread.join()
        loop.close()
