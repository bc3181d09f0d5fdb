"""The part of RFC 6455 that the checks need: short messages, and the closing handshake."""

import os
import struct

from http_client import Connection, Failed

TEXT, BINARY, CLOSE = 1, 2, 8

HANDSHAKE = {
    "Connection": "Upgrade",
    "Upgrade": "websocket",
    "Sec-WebSocket-Version": "13",
    "Sec-WebSocket-Key": "dGhlIHNhbXBsZSBub25jZQ==",
}


class WebSocket:
    def __init__(self, port, path):
        self.connection = Connection(port)
        response = self.connection.exchange("GET", path, HANDSHAKE)
        if response.status != 101:
            raise Failed(f"handshake answered {response.status}")
        if not response.is_ours:
            raise Failed("handshake without the header of the server")
        self.connection.socket.settimeout(10)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.connection.socket.close()

    def send(self, opcode, payload):
        mask = os.urandom(4)
        masked = bytes(byte ^ mask[i % 4] for i, byte in enumerate(payload))
        if len(payload) < 126:
            length = bytes([0x80 | len(payload)])
        else:
            length = b"\xfe" + struct.pack("!H", len(payload))
        self.connection.socket.sendall(bytes([0x80 | opcode]) + length + mask + masked)

    def receive(self):
        """The opcode and the payload of the next frame."""
        first, length = self.take(2)
        if length == 126:
            [length] = struct.unpack("!H", self.take(2))
        return first & 0x0F, self.take(length)

    def take(self, count):
        while len(self.connection.received) < count:
            self.connection.receive()
        data = self.connection.received[:count]
        self.connection.received = self.connection.received[count:]
        return data

    def expect(self, opcode, payload):
        received = self.receive()
        if received != (opcode, payload):
            raise Failed(f"opcode {received[0]} with {received[1][:20]!r}")

    def expect_end(self):
        """The server closes the TCP connection first (RFC 6455 §7.1.1)."""
        if self.connection.received or self.connection.socket.recv(1):
            raise Failed("bytes after the Close frame")
