"""The pages' own address: a page where there is a place for it, a courteous waiting page where there is none."""

import json
from pathlib import PurePosixPath
from typing import Any
from urllib.parse import parse_qsl, urlencode

import tornado.web
from jupyter_server.base.handlers import APIHandler, JupyterHandler
from voila.tornado.handler import TornadoVoilaHandler

from ..locale import text
from . import pages
from .door import TEACHER
from .kernels import PageKernels, requested_language
from .places import Open

_BUSY = 503
_HOME = "voila/render/index.ipynb"


def _wanted(handler: Any, path: str | None) -> Open:
    return Open(PurePosixPath(path or "").name, handler.current_user.username)


class Render(TornadoVoilaHandler):
    """A page, or the waiting page in its stead."""

    kernel_manager: PageKernels

    @tornado.web.authenticated
    async def get(self, path: str | None = None) -> None:
        """Send the page, as far as there is a place for it; an address that no file can have is that of no page."""
        if not (path or "").isprintable():
            raise tornado.web.HTTPError(404)
        if self.get_query_argument("token", ""):  # it has done its work, and is not to be seen
            self.redirect(without_token(self.request))
            return
        places, page = self.kernel_manager.places, _wanted(self, path)
        if page.visitor != TEACHER and (place := places.ask(page)):
            self.set_status(_BUSY)
            self.set_header("Cache-Control", "no-store")
            lang = requested_language(self.request.query)
            self.finish(pages.plain("waiting", self, lang, path=path or "", place=place))
            return
        with places.entering(page):
            await super().get(path)


class Line(APIHandler):
    """What a waiting page asks every few seconds: its place in line, 0 when it may come in."""

    kernel_manager: PageKernels

    @tornado.web.authenticated
    def get(self, path: str) -> None:
        """Answer with the place and the sentence that says it."""
        place = self.kernel_manager.places.ask(_wanted(self, path))
        lang = requested_language(self.request.query)
        self.finish(json.dumps({"place": place, "said": text("serve.waiting.place", lang, place=place)}))

    @tornado.web.authenticated
    def post(self, path: str) -> None:
        """Note that the waiting page is left."""
        self.kernel_manager.places.farewell(_wanted(self, path))
        self.set_status(204)


class Standing(APIHandler):
    """What an open page asks every few seconds: whether its program is there, and whether the teacher sends it on."""

    kernel_manager: PageKernels

    @tornado.web.authenticated
    def get(self, kernel_id: str) -> None:
        """Answer how often, and where to, everybody was sent; 404 where the program is gone, and why."""
        places = self.kernel_manager.places
        if kernel_id not in self.kernel_manager:
            self.set_status(404)
            self.finish(json.dumps({"why": places.why(kernel_id)}))
            return
        times, where = (0, "") if self.current_user.username == TEACHER else places.sent
        self.finish(json.dumps({"times": times, "where": where}))


class Home(JupyterHandler):
    """The bare address: it leads to the home page. Whoever comes with a token is known from here on."""

    @tornado.web.authenticated
    def get(self) -> None:
        """Lead home, in the language asked for."""
        self.redirect(without_token(self.request, _HOME))


def without_token(request: Any, path: str | None = None) -> str:
    """Return a request's address without the token in it, and relative, so that it holds behind a proxy, too."""
    rest = urlencode([(name, value) for name, value in parse_qsl(request.query) if name != "token"])
    return (path or PurePosixPath(request.path).name) + (f"?{rest}" if rest else "")
