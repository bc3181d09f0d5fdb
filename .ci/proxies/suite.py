"""Runs all checks against a server, directly and through proxies, and prints a table of the results.

| file | contents |
|---|---|
| `processes` | our server, nginx and HAProxy, and their configurations |
| `http_client` | an HTTP client that reads while it writes |
| `websocket_client` | a WebSocket client |
| `checks` | the checks |
"""

import signal
import sys
import tempfile
import time
from collections import Counter
from concurrent.futures import ThreadPoolExecutor

import checks
from processes import Processes

MB = 1_000_000
SIZES = [3 * MB, 30 * MB]
UPLOADS = 40
KEPT = 60
SOCKETS = 20
SHUTDOWNS = 5
PAUSE = 0.1


class Table:
    """Prints a row for each check, and counts those in which every try passed."""

    def __init__(self):
        self.passed = self.failed = 0
        print("| proxy | case | size | ok of n | others |")
        print("|---|---|--:|--:|---|")

    def row(self, proxy, case, size, results):
        ok, total = results[checks.OK], sum(results.values())
        others = ", ".join(
            f"{count} × {result}" for result, count in results.most_common() if result != checks.OK
        )
        print(f"| {proxy} | {case} | {size} | {ok} of {total} | {others} |", flush=True)
        if ok == total:
            self.passed += 1
        else:
            self.failed += 1


def run(processes, table):
    _, direct = processes.start_server()
    stopping = [processes.start_server() for _ in range(SHUTDOWNS)]
    buffered, unbuffered, *stopping_ports = processes.start_nginx(
        [(direct, "on"), (direct, "off"), *((port, "on") for _, port in stopping)]
    )
    haproxy = processes.start_haproxy(direct)
    proxies = {
        "none": direct,
        "nginx": buffered,
        "nginx, unbuffered": unbuffered,
        "HAProxy": haproxy,
    }

    for size in SIZES:
        for framing in ["length", "chunked"]:
            upload = checks.Upload(size, framing)
            for proxy, port in proxies.items():
                for status in checks.REFUSALS:
                    results = checks.refused_uploads(port, status, upload, UPLOADS)
                    table.row(proxy, f"{status}, {framing}", f"{size // MB} MB", results)

    # All proxies at once: it is a matter of waiting.
    with ThreadPoolExecutor(len(proxies)) as pool:
        kept = {
            proxy: pool.submit(checks.kept_connection, port, KEPT, PAUSE)
            for proxy, port in proxies.items()
        }
        for proxy, results in kept.items():
            table.row(proxy, "kept connection", "", results.result())

    for proxy, port in proxies.items():
        for check in [checks.echo, checks.close_by_client, checks.close_by_server]:
            name = f"WebSocket {check.__name__.replace('_', ' ')}"
            table.row(proxy, name, "", check(port, SOCKETS))

    results = Counter()
    for (server, _), port in zip(stopping, stopping_ports):
        results += checks.shutdown(server, port, processes.nginx_errors)
    table.row("nginx", f"{SHUTDOWNS} shutdowns", "", results)


def main(server):
    # So that the processes are stopped, too, when this one is told to end.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))
    start = time.monotonic()
    with tempfile.TemporaryDirectory() as directory, Processes(server, directory) as processes:
        table = Table()
        run(processes, table)
    failed = f", {table.failed} failed" if table.failed else ""
    print(f"proxies: {table.passed} checks passed{failed}, {time.monotonic() - start:.0f} s")
    return 1 if table.failed else 0


sys.exit(main(*sys.argv[1:]))
