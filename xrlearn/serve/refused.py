"""What a browser may ask of the server, and what of a page's program; all else is refused before it is looked at."""

import posixpath
from typing import Any

import tornado.web
from voila.static_file_handler import TemplateStaticFileHandler

#: messages that a page may send to its program: widgets, and nothing that runs code, ends it or interrupts it
MESSAGES = ("comm_open", "comm_close", "comm_msg", "comm_info_request", "kernel_info_request")

#: addresses that climb out of a folder, or hide that they do: no page and no file of ours has one like these
TRICKS = r"(?i).*(?:(?:\.|%2e){2}|%2f|%5c|\\|%00|%25).*"

_ASSETS = "xrlearn/static/"


def refusal() -> tuple[str, Any, dict[str, Any]]:
    """Return the rule that answers tricks with 404; it stands before all others."""
    return TRICKS, tornado.web.ErrorHandler, {"status_code": 404}


class Assets(TemplateStaticFileHandler):
    """The files of our own template; no other template, and no other shape of address, is there."""

    def parse_url_path(self, url_path: str) -> str:
        """Return where the file is; 404 where the address is not that of one of our template's files."""
        if not posixpath.normpath(url_path).startswith(_ASSETS):
            raise tornado.web.HTTPError(404)
        found: str = super().parse_url_path(url_path)
        return found
