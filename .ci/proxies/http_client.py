"""An HTTP/1.1 client that reads while it writes, as RFC 9112 §9.5 asks of clients."""

import select
import socket
from dataclasses import dataclass

TIMEOUT = 10
PIECE = 256 * 1024


class Failed(Exception):
    """There is no complete response. The text is the reason, in a form that can be counted."""


@dataclass
class Response:
    status: int
    headers: dict
    body: bytes

    @property
    def is_ours(self):
        """Whether the server made it, rather than a proxy."""
        return self.headers.get("x-answered-by") == "router"


def head(method, path, headers):
    lines = [f"{method} {path} HTTP/1.1", "Host: localhost"]
    lines += [f"{name}: {value}" for name, value in headers.items()]
    return "\r\n".join([*lines, "", ""]).encode()


class Connection:
    def __init__(self, port):
        self.socket = socket.create_connection(("127.0.0.1", port), TIMEOUT)
        # The head and the body are sent separately. The body must not wait for an acknowledgement.
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.received = b""

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.socket.close()

    def exchange(self, method, path, headers, body=b""):
        """Sends a request and returns its response. `headers` must describe the body.

        It stops sending when the response has come, or when sending fails; what was received before is
        still read.
        """
        self.socket.setblocking(False)
        pieces = [memoryview(head(method, path, headers)), memoryview(body)]
        while (response := self.take_response()) is None:
            pieces = [piece for piece in pieces if piece]
            ready = select.select([self.socket], [self.socket] if pieces else [], [], TIMEOUT)
            if not any(ready):
                raise Failed("timeout")
            if ready[0]:
                self.receive()
            elif ready[1]:
                try:
                    sent = self.socket.send(pieces[0][:PIECE])
                    pieces[0] = pieces[0][sent:]
                except OSError:
                    pieces = []
        return response

    def receive(self):
        try:
            data = self.socket.recv(64 * 1024)
        except OSError as error:
            raise Failed(type(error).__name__) from error
        if not data:
            raise Failed("closed without a response")
        self.received += data

    def take_response(self):
        """The first response among the received bytes, when it is complete."""
        if b"\r\n\r\n" not in self.received:
            return None
        text, rest = self.received.split(b"\r\n\r\n", 1)
        status_line, *lines = text.decode("latin-1").split("\r\n")
        headers = {}
        for line in lines:
            name, value = line.split(":", 1)
            headers[name.lower()] = value.strip()
        status = int(status_line.split(" ")[1])
        length = 0 if status == 101 else int(headers["content-length"])
        if len(rest) < length:
            return None
        self.received = rest[length:]
        return Response(status, headers, rest[:length])
