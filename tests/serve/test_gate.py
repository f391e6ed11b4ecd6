"""What passes over a page's socket, without a server."""

import pytest
from jupyter_client.session import Session
from jupyter_server.services.kernels.connection.channels import ZMQChannelsWebsocketConnection

from xrlearn.serve.gate import Gate


@pytest.mark.parametrize(("kind", "passes"), [("execute_input", False), ("display_data", True), ("comm_msg", True)])
def test_the_code_of_a_page_is_not_told_to_who_looks_at_it(monkeypatch, kind, passes):
    told = []
    monkeypatch.setattr(
        ZMQChannelsWebsocketConnection, "handle_outgoing_message", lambda _, *message: told.append(message)
    )
    gate = Gate.__new__(Gate)
    gate.session = Session(key=b"key")
    message = gate.session.serialize(gate.session.msg(kind, {"code": "secret = 1"}), ident=b"kernel")
    gate.handle_outgoing_message("iopub", message)
    assert told == ([("iopub", message)] if passes else [])
