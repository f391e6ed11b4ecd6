"""A visitor's page without a browser: HTTP, a socket and widgets' messages; nothing is drawn."""

import asyncio
import json
import time
import uuid
from collections.abc import Mapping

from jupyter_server.services.kernels.connection.base import deserialize_msg_from_ws_v1, serialize_msg_to_ws_v1
from tornado.httpclient import AsyncHTTPClient, HTTPRequest
from tornado.websocket import WebSocketClientConnection, websocket_connect

#: slowest answer of a page that is waited for, in seconds
LIMIT = 120.0
V1 = "v1.kernel.websocket.jupyter.org"
_CONFIG = '<script id="jupyter-config-data" type="application/json">'


def kernel_of(page: str) -> str:
    """Return the id of the program behind a page."""
    return str(json.loads(page.split(_CONFIG)[1].split("</script>")[0])["kernelId"])


class Page:
    """One page, open: its program, and a socket to it."""

    def __init__(self, base: str, headers: Mapping[str, str] = {}) -> None:
        self.base, self.headers, self.session = base, dict(headers), uuid.uuid4().hex
        self.line: WebSocketClientConnection

    async def open(self, name: str) -> None:
        """Fetch a page, and open its socket."""
        address = f"{self.base}voila/render/{name}.ipynb?lang=en"
        answer = await AsyncHTTPClient().fetch(address, headers=self.headers, request_timeout=LIMIT)
        await self.join(kernel_of(answer.body.decode()))

    async def join(self, kernel: str) -> None:
        """Open the socket to the program of a page that was fetched."""
        self.kernel = kernel
        address = f"{self.base.replace('http', 'ws', 1)}api/kernels/{kernel}/channels?session_id={self.session}"
        self.line = await websocket_connect(HTTPRequest(address, headers=self.headers), subprotocols=[V1])

    async def send(self, kind: str, content: dict) -> str:
        """Send a message; return its id."""
        number = uuid.uuid4().hex
        header = {"msg_id": number, "msg_type": kind, "username": "", "session": self.session}
        header |= {"version": "5.4", "date": "2026-01-01T00:00:00Z"}
        parts = [json.dumps(part).encode() for part in (header, {}, {"version": "1.0.0"}, content)]
        await self.line.write_message(serialize_msg_to_ws_v1(parts, "shell"), binary=True)
        return number

    async def hear(self) -> tuple[dict, dict]:
        """Return the parent's header and the content of the next message."""
        raw = await asyncio.wait_for(self.line.read_message(), LIMIT)
        if not isinstance(raw, bytes):
            raise ConnectionError("the socket was closed")
        _, parts = deserialize_msg_from_ws_v1(raw)
        return json.loads(parts[1]), json.loads(parts[3])

    async def sliders(self) -> dict[str, dict]:
        """Return the state of every slider, by its id."""
        control = uuid.uuid4().hex
        await self.send("comm_open", {"comm_id": control, "target_name": "jupyter.widget.control", "data": {}})
        await self.send("comm_msg", {"comm_id": control, "data": {"method": "request_states"}})
        while True:
            _, content = await self.hear()
            if content.get("data", {}).get("method") == "update_states":
                states = {name: one["state"] for name, one in content["data"]["states"].items()}
                kinds = ("IntSliderModel", "FloatSliderModel")
                return {name: one for name, one in states.items() if one.get("_model_name") in kinds}

    async def move(self, slider: str, value: float) -> float:
        """Set a slider; return how long it took until the page's program was done with it."""
        begun = time.monotonic()
        told = {"method": "update", "state": {"value": value}, "buffer_paths": []}
        asked = await self.send("comm_msg", {"comm_id": slider, "data": told})
        while True:
            parent, content = await self.hear()
            if parent.get("msg_id") == asked and content.get("execution_state") == "idle":
                return time.monotonic() - begun

    async def close(self) -> None:
        """Leave, as a page does that is closed."""
        self.line.close()
        address = f"{self.base}voila/api/shutdown/{self.kernel}"
        await AsyncHTTPClient().fetch(address, method="POST", body="", headers=self.headers, request_timeout=LIMIT)
