"""What somebody may try who can reach the server: each promise of docs/security.md, attacked."""

import json
import re
import socket
import struct
import time
import uuid
from collections.abc import Iterator
from contextlib import ExitStack, closing, suppress
from pathlib import Path
from urllib.parse import urlsplit

import psutil
import pytest
from jupyter_server.services.kernels.connection.base import serialize_msg_to_ws_v1
from serving import Served, serving
from visitor import V1, Visitor, visiting
from websockets.exceptions import ConnectionClosed, InvalidStatus
from websockets.sync.client import connect

#: a server that waits two seconds for a slow request
HURRIED = """
import sys
from pathlib import Path
from xrlearn.serve import app, kernels
app.SLOW_AFTER, kernels.LATER = 2, ()
app.serve(int(sys.argv[1]), notebooks=Path(sys.argv[2]), ready=print)
"""
PAGE = """
    import os, ipywidgets
    slider, label = ipywidgets.IntSlider(max=10, description="films"), ipywidgets.Label()
    slider.observe(lambda change: setattr(label, "value", f"{change['new']} films"), "value")
    choice = ipywidgets.Dropdown(options=["left", "right"])
    ipywidgets.VBox([slider, label, choice])
"""
OLDER = None
PROTOCOLS = pytest.mark.parametrize("protocol", [V1, OLDER], ids=["newer", "older"])


@pytest.fixture(scope="module")
def attacked(notebooks) -> Iterator[Served]:
    with serving(HURRIED, "8990", str(notebooks)) as running:
        yield running


@pytest.fixture(scope="module")
def page(write) -> str:
    return write("victim", PAGE)


@pytest.fixture(scope="module")
def victim(attacked, page) -> Iterator[Visitor]:
    """Somebody who is in the middle of something while the attacks go on."""
    with visiting(attacked, page) as visitor:
        visitor.update(visitor.model(description="films"), value=3)
        yield visitor


@pytest.fixture(autouse=True)
def unharmed(victim) -> Iterator[None]:
    """After every attack the victim's page is as it was, and the server answers at once."""
    yield
    begun = time.monotonic()
    assert victim.alive
    assert time.monotonic() - begun < 5
    assert victim.states()[victim.model(description="films")]["value"] == 3


# ------------------------------------------------------------------- code
#: every request of Jupyter's protocol that runs code, reads the namespace, or disturbs the kernel
CODE = {
    "execute_request": {"code": "{code}", "silent": False, "store_history": False, "user_expressions": {}},
    "inspect_request": {"code": "os", "cursor_pos": 2, "detail_level": 1},
    "complete_request": {"code": "os.", "cursor_pos": 3},
    "is_complete_request": {"code": "1"},
    "history_request": {"hist_access_type": "tail", "n": 10, "output": True, "raw": True},
    "input_reply": {"value": "{code}", "status": "ok"},
    "connect_request": {},
    "interrupt_request": {},
    "shutdown_request": {"restart": False},
    "debug_request": {"type": "request", "seq": 1, "command": "evaluate", "arguments": {"expression": "{code}"}},
    "apply_request": {},
    "abort_request": {"msg_ids": []},
    "clear_request": {},
    "usage_request": {},
    "create_subshell_request": {},
    "delete_subshell_request": {"subshell_id": "1"},
    "list_subshell_request": {},
    "": {},
    "no_such_request": {},
}


@PROTOCOLS
def test_no_message_that_runs_code_reaches_a_kernel(attacked, page, tmp_path, protocol):
    """A kernel says of every message that reaches it that it is busy with it: of these it says nothing."""
    proof = tmp_path / "proof"
    with visiting(attacked, page, protocol) as visitor:
        sent = {
            visitor.send(kind, _filled(content, proof), channel): (kind, channel)
            for channel in ("shell", "control", "stdin", "iopub", "none")
            for kind, content in CODE.items()
        }
        heard = visitor.settle() + visitor.settle("control")
    assert [sent[about] for message in heard if (about := message["parent_header"].get("msg_id")) in sent] == []
    assert not proof.exists()


def _filled(content: dict, proof: Path) -> dict:
    code = f"open({str(proof)!r}, 'w')"
    return json.loads(json.dumps(content).replace("{code}", code))


def test_a_kind_that_is_hidden_behind_an_allowed_one_does_not_pass(attacked, page, tmp_path):
    """Two headers, two kinds in one header, a list of kinds: what is judged is what is passed on."""
    code = json.dumps({"code": f"open({str(tmp_path / 'proof')!r}, 'w')", "silent": False}).encode()
    allowed, hidden = b'{"msg_type": "comm_msg"}', b'{"msg_type": "execute_request"}'
    with visiting(attacked, page) as visitor:
        for header in (
            b'{"msg_type": "comm_msg", "msg_type": "execute_request"}',
            b'{"msg_type": ["comm_msg", "execute_request"]}',
            b'{"msg_type": "execute_request\\u0000"}',
            b'{"msg_type": "Execute_Request"}',
        ):
            visitor.socket.send(serialize_msg_to_ws_v1([header, b"{}", b"{}", code], "shell"))
        visitor.socket.send(serialize_msg_to_ws_v1([allowed, hidden, b"{}", code, b"<IDS|MSG>", hidden, code], "shell"))
        kinds = {message["header"]["msg_type"] for message in visitor.settle()}
    assert not kinds & {"execute_reply", "execute_input"}
    assert not (tmp_path / "proof").exists()


@PROTOCOLS
def test_comms_to_unknown_targets_and_widgets_that_do_not_exist_come_to_nothing(attacked, page, protocol):
    foreign = {"_model_module": "os", "_model_module_version": "1", "_model_name": "system"}
    foreign |= {"_view_module": "subprocess", "_view_module_version": "1", "_view_name": "run"}
    with visiting(attacked, page, protocol) as visitor:
        before = visitor.states().keys()
        opened = [
            visitor.open(target, {"code": "1"}) for target in ("", "os.system", "__main__", "matplotlib", "ipython")
        ]
        opened.append(visitor.open("jupyter.widget", {"state": foreign}, version="2.1.0"))
        closed = [m["content"]["comm_id"] for m in visitor.settle() if m["header"]["msg_type"] == "comm_close"]
        assert sorted(closed) == sorted(opened)
        assert visitor.states().keys() == before


def test_a_widget_takes_no_value_that_it_could_not_have(attacked, page):
    with visiting(attacked, page) as visitor:
        slider, choice = visitor.model(description="films"), visitor.model(_options_labels=["left", "right"])
        for value in (11, -1, 10**400, 1e308, "7", "<script>", None, [], {"a": 1}, True, 4):
            visitor.update(slider, value=value)
        for value in (2, -1, "left", 10**400, [], 1):
            visitor.update(choice, index=value, no_such_trait=1, __class__="os", comm=None)
        told = [data for message in visitor.settle() if (data := message["content"].get("data", {}))]
        taken = {data["state"]["value"] for data in told if data["method"] == "update" and "value" in data["state"]}
        taken = {words for words in taken if isinstance(words, str)}  # the label's; the slider's are numbers
        assert "4 films" in taken
        assert taken <= {f"{films} films" for films in range(11)}
        states = visitor.states()
        assert (states[slider]["value"], states[choice]["index"]) == (4, 1)


# ------------------------------------------------------------------- other visitors
NOT_THERE = [
    "/api", "/api/", "/api/kernels", "/api/kernels/", "/api/sessions", "/api/kernelspecs", "/api/contents",
    "/api/terminals", "/api/status", "/api/me", "/api/events/subscribe", "/terminals/websocket/1", "/metrics",
    "/voila/api/shutdown", "/voila/api/kernels", "/voila/query/{kernel}", "/voila/execution/{kernel}", "/lab", "/tree",
    "/files/victim.ipynb", "/nbconvert/html/victim.ipynb", "/view/victim.ipynb", "/edit/victim.ipynb",
]  # fmt: skip


@pytest.mark.parametrize("path", NOT_THERE)
def test_nothing_tells_which_kernels_there_are(attacked, victim, path):
    status, _, body = attacked.get(path.format(kernel=victim.kernel))
    assert status in (403, 404)
    assert victim.kernel not in body.replace(path, "")


def test_an_id_cannot_be_guessed(attacked, victim, page):
    """The id of a kernel is the key to it: 122 bits of chance; one that is nearly right opens nothing."""
    with visiting(attacked, page) as visitor:
        ids = {victim.kernel, visitor.kernel}
    assert len(ids) == 2
    assert {uuid.UUID(one).version for one in ids} == {4}
    near = victim.kernel[:-1] + ("0" if victim.kernel[-1] != "0" else "1")
    for other in (near, str(uuid.uuid4()), "0-0-0-0-0"):
        allowed = {"Cookie": victim.cookie, "X-XSRFToken": victim.token}
        assert victim.ask("GET", f"/api/kernels/{other}") == 404
        assert victim.ask("DELETE", f"/api/kernels/{other}", **allowed) == 404
        assert victim.ask("POST", f"/voila/api/shutdown/{other}", **allowed) == 404
        with pytest.raises(InvalidStatus, match="404"):
            connect(victim.channels.replace(victim.kernel, other)).__enter__()


def test_nobody_reaches_another_page_through_his_own(attacked, victim, page):
    """Comm ids are of one kernel: one that is known elsewhere means nothing there."""
    slider = victim.model(description="films")
    with visiting(attacked, page) as visitor:
        assert slider not in visitor.states()
        visitor.update(slider, value=9)
        visitor.send("comm_close", {"comm_id": slider, "data": {}})
        visitor.settle()
        opened = visitor.open("jupyter.widget", {"state": {}}, version="2.1.0")
        assert opened not in victim.states()
    assert victim.states()[slider]["value"] == 3


# ------------------------------------------------------------------- other sites
def test_a_kernel_ends_for_its_own_page_only(attacked, page):
    with visiting(attacked, page) as visitor:
        paths = [("DELETE", f"/api/kernels/{visitor.kernel}"), ("POST", f"/voila/api/shutdown/{visitor.kernel}")]
        tokens = {"Cookie": visitor.cookie, "X-XSRFToken": visitor.token}
        port = urlsplit(attacked.address).port
        refused: list[dict[str, str]] = [
            {},
            {"Cookie": visitor.cookie},
            {"X-XSRFToken": visitor.token},
            {"Cookie": "_xsrf=1", "X-XSRFToken": visitor.token},
            *({**tokens, "Origin": o} for o in ("http://evil.example", "null", f"http://127.0.0.1:{port + 1}")),
            {**tokens, "Host": "evil.example"},
        ]
        for method, path in paths:
            for headers in refused:
                assert visitor.ask(method, path, **headers) in (403, 404), headers
        assert visitor.alive
        assert visitor.ask(*paths[0], **tokens) == 204
        assert not visitor.alive


@pytest.mark.parametrize(
    "origin",
    ["http://evil.example", "null", "file://", "http://127.0.0.1:1", "http://127.0.0.1.evil.example:{port}",
     "http://user@127.0.0.1:{port}", "chrome-extension://abcdef"],
)  # fmt: skip
def test_sockets_from_other_sites_are_refused(attacked, victim, origin):
    with pytest.raises(InvalidStatus, match="403"):
        connect(victim.channels, origin=origin.format(port=urlsplit(attacked.address).port)).__enter__()


@pytest.mark.parametrize("dest", ["image", "script", "iframe", "empty", "object", "embed"])
def test_pages_elsewhere_can_start_no_program_here(attacked, victim, page, dest):
    """A picture or a frame on another site that names a page of ours; a link to it is followed."""
    path = urlsplit(attacked.page(page)).path
    elsewhere = {"Sec-Fetch-Site": "cross-site", "Sec-Fetch-Dest": dest}
    before = attacked.kernels()
    assert attacked.get(path, **elsewhere)[0] == 403
    assert set(attacked.kernels()) <= set(before)  # one of the last test's may be ending


def test_a_link_elsewhere_may_lead_here(attacked, page):
    followed = {"Sec-Fetch-Site": "cross-site", "Sec-Fetch-Dest": "document", "Sec-Fetch-Mode": "navigate"}
    assert attacked.get(urlsplit(attacked.page(page)).path, **followed)[0] == 200


@pytest.mark.parametrize("path", ["/voila/render/victim.ipynb", "/voila/render/none.ipynb", "/api/kernels/{kernel}"])
def test_the_browser_is_told_to_load_from_here_alone(attacked, victim, path):
    _, headers, _ = attacked.get(path.format(kernel=victim.kernel))
    policy = dict(part.strip().split(" ", 1) for part in headers["Content-Security-Policy"].split(";"))
    sources = {source for rule in policy.values() for source in rule.split()}
    assert sources <= {"'self'", "'none'", "data:", "blob:", "'unsafe-inline'", "'unsafe-eval'"}
    assert {"default-src", "form-action", "frame-ancestors", "base-uri"} <= policy.keys()
    assert "Access-Control-Allow-Origin" not in headers


# ------------------------------------------------------------------- addresses
@pytest.mark.parametrize(
    "query", ["template=lab", "template=../../..", "theme=dark", "theme=../x", "classic-tree=true"]
)
def test_a_page_cannot_be_given_another_face(attacked, page, query):
    _, _, body = attacked.get(f"/voila/render/{page}.ipynb?{query}")
    assert 'id="xr-shell"' in body
    assert 'class="jp-Notebook theme-light"' in body


UP = ("../", "..%2f", "%2e%2e%2f", "%2e%2e/", "..%5c", "..\\", "....//", "..%252f", "..%c0%af", "%00/../", "./../")
PLACES = ("/voila/render/", "/voila/files/", "/voila/static/", "/voila/labextensions/", "/voila/api/themes/")


@pytest.mark.parametrize("place", PLACES)
def test_no_address_leads_out_of_the_folder(attacked, notebooks, write, place):
    secret = notebooks.parent / "secret.ipynb"
    secret.write_text(
        (notebooks / f"{write('inside', 'print(1)')}.ipynb").read_text().replace("print(1)", "print('hid' + 'den')")
    )
    for up in UP:
        for tail in ("secret.ipynb", *(up * n + "etc/passwd" for n in (3, 12))):
            status, _, body = attacked.get(place + up + tail)
            assert status in (302, 400, 403, 404), place + up + tail
            assert "hidden" not in body
            assert "root:" not in body
    for absolute in (f"/{secret}", str(secret), f"%2f{secret}", f"file://{secret}"):
        assert attacked.get(place + absolute)[0] in (302, 400, 403, 404), absolute


@pytest.mark.parametrize(
    "path",
    ["/voila/render/", "/voila/render/.", "/voila/render/%00.ipynb", "/voila/render/a%0d%0aSet-Cookie:%20x=y",
     "/voila/render//evil.example/a", "/voila/render/" + "a" * 5000 + ".ipynb", "/voila/render/.hidden.ipynb",
     "/voila/render/%ff.ipynb", "//evil.example/%2e%2e", "/%0d%0aLocation:%20http://evil.example/"],
)  # fmt: skip
def test_odd_addresses_are_answered_plainly(attacked, notebooks, path):
    (notebooks / ".hidden.ipynb").write_text((notebooks / "victim.ipynb").read_text())
    status, headers, body = attacked.get(path)
    assert status in (302, 400, 403, 404, 414)
    assert "Traceback" not in body
    assert not re.match(r"(https?:)?//(?!127\.0\.0\.1)", headers.get("Location", ""))
    assert headers.get("Set-Cookie", "").startswith(("", "_xsrf="))
    assert "x=y" not in headers.get("Set-Cookie", "")


@pytest.mark.parametrize("method", ["POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE", "CONNECT"])
def test_a_page_is_asked_for_and_nothing_else(attacked, victim, page, method):
    tokens = {"Cookie": victim.cookie, "X-XSRFToken": victim.token}
    assert victim.ask(method, f"/voila/render/{page}.ipynb", **tokens) in (400, 403, 404, 405)


# ------------------------------------------------------------------- too large, too slow, nonsense
def test_messages_that_lie_about_their_parts_close_their_own_socket(attacked, page):
    """Eight bytes that claim 2**63 parts kept the server busy for ever, for everybody."""
    memory = psutil.Process(attacked.process.pid).memory_info().rss
    honest = serialize_msg_to_ws_v1([b'{"msg_type": "comm_msg"}', b"{}", b"{}", b"{}"], "shell")
    lies = {
        V1: [
            b"", b"\0" * 7, b"\xff" * 8, struct.pack("<Q", 2**63) + b"\0" * 64, struct.pack("<Q", 10**8) + honest[8:],
            honest[:60], honest[:8] + struct.pack("<Q", 2**62) + honest[16:],
            honest.replace(b"shell", b"sh\xffll"), honest.replace(b'"comm_msg"}', b'"comm_msg"]'), "{}",
        ],
        OLDER: [
            b"", b"\0" * 4, struct.pack(">i", -1) + b"\0" * 64, struct.pack(">i", 2**31 - 1) + b"\0" * 64,
            struct.pack(">II", 1, 2**31) + b"{}", "", "{}", "[]", "1", "null", '{"header": {}}', '{"header": []}',
            '{"header": {"msg_type": "comm_msg"}}', "[" * 100_000, '{"a":' * 100_000, "x" * 2**21,
        ],
    }  # fmt: skip
    with visiting(attacked, page) as visitor:
        for protocol, messages in lies.items():
            for message in messages:
                with connect(visitor.channels, subprotocols=[protocol] if protocol else None) as line:
                    line.send(message)
                    with pytest.raises(ConnectionClosed) as closed:
                        _until_closed(line)
                    assert closed.value.rcvd.code == 1008, message[:40]
        assert visitor.alive
        visitor.settle()
    assert psutil.Process(attacked.process.pid).memory_info().rss - memory < 200e6


@PROTOCOLS
def test_a_picture_reaches_whoever_speaks_the_older_protocol_too(attacked, write, protocol):
    """Voila took every binary message for the newer protocol's: its parts counted, the server was busy for ever."""
    picture = write("picture", "import ipywidgets; ipywidgets.Image(value=bytes(range(256)) * 100)")
    with visiting(attacked, picture, protocol) as visitor:
        control = visitor.open("jupyter.widget.control", {}, version="1.0.0")
        visitor.send("comm_msg", {"comm_id": control, "data": {"method": "request_states"}})
        *_, last = visitor.until(lambda m: m["content"].get("data", {}).get("method") == "update_states")
        assert [bytes(buffer) for buffer in last["buffers"]] == [bytes(range(256)) * 100]


def _until_closed(line) -> None:
    while True:
        line.recv(timeout=30)


def test_a_message_larger_than_a_film_closes_its_own_socket(attacked, page):
    with visiting(attacked, page) as visitor:
        with suppress(ConnectionClosed):
            visitor.socket.send(bytes(73 * 2**20))
        with pytest.raises(ConnectionClosed) as closed:
            _until_closed(visitor.socket)
        assert closed.value.rcvd is None or closed.value.rcvd.code == 1009
        assert visitor.alive


def test_nothing_is_unpacked_on_the_way(attacked, victim):
    """Messages and requests travel as they are: a small one cannot become a large one."""
    with connect(victim.channels, compression="deflate") as line:
        assert line.protocol.extensions == []
    status, _ = _raw(
        attacked, b"POST / HTTP/1.1\r\nHost: {host}\r\nContent-Encoding: gzip\r\nContent-Length: 9999999\r\n\r\n"
    )
    assert status in (400, 405, 413)


@pytest.mark.parametrize(
    "request_",
    [
        b"GET / HTTP/1.1\r\nHost: {host}\r\nX: " + b"a" * 2**20 + b"\r\n\r\n",
        b"GET /" + b"a" * 2**20 + b" HTTP/1.1\r\nHost: {host}\r\n\r\n",
        b"GET / HTTP/1.1\r\nHost: {host}\r\n" + b"X: 1\r\n" * 20_000 + b"\r\n",
        b"POST /voila/api/shutdown/x HTTP/1.1\r\nHost: {host}\r\nContent-Length: 10000000000\r\n\r\n",
        b"POST / HTTP/1.1\r\nHost: {host}\r\nTransfer-Encoding: chunked\r\n\r\n10000\r\n" + bytes(0x10000) + b"\r\n",
        b"POST / HTTP/1.1\r\nHost: {host}\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
        b"POST / HTTP/1.1\r\nHost: {host}\r\nContent-Length: 5\r\nContent-Length: 6\r\n\r\n",
        b"\x16\x03\x01" + bytes(500),
        b"GET / HTTP/1.1\r\n\r\n",
    ],
    ids=["header", "address", "headers", "length", "chunks", "smuggled", "two lengths", "tls", "no host"],
)  # fmt: skip
def test_requests_that_are_too_large_or_none_are_cut_off(attacked, request_):
    begun = time.monotonic()
    status, _ = _raw(attacked, request_)
    assert status is None or 400 <= status < 500
    assert time.monotonic() - begun < 10


def _raw(served: Served, request: bytes) -> tuple[int | None, bytes]:
    """Send bytes as they are; return the status, None where the line is cut without one, and all that came."""
    where = urlsplit(served.address)
    answer = b""
    with closing(socket.create_connection((where.hostname, where.port), timeout=20)) as line:
        try:
            line.sendall(request.replace(b"{host}", where.netloc.encode()))
            while part := line.recv(2**16):
                answer += part
                if b"\r\n\r\n" in answer:
                    break
        except ConnectionError:
            pass
    return int(answer.split()[1]) if answer.startswith(b"HTTP") else None, answer


def test_slow_requests_are_cut_off_and_keep_nobody_waiting(attacked):
    """Forty lines that never end their request: others are answered meanwhile, and each is closed after a while."""
    where = urlsplit(attacked.address)
    begun = (b"", b"GET / HTTP/1.1\r\nHost: x\r\n", b"POST / HTTP/1.1\r\nContent-Length: 100\r\n\r\n")
    with ExitStack() as stack:
        lines = []
        for i in range(39):
            line = stack.enter_context(closing(socket.create_connection((where.hostname, where.port), timeout=20)))
            line.sendall(begun[i % len(begun)])
            lines.append(line)
        asked = time.monotonic()
        assert attacked.get("/")[0] == 302
        assert time.monotonic() - asked < 2
        for line in lines:
            try:
                while line.recv(4096):
                    pass
            except ConnectionError:
                pass
