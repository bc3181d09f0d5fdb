"""The checks. Each returns a `Counter` of results; `OK` counts those that passed."""

import itertools
import re
import signal
import struct
import threading
import time
from collections import Counter
from concurrent.futures import ThreadPoolExecutor

from http_client import Connection, Failed
from websocket_client import BINARY, CLOSE, TEXT, WebSocket

OK = "ok"

# The refusals: the status, and the path that is answered with it before the body is read.
REFUSALS = {
    401: "/guarded",
    404: "/no/such/path",
    405: "/get-only",
    413: "/limited",
    415: "/json",
}

CHUNK = 64 * 1024


def result_of(check):
    """The name of the result of one check, which returns it or raises."""
    try:
        return check()
    except Failed as failed:
        return str(failed)
    except OSError as error:
        return type(error).__name__


def result_of_response(response, status):
    if response.status != status:
        return str(response.status) if response.is_ours else f"{response.status} of the proxy"
    return OK if response.is_ours else f"{status} of the proxy"


class Upload:
    """The body of an upload, and the headers that describe it."""

    def __init__(self, size, framing):
        self.headers = {"Content-Type": "text/plain"}
        if framing == "length":
            self.headers["Content-Length"] = size
            self.body = bytes(size)
        else:
            self.headers["Transfer-Encoding"] = "chunked"
            chunk = b"%x\r\n%b\r\n" % (CHUNK, bytes(CHUNK))
            self.body = chunk * (size // CHUNK) + b"0\r\n\r\n"


def refused_uploads(port, status, upload, times):
    """The refusal of an upload reaches the client."""

    def check():
        with Connection(port) as connection:
            response = connection.exchange("POST", REFUSALS[status], upload.headers, upload.body)
            return result_of_response(response, status)

    return Counter(result_of(check) for _ in range(times))


def kept_connection(port, times, pause):
    """The second of two requests, after a pause, uses a connection to the server that has been used before.

    HAProxy may choose the connection of an earlier client.
    """
    peers = set()

    def check():
        with Connection(port) as connection:
            for wait in [0, pause]:
                time.sleep(wait)
                response = connection.exchange("POST", "/peer", {"Content-Length": 4}, b"body")
                result = result_of_response(response, 200)
                if result != OK:
                    return result
                was_used = response.body in peers
                peers.add(response.body)
            return OK if was_used else "a new connection to the server"

    return Counter(result_of(check) for _ in range(times))


def echo(port, times):
    """Text and binary messages come back."""

    def check():
        with WebSocket(port, "/echo") as ws:
            for opcode, payload in [(TEXT, "é€😀".encode()), (BINARY, bytes(range(256)) * 16)]:
                ws.send(opcode, payload)
                ws.expect(opcode, payload)
            return OK

    return Counter(result_of(check) for _ in range(times))


def close_by_client(port, times):
    """The server returns the client's code, then ends the connection."""

    def check():
        with WebSocket(port, "/echo") as ws:
            ws.send(CLOSE, struct.pack("!H", 4321))
            ws.expect(CLOSE, struct.pack("!H", 4321))
            ws.expect_end()
            return OK

    return Counter(result_of(check) for _ in range(times))


def close_by_server(port, times):
    """The server's code and reason reach the client, then the connection ends.

    The server ends its side right after its Close frame. nginx then closes both sides, and the client's
    answer may be met by a reset.
    """

    def check():
        with WebSocket(port, "/echo") as ws:
            ws.send(TEXT, b"close")
            ws.expect(CLOSE, struct.pack("!H", 4001) + b"as asked")
            try:
                ws.send(CLOSE, struct.pack("!H", 4001))
                ws.expect_end()
            except (BrokenPipeError, ConnectionResetError):
                pass
            return OK

    return Counter(result_of(check) for _ in range(times))


# How long requests are sent before the signal, and after it.
BEFORE, AFTER = 0.5, 0.5
CLIENTS = 8

# A line of nginx's error log: what failed, and the name of the request.
ERROR = re.compile(r'.*?\*\d+ (.+) while .+ request: "POST \S+\?(\S+) HTTP')


def shutdown(server, port, nginx_errors):
    """`SIGTERM` while clients send requests through nginx, over connections that it keeps.

    A request passes if the server answers it, or if nginx cannot connect because the server has stopped
    listening. It fails if nginx has sent it over an open connection and receives no answer. Both are 502 to
    the client; the error log of nginx tells them apart.
    """
    log_start = nginx_errors.stat().st_size
    results = {}
    stop = threading.Event()

    def client(number):
        path = ["/peer", "/slow"][number % 2]
        with Connection(port) as connection:
            for count in itertools.count():
                if stop.is_set():
                    break
                name = f"{port}-{number}-{count}"

                def check():
                    headers = {"Content-Length": 4}
                    response = connection.exchange("POST", f"{path}?{name}", headers, b"body")
                    return result_of_response(response, 200)

                results[name] = result_of(check)
                if results[name] != OK:
                    # The server is gone: a few requests more are enough.
                    time.sleep(0.02)

    with ThreadPoolExecutor(CLIENTS) as clients:
        running = [clients.submit(client, number) for number in range(CLIENTS)]
        time.sleep(BEFORE)
        server.send_signal(signal.SIGTERM)
        time.sleep(AFTER)
        stop.set()
        for client in running:
            client.result()
    counts = Counter()
    if (code := server.wait(15)) != 0:
        counts[f"the server exits with {code}"] += 1
    if OK not in results.values():
        counts["no request before the signal"] += 1

    with open(nginx_errors, errors="replace") as log:
        log.seek(log_start)
        errors = dict(match.groups()[::-1] for line in log if (match := ERROR.match(line)))
    for name, result in results.items():
        error = errors.get(name, "")
        if result == "502 of the proxy":
            refused = error.startswith("connect() failed (111")
            result = OK if refused else f"502: {error}"
        counts[result] += 1
    return counts
