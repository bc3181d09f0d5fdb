"""Our server, nginx and HAProxy: started on free ports of the loopback interface, and stopped together."""

import grp
import os
import pwd
import socket
import subprocess
import time
from pathlib import Path

HOST = "127.0.0.1"

# The configurations of the guide are the ones that run: its addresses are replaced by free ports.
GUIDE = Path(__file__).parents[2] / "router/src/guide/deployment.md"
GUIDE_SERVER = "127.0.0.1:3000"
GUIDE_PROXY = "127.0.0.1:8080"

# What nginx needs in addition, to run without the rights and the folders of a service.
NGINX = """
daemon off;
user {user} {group};
worker_processes 1;
pid {directory}/nginx.pid;
error_log {directory}/nginx-error.log info;
events {{ worker_connections 1024; }}
http {{
    access_log off;
    client_body_temp_path {directory}/body;
    proxy_temp_path {directory}/proxy;
    fastcgi_temp_path {directory}/fastcgi;
    uwsgi_temp_path {directory}/uwsgi;
    scgi_temp_path {directory}/scgi;
{settings}
{servers}
}}
"""


def guide_configuration(heading):
    """The first code block under a heading of the guide."""
    section = GUIDE.read_text().split(f"\n## {heading}\n", 1)[1]
    return section.split("```text\n", 1)[1].split("```", 1)[0]


def replaced(text, *replacements):
    """Replaces each text, which has to occur exactly once."""
    for old, new in replacements:
        if text.count(old) != 1:
            raise RuntimeError(f"the guide has {old!r} {text.count(old)} times")
        text = text.replace(old, new)
    return text


def nginx_configuration():
    """The settings that all servers share, and the blocks of one server."""
    inside = guide_configuration("nginx").strip().removeprefix("http {").removesuffix("}")
    settings, servers = inside.split("    upstream router {", 1)
    return settings, "    upstream router {" + servers


class Processes:
    """The processes of a run. To be used in a `with` statement, which stops them all at its end."""

    def __init__(self, server, directory):
        self.server = server
        self.directory = Path(directory)
        self.started = []

    def __enter__(self):
        return self

    def __exit__(self, *_):
        for process in self.started:
            process.terminate()
        for process in self.started:
            try:
                process.wait(5)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()

    def start(self, *command, **options):
        process = subprocess.Popen([str(part) for part in command], **options)
        self.started.append(process)
        return process

    def start_server(self):
        """Returns the process of a new server, and its port."""
        process = self.start(self.server, stdout=subprocess.PIPE, text=True)
        line = process.stdout.readline()
        if not line:
            raise RuntimeError("the server does not start")
        return process, int(line.rsplit(":", 1)[1])

    def start_nginx(self, upstreams):
        """Starts nginx in front of pairs of a server's port and `on` or `off` for `proxy_request_buffering`.
        Returns the port of each."""
        ports = free_ports(len(upstreams))
        settings, server = nginx_configuration()
        servers = [
            replaced(
                server,
                ("upstream router", f"upstream router_{port}"),
                ("http://router", f"http://router_{port}"),
                (GUIDE_SERVER, f"{HOST}:{upstream}"),
                (GUIDE_PROXY, f"{HOST}:{port}"),
                ("proxy_request_buffering on", f"proxy_request_buffering {buffering}"),
            )
            for port, (upstream, buffering) in zip(ports, upstreams)
        ]
        config = self.directory / "nginx.conf"
        config.write_text(
            NGINX.format(
                user=pwd.getpwuid(os.geteuid()).pw_name,
                group=grp.getgrgid(os.getegid()).gr_name,
                directory=self.directory,
                settings=settings,
                servers="".join(servers),
            )
        )
        output = open(self.directory / "nginx-output.log", "w")
        process = self.start(
            "nginx", "-p", self.directory, "-c", config, "-e", self.nginx_errors, stderr=output
        )
        for port in ports:
            wait_until_it_listens(process, port)
        return ports

    @property
    def nginx_errors(self):
        """The error log of nginx."""
        return self.directory / "nginx-error.log"

    def start_haproxy(self, upstream):
        """Starts HAProxy in front of a server's port, and returns its own."""
        [port] = free_ports(1)
        config = self.directory / "haproxy.cfg"
        config.write_text(
            replaced(
                guide_configuration("HAProxy"),
                (GUIDE_SERVER, f"{HOST}:{upstream}"),
                (GUIDE_PROXY, f"{HOST}:{port}"),
            )
        )
        output = open(self.directory / "haproxy-output.log", "w")
        process = self.start("haproxy", "-db", "-f", config, stdout=output, stderr=output)
        wait_until_it_listens(process, port)
        return port


def free_ports(count):
    """Ports that are free now. All of them are bound before the first is released, so that they differ."""
    sockets = [socket.socket() for _ in range(count)]
    for bound in sockets:
        bound.bind((HOST, 0))
    ports = [bound.getsockname()[1] for bound in sockets]
    for bound in sockets:
        bound.close()
    return ports


def wait_until_it_listens(process, port):
    for _ in range(200):
        if process.poll() is not None:
            break
        try:
            socket.create_connection((HOST, port), 1).close()
            return
        except ConnectionRefusedError:
            time.sleep(0.05)
    raise RuntimeError(f"{process.args[0]} does not listen on port {port}")
