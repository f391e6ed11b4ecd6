"""A visitor without a browser, who may say to a page's program whatever comes to mind."""

import http.client
import json
import time
import uuid
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from typing import Any
from urllib.parse import urlsplit

from jupyter_server.services.kernels.connection.base import (
    deserialize_binary_message,
    deserialize_msg_from_ws_v1,
    serialize_binary_message,
    serialize_msg_to_ws_v1,
)
from serving import Served, kernel_of
from websockets.sync.client import connect

#: the newer protocol of Jupyter's sockets; without it a socket speaks the older one
V1 = "v1.kernel.websocket.jupyter.org"


class Visitor:
    """One page: its kernel's id, its cookie, and a socket to its kernel."""

    def __init__(self, served: Served, name: str, protocol: str | None = V1) -> None:
        self.served, self.newer = served, protocol == V1
        status, headers, self.body = served.get(urlsplit(served.page(name)).path)
        assert status == 200
        self.kernel = kernel_of(self.body)
        self.cookie = headers["Set-Cookie"].split(";")[0]
        self.session = uuid.uuid4().hex
        self._line = ExitStack()
        self.socket = self._line.enter_context(
            connect(
                f"{self.channels}?session_id={self.session}",
                subprotocols=[protocol] if protocol else None,
                max_size=None,
                open_timeout=60,
            )
        )
        assert self.socket.subprotocol == protocol

    @property
    def channels(self) -> str:
        return f"{self.served.address.replace('http', 'ws')}api/kernels/{self.kernel}/channels"

    @property
    def token(self) -> str:
        return self.cookie.partition("=")[2]

    def ask(self, method: str, path: str, **headers: str) -> int:
        """Send a request without a body; return the status."""
        connection = http.client.HTTPConnection(urlsplit(self.served.address).netloc, timeout=60)
        connection.request(method, path, headers=headers)
        status = connection.getresponse().status
        connection.close()
        return status

    @property
    def alive(self) -> bool:
        return self.served.get(f"/api/kernels/{self.kernel}")[0] == 200

    def close(self) -> int:
        """Leave, as a page does that is closed."""
        self._line.close()
        allowed = {"Cookie": self.cookie, "X-XSRFToken": self.token}
        return self.ask("POST", f"/voila/api/shutdown/{self.kernel}", **allowed)

    # ------------------------------------------------------------- messages
    def send(self, kind: str, content: dict[str, Any], channel: str = "shell", buffers: Any = (), **more: Any) -> str:
        """Send a message; return its id."""
        number = uuid.uuid4().hex
        header = {"msg_id": number, "msg_type": kind, "username": "", "session": self.session}
        header |= {"version": "5.4", "date": "2026-01-01T00:00:00Z"}
        message = {"header": header, "parent_header": {}, "metadata": more, "content": content}
        if self.newer:
            parts = [json.dumps(part).encode() for part in message.values()]
            self.socket.send(serialize_msg_to_ws_v1([*parts, *buffers], channel))
        elif buffers:
            self.socket.send(serialize_binary_message({**message, "channel": channel, "buffers": list(buffers)}))
        else:
            self.socket.send(json.dumps({**message, "channel": channel}))
        return number

    def heard(self, seconds: float = 60) -> Iterator[dict[str, Any]]:
        """Yield what comes back, for so long at most."""
        until = time.monotonic() + seconds
        while (left := until - time.monotonic()) > 0:
            raw = self.socket.recv(timeout=left)
            if self.newer:
                channel, parts = deserialize_msg_from_ws_v1(raw)
                names = ("header", "parent_header", "metadata", "content")
                message = {name: json.loads(part) for name, part in zip(names, parts)}
                yield {**message, "buffers": parts[4:], "channel": channel}
            elif isinstance(raw, bytes):
                yield deserialize_binary_message(raw)
            else:
                yield json.loads(raw)

    def until(self, found: Callable[[dict[str, Any]], object]) -> list[dict[str, Any]]:
        """Return what is heard up to the first message that is the one looked for."""
        heard = []
        for message in self.heard():
            heard.append(message)
            if found(message):
                return heard
        raise AssertionError("it was not said")

    def settle(self, channel: str = "shell") -> list[dict[str, Any]]:
        """Wait until all that was sent on a channel has had its turn; return what was heard meanwhile."""
        asked = self.send("kernel_info_request", {}, channel)
        awaited = {"kernel_info_reply", "idle"}  # they come by different ways

        def last(message: dict[str, Any]) -> bool:
            if message["parent_header"].get("msg_id") == asked:
                awaited.discard(message["content"].get("execution_state", message["header"]["msg_type"]))
            return not awaited

        return self.until(last)

    # ------------------------------------------------------------- widgets
    def open(self, target: str, data: dict[str, Any], **more: Any) -> str:
        """Open a comm; return its id."""
        comm = uuid.uuid4().hex
        self.send("comm_open", {"comm_id": comm, "target_name": target, "data": data}, **more)
        return comm

    def states(self) -> dict[str, dict[str, Any]]:
        """Ask for the state of every widget, as a page does that opens."""
        control = self.open("jupyter.widget.control", {}, version="1.0.0")
        self.send("comm_msg", {"comm_id": control, "data": {"method": "request_states"}})
        *_, last = self.until(lambda m: m["content"].get("data", {}).get("method") == "update_states")
        self.settle()
        return {model: one["state"] for model, one in last["content"]["data"]["states"].items()}

    def model(self, **traits: Any) -> str:
        """Return the one widget whose state has these traits."""
        (found,) = [model for model, state in self.states().items() if traits.items() <= state.items()]
        return found

    def update(self, model: str, **state: Any) -> None:
        """Set traits of a widget, as the page's own script does."""
        self.send("comm_msg", {"comm_id": model, "data": {"method": "update", "state": state, "buffer_paths": []}})

    def custom(self, model: str, content: Any, *buffers: bytes) -> None:
        """Send a message to a widget's own code."""
        self.send("comm_msg", {"comm_id": model, "data": {"method": "custom", "content": content}}, buffers=buffers)


@contextmanager
def visiting(served: Served, name: str, protocol: str | None = V1) -> Iterator[Visitor]:
    """Open a page, and close it in the end."""
    visitor = Visitor(served, name, protocol)
    try:
        yield visitor
    finally:
        visitor.close()
