"""Checks of the ports, and of the service behind them."""

import os
import socket
from contextlib import suppress
from pathlib import Path

import click

from runvault.client import ApiClient
from runvault.findings import Finding, State, fail_check, pass_check, warn_check
from runvault.settings import Settings

_PORTS = ("otlp_http_port", "otlp_grpc_port", "api_port")
_LISTENING = "0A"  # TCP_LISTEN of the kernel's include/net/tcp_states.h


def check_ports(settings: Settings) -> list[Finding]:
    """Each port is free, or one of our own processes listens there."""
    names = (*_PORTS, "sql_port") if settings["sql_port"] else _PORTS
    return [_check_port(settings["host"], settings[name], name.replace("_", " ")) for name in names]


def check_service(url: str) -> Finding:
    """The service at `url` says that it can do its job."""
    try:
        ApiClient(url).get_json("/readyz")
    except click.ClickException as error:
        return fail_check("service", error.format_message(), "see the log of runvault serve")
    return pass_check("service", f"{url} is ready")


def look_for_service(host: str, port: int) -> Finding:
    """The same for a service that must run somewhere, since it holds the data directory, though maybe not there."""
    url = f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"
    finding = check_service(url)
    if finding.state is State.OK:
        return finding
    return warn_check("service", finding.found, "if it listens elsewhere, say where: --url http://HOST:PORT")


def _check_port(host: str, port: int, check: str) -> Finding:
    if port == 0:
        return pass_check(check, "0: a free one is picked")
    problem = _find_problem(host, port)
    if not problem:
        return pass_check(check, f"{port} is free")
    owner = _find_listener(port)
    if "runvault" in owner:
        return pass_check(check, f"{port} is answered by {owner}")
    found = f"{port}: {problem} ({owner})" if owner else f"{port}: {problem}"
    return fail_check(check, found, f"stop what listens there, or set {check.replace(' ', '_')}")


def _find_problem(host: str, port: int) -> str:
    with socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET, socket.SOCK_STREAM) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError as error:
            return (error.strerror or "cannot be bound").lower()
    return ""


def _find_listener(port: int) -> str:
    """Command and number of the process that listens on a port, as far as Linux lets us see; else empty.

    https://www.kernel.org/doc/html/latest/networking/proc_net_tcp.html
    """
    sockets = set()
    for table in ("/proc/net/tcp", "/proc/net/tcp6"):
        with suppress(OSError):
            rows = [line.split() for line in Path(table).read_text().splitlines()[1:]]
            sockets |= {f"socket:[{row[9]}]" for row in rows if _is_listening(row, port)}
    for process in Path("/proc").glob("[0-9]*"):
        # a process may end while we look, or belong to somebody else
        with suppress(OSError):
            if any(os.readlink(handle) in sockets for handle in (process / "fd").iterdir()):
                words = (process / "cmdline").read_bytes().decode("utf-8", "replace").split("\0")
                name = "runvault" if "runvault" in {Path(word).name for word in words[:3]} else Path(words[0]).name
                return f"{name}, process {process.name}"
    return ""


def _is_listening(row: list[str], port: int) -> bool:
    return row[3] == _LISTENING and int(row[1].rpartition(":")[2], 16) == port
