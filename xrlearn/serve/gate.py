"""What passes over a page's socket: coming in, messages that are what they claim to be; going out, no page's code.

Which kinds of message pass, ``refused.py`` says; none of them runs code. But Jupyter takes a message apart before it
looks at its kind, and trusts the numbers in it: eight bytes that claim 2**63 parts kept the whole server busy, for
everybody and for ever. Here a message is looked at first, and a socket that sends another is closed.
"""

import struct
from typing import Any

from jupyter_server.services.kernels.connection.channels import ZMQChannelsWebsocketConnection

#: parts a message may have: a header, its parent's, metadata, content and buffers
MOST_PARTS = 1024

#: characters of a message of the older protocol, whose films would travel as bytes; the pages speak the newer one
LONGEST_TEXT = 2**20

#: a socket closed because of what it said (RFC 6455, 7.4.1: policy violation)
REFUSED = 1008


def well_formed(message: str | bytes, newer: bool) -> bool:
    r"""Say whether a message holds as many parts as it claims, each within it and in order.

    Parameters
    ----------
    message : str or bytes
        As it came over the socket.
    newer : bool
        Whether the socket speaks ``v1.kernel.websocket.jupyter.org``, eight bytes a number, or the older protocol.

    Examples
    --------
    >>> well_formed(b"\xff" * 64, newer=True), well_formed(b"\x7f\xff\xff\xff", newer=False)
    (False, False)
    >>> well_formed("{}", newer=True), well_formed("{}", newer=False)
    (False, True)
    """
    if isinstance(message, str):
        return not newer and len(message) <= LONGEST_TEXT
    width, order = (8, "<Q") if newer else (4, ">I")
    if len(message) < width:
        return False
    (count,) = struct.unpack_from(order, message)
    # The newer protocol counts offsets: of the channel, of four parts at least, and the end; the older one parts.
    if not (6 if newer else 1) <= count <= MOST_PARTS or len(message) < width * (count + 1):
        return False
    offsets = [struct.unpack_from(order, message, width * (i + 1))[0] for i in range(count)]
    return offsets == sorted(offsets) and offsets[0] == width * (count + 1) and offsets[-1] <= len(message)


class Gate(ZMQChannelsWebsocketConnection):
    """A page's socket to its kernel that closes when it is told nonsense."""

    def handle_incoming_message(self, incoming_msg: str | bytes) -> None:
        """Pass on a message if it is one; otherwise close the socket."""
        if well_formed(incoming_msg, self.subprotocol == "v1.kernel.websocket.jupyter.org"):
            try:
                super().handle_incoming_message(incoming_msg)  # type: ignore[arg-type]
                return
            except Exception:
                pass  # its parts make no message; what was raised would quote them in the log
        self.websocket_handler.close(REFUSED)

    def handle_outgoing_message(self, stream: str, outgoing_msg: list[Any]) -> None:
        """Pass on what the kernel says, but not the code that it was given to run.

        Voila looks for that where the message is in its final form, and takes every binary one for the newer
        protocol's: it counted the parts of a picture in the older one, and kept the whole server busy for ever.
        """
        _, (_, header, *_) = self.session.feed_identities(outgoing_msg)
        if self.session.unpack(header)["msg_type"] != "execute_input":
            super().handle_outgoing_message(stream, outgoing_msg)
