"""The server: Voila with our template, our kernels and no way out of this machine."""

import contextlib
import ctypes
import errno
import os
import signal
import socket
import sys
import tempfile
import threading
import webbrowser
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import tornado.ioloop
from jupyter_server.services.kernels.websocket import KernelWebsocketHandler
from traitlets.config import Config
from voila.app import Voila

from .. import paths
from ..labs import turns
from ..locale import LANGUAGES, text
from . import classroom, forked, gate, kernels, pages, refused, waiting
from .door import Door, Keys, only_this_machine
from .forked.nursery import POSSIBLE, nursery
from .forked.pool import pool
from .forked.provisioner import register
from .limits import MemoryWatch
from .places import Places

_JUPYTER = Path(__file__).resolve().parent / "jupyter"
_PORTS_TRIED = 50
_MMAP_THRESHOLD = -3  # mallopt(3): larger pieces of memory are the machine's own, and go back to it when freed
_LONGEST_FOLDER = 103 - len("/voila_12345678/kernel-12345678-1234-1234-1234-123456789012-ipc-1")  # of a socket's name
_WARM_AFTER = 3  # seconds in which the browser that opens with the server has the processor to itself

#: Programs that are kept ready for the next pages where they cannot be copies of one (macOS, Windows).
POOL = 2

#: Seconds after which a kernel without a page is ended.
CULL_AFTER = 120

#: Milliseconds between two questions to a browser elsewhere whether it is still there.
PING_EVERY = 20_000

#: Largest message a page may send: a film of 64 MB and its envelope.
MESSAGE_LIMIT = 72 * 2**20

#: Bytes of a request's body; what pages send goes over their sockets.
BODY_LIMIT = 2**16

#: Seconds in which a request must have come; a line that says nothing is closed then, and opened again when needed.
SLOW_AFTER = 60

#: Styles and scripts in the page are Voila's and anywidget's way of working; what matters is that nothing is loaded
#: from, or sent to, anywhere but this server.
CONTENT_SECURITY_POLICY = "; ".join(
    (
        "default-src 'self' data: blob:",
        "script-src 'self' blob: data: 'unsafe-inline' 'unsafe-eval'",
        "style-src 'self' 'unsafe-inline'",
        "form-action 'self'",
        "frame-ancestors 'self'",
        "base-uri 'none'",
    )
)


@dataclass(frozen=True)
class Rules:
    """Where a server is reached, who may come in, and what one page may take; as it stands, for one reader.

    Attributes
    ----------
    address : str
        What it listens at.
    keys : Keys, optional
        What opens it; without, it is open to whoever reaches it.
    certificate, key : str, optional
        Files for HTTPS.
    pages : int, optional
        Pages at once, when there is a limit; who comes then waits.
    memory : int, optional
        Megabytes a page, when there is a limit.
    trainings : int
        Trainings at once, on all pages together.
    niceness : int
        How far the pages' programs stand behind the server itself when the processor is short.
    """

    address: str = "127.0.0.1"
    keys: Keys | None = None
    certificate: str | None = None
    key: str | None = None
    pages: int | None = None
    memory: int | None = None
    trainings: int = os.cpu_count() or 1
    niceness: int = 0


def configuration(behind_proxy: bool = False, rules: Rules = Rules()) -> Config:
    """Return the settings of Voila and of the kernels behind its pages."""
    c = Config()
    c.VoilaConfiguration.template = "xrlearn"
    c.VoilaConfiguration.allow_template_override = "NO"
    c.VoilaConfiguration.allow_theme_override = "NO"
    c.VoilaConfiguration.multi_kernel_manager_class = "xrlearn.serve.kernels.PageKernels"
    c.VoilaConfiguration.prelaunch_hook = pages.prepare
    c.VoilaConfiguration.show_tracebacks = False
    c.VoilaConfiguration.strip_sources = True
    # Widgets are all that pages need of JupyterLab's extensions; the others are made for another version and slow.
    c.VoilaConfiguration.extension_allowlist = [
        "@voila-dashboards/widgets-manager8",
        "@jupyter-widgets/jupyterlab-manager",
        "anywidget",
    ]
    c.VoilaExecutor.timeout = None
    # Thirty programs on two cores: what one says may reach the server long after its answer (4 s would not be enough).
    c.VoilaExecutor.iopub_timeout = 120
    # A page that closes ends its kernel by a message; a browser that dies cannot, so unwatched ones are culled.
    c.PageKernels.cull_idle_timeout = CULL_AFTER
    c.PageKernels.cull_interval = max(1, CULL_AFTER // 6)
    c.PageKernels.cull_busy = True
    # The limit protects shared servers from chatty kernels; it would drop images on the way to our own browser.
    c.ZMQChannelsWebsocketConnection.limit_rate = False
    c.Voila.kernel_websocket_connection_class = gate.Gate
    # Films pass between server and kernel: over files only this user may open, not over ports that all may listen to.
    c.KernelManager.transport = "tcp" if sys.platform == "win32" else "ipc"
    if sys.platform != "win32" and len(tempfile.gettempdir()) > _LONGEST_FOLDER:
        c.Voila.connection_dir_root = "/tmp"  # a folder of this user's own is made in it
    # A page's program is a copy of a process that has imported everything already (forked/).
    c.KernelProvisionerFactory.default_provisioner_name = forked.NAME
    c.ForkedProvisioner.preload, c.ForkedProvisioner.later = list(kernels.PRELOAD), list(kernels.LATER)
    c.ForkedProvisioner.forks, c.ForkedProvisioner.pool = POSSIBLE, POOL
    c.ForkedProvisioner.niceness = rules.niceness
    # A kernel that died comes back empty; the page says so instead (page.js).
    c.KernelRestarter.restart_limit = 0
    if rules.keys:
        c.Server.token, c.Door.password, c.Door.teacher = rules.keys.token, rules.keys.password, rules.keys.teacher
    near = only_this_machine(rules.address)
    c.Voila.tornado_settings = {
        "allow_remote_access": behind_proxy or not near,
        "websocket_max_message_size": MESSAGE_LIMIT,
        "ws_ping_interval": 0 if near else PING_EVERY,  # on one machine a closed socket is seen at once
        "log_function": lambda _: None,  # addresses hold tokens
        "headers": {"Content-Security-Policy": CONTENT_SECURITY_POLICY, "Referrer-Policy": "same-origin"},
    }
    return c


def _let_go() -> None:
    """Give memory back to the machine once it is free, where the C library keeps it (glibc).

    A film passes through this process on its way to its page's; what is kept for later use would still hold it.
    """
    with contextlib.suppress(AttributeError, OSError, TypeError):
        ctypes.CDLL(None).mallopt(_MMAP_THRESHOLD, 16 * 2**10)


class Server(Voila):
    """Voila over one folder of notebooks: its home page at ``/``, every notebook as a page, and nothing else."""

    port: int
    rules: Rules
    said: Callable[[str], None] | None = None

    def _address(self) -> str:
        scheme = "https" if self.rules.certificate else "http"
        ip = reached_at(self.ip)
        name = f"[{ip}]" if ":" in ip else ip
        return f"{scheme}://{name}:{self.port}{self.base_url}"

    def init_settings(self) -> dict[str, Any]:
        """Start kernels in the Python that runs this server: another of that name may be installed by the user."""
        settings: dict[str, Any] = super().init_settings()
        self.kernel_spec_manager.kernel_dirs = []
        self.kernel_manager.allowed_message_types = list(refused.MESSAGES)
        self.kernel_manager.places = Places(self.rules.pages)
        settings["xrlearn_class"] = self.rules.keys is not None
        settings["voila_jinja2_env"].globals["xrlearn_words"] = [pages.words(lang) for lang in LANGUAGES]
        return settings

    def init_handlers(self) -> list[Any]:
        """Serve pages but no listing of files; ``/`` is the home page."""
        left_out = ("/voila/tree", "/voila/api/contents")
        ours = {"/voila/templates/(.*)": refused.Assets, "/voila/render/(.*)": waiting.Render}
        kept = [
            (address, KernelWebsocketHandler if "/channels" in address else ours.get(address, handler), *settings)
            for address, handler, *settings in super().init_handlers()
            if address != self.server_url and not any(part in address for part in left_out)
        ]
        asked = [(r"/xrlearn/line/(.*)", waiting.Line), (r"/xrlearn/standing/([\w-]+)", waiting.Standing)]
        a_class = classroom.handlers({"voila_configuration": self.voila_configuration}) if self.rules.keys else []
        return [refused.refusal(), (self.server_url, waiting.Home), *asked, *a_class, *kept]

    def listen(self) -> None:
        """Take the first free port, say where the pages are, and serve until told to stop."""
        encrypted = {"certfile": self.rules.certificate, "keyfile": self.rules.key} if self.rules.certificate else None
        for port in range(self.port, self.port + _PORTS_TRIED):
            try:
                self.app.listen(
                    port,
                    self.ip,
                    idle_connection_timeout=SLOW_AFTER,
                    body_timeout=SLOW_AFTER,
                    max_body_size=BODY_LIMIT,
                    ssl_options=encrypted,
                )
            except OSError as error:
                if error.errno in (errno.EADDRINUSE, errno.EACCES):
                    continue
                self.stop()
                if isinstance(error, socket.gaierror) or error.errno == errno.EADDRNOTAVAIL:
                    raise OSError(text("serve.no_address", address=self.ip)) from error
                raise
            self.port = port
            break
        else:
            self.stop()
            raise OSError(text("serve.no_port", first=self.port, last=self.port + _PORTS_TRIED - 1))
        self.ioloop = tornado.ioloop.IOLoop.current()
        with contextlib.suppress(ValueError):  # not the main thread: whoever started it ends it
            # An exception raised in the middle of somebody's callback may be caught there, and Ctrl-C be lost.
            signal.signal(signal.SIGINT, lambda *_: self.ioloop.add_callback_from_signal(self.ioloop.stop))
        try:
            if self.said:
                self.said(self._address())
            if self.rules.memory:
                end = partial(self.kernel_manager.end, why="memory")
                MemoryWatch(self.rules.memory, self.kernel_manager.programs, end).start()
            warmed, preheated = nursery(kernels.PRELOAD, kernels.LATER), pool(kernels.PRELOAD + kernels.LATER, POOL)
            self.ioloop.call_later(_WARM_AFTER, warmed.warm if POSSIBLE else preheated.fill)  # a page would do so, too
            self.ioloop.start()
        except KeyboardInterrupt:
            pass
        finally:
            self.stop()


def serve(
    port: int = 8866,
    base_url: str | None = None,
    notebooks: Path = paths.NOTEBOOKS,
    ready: Callable[[str], None] | None = None,
    rules: Rules = Rules(),
) -> None:
    """Serve the notebooks as pages until interrupted.

    Parameters
    ----------
    port : int
        The first port to try; the next free one is taken when it is in use.
    base_url : str, optional
        Path under which a proxy in front of this server shows the pages. The proxy then answers for who may call, so
        names other than this machine's are accepted.
    notebooks : Path
        The folder served.
    ready : callable, optional
        Called with the address once the server listens.
    rules : Rules
        Where, for whom, and how much of the machine; on 127.0.0.1 alone when left out.

    Raises
    ------
    OSError
        If none of the ports is free.
    """
    # Voila looks for templates, and for what they load, on Jupyter's path.
    os.environ["JUPYTER_PATH"] = os.pathsep.join(filter(None, (str(_JUPYTER), os.environ.get("JUPYTER_PATH"))))
    register()
    _let_go()
    config = configuration(base_url is not None, rules)
    server = Server(config=config, config_file_paths=[], log_level="ERROR", identity_provider_class=Door)
    server.initialize([])
    server.rules, server.ip, server.port, server.root_dir = rules, rules.address, port, str(notebooks)
    server.base_url, server.server_url = f"/{stripped}/" if (stripped := (base_url or "").strip("/")) else "/", "/"
    server.said = ready
    with tempfile.TemporaryDirectory(prefix="xrlearn-turns-", ignore_cleanup_errors=True) as folder:
        os.environ |= {turns.FOLDER: folder, turns.LIMIT: str(rules.trainings)}  # the pages' programs inherit them
        server.start()


def reached_at(address: str) -> str:
    """Return under which address others reach a server that listens at `address`: of all, the one that leads out.

    Examples
    --------
    >>> reached_at("127.0.0.1")
    '127.0.0.1'
    """
    if address not in ("0.0.0.0", "::"):
        return address
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        try:
            probe.connect(("192.0.2.1", 9))  # an address for documentation; nothing is sent
            return str(probe.getsockname()[0])
        except OSError:
            return socket.gethostname()


def open_browser(address: str) -> None:
    """Open the address in the browser, where there is a screen; failing to do so is no failure."""
    screen = sys.platform in ("win32", "darwin") or "DISPLAY" in os.environ or "WAYLAND_DISPLAY" in os.environ
    if screen:
        with contextlib.suppress(webbrowser.Error):
            threading.Thread(target=webbrowser.open, args=(address,), daemon=True).start()
