"""STUN servers in a namespace: started, waited for with a real Binding request, stopped."""

from __future__ import annotations

import os
import socket
import time
from collections.abc import Sequence
from pathlib import Path

from .certificates import Identity
from .commands import CommandError
from .namespace import Namespace
from .process import OwnedProcess
from .rulesets import TLS_PORT
from .stun_message import Endpoint, binding_request, new_transaction_id, parse_response
from .topology import ALTERNATE_PORT, PORT, ServerAddresses

_READY_S = 20.0


def wait_for_binding(where: Namespace, server: Endpoint, process: OwnedProcess,
                     timeout_s: float = _READY_S) -> None:
    """Returns when the server has answered; CommandError with its log when it does not."""
    family = socket.AF_INET6 if ":" in server[0] else socket.AF_INET
    deadline = time.monotonic() + timeout_s
    while time.monotonic() < deadline and process.exit_code is None:
        with where.socket(family, socket.SOCK_DGRAM) as sock:
            sock.settimeout(0.1)
            transaction_id = new_transaction_id()
            try:
                sock.connect(server)
                sock.send(binding_request(transaction_id))
                if parse_response(sock.recv(2048), transaction_id):
                    return
            except ConnectionRefusedError:
                time.sleep(0.01)
            except TimeoutError:
                pass
    raise CommandError(f"{process.argv}: no answer at {server}, exit code {process.exit_code}\n"
                       + process.output())


class Coturn:
    """Debian's turnserver, STUN only, on all addresses; with an identity over TLS too."""

    def __init__(self, where: Namespace, addresses: ServerAddresses, directory: Path,
                 identity: Identity | None = None) -> None:
        directory.mkdir(parents=True, exist_ok=True)
        tls = ["no-tls"] if identity is None else [
            f"tls-listening-port={TLS_PORT}", f"cert={identity.certificate}",
            f"pkey={identity.key}"]
        config = directory / "turnserver.conf"
        config.write_text("\n".join((
            *(f"listening-ip={address}" for address in addresses.v4 + addresses.v6),
            f"listening-port={PORT}", f"alt-listening-port={ALTERNATE_PORT}",
            *tls, "stun-only", "no-dtls", "no-cli", "fingerprint",
            f"pidfile={directory / 'pid'}", "log-file=stdout", "simple-log",
            f"userdb={directory / 'turndb'}", "")))
        self.process = where.start(["turnserver", "-c", str(config)], directory / "log", directory)
        try:
            for family in (4, 6):
                for address in addresses.pair(family):
                    for port in (PORT, ALTERNATE_PORT):
                        wait_for_binding(where, (address, port), self.process)
        except BaseException:
            self.process.stop()
            raise

    def close(self) -> None:
        """Ends it."""
        self.process.stop()

    def __enter__(self) -> Coturn:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


def wait_for_file(path: Path, process: OwnedProcess, timeout_s: float = _READY_S) -> None:
    """Returns when the process has made the file; CommandError with its log when it does not."""
    deadline = time.monotonic() + timeout_s
    while not path.exists():
        if process.exit_code is not None or time.monotonic() > deadline:
            raise CommandError(f"{process.argv}: not ready, exit code {process.exit_code}\n"
                               + process.output())
        time.sleep(0.005)


def serve_command(ice_test: Path, addresses: Sequence[str], port: int, alternate_port: int,
                  ready: Path, options: Sequence[str] = ()) -> list[str]:
    """The command line of the embedded server."""
    given = [word for address in addresses for word in ("--address", address)]
    return [str(ice_test), "serve", *given, "--port", str(port), "--alt-port", str(alternate_port),
            "--ready-file", str(ready), *options]


class Embedded:
    """`ice-test serve` on all addresses."""

    def __init__(self, where: Namespace, addresses: ServerAddresses, directory: Path,
                 ice_test: Path, options: Sequence[str] = ()) -> None:
        directory.mkdir(parents=True, exist_ok=True)
        ready = directory / "ready"
        ready.unlink(missing_ok=True)
        self.process = where.start(
            serve_command(ice_test, addresses.v4 + addresses.v6, PORT, ALTERNATE_PORT, ready,
                          options), directory / "log")
        try:
            wait_for_file(ready, self.process)
        except BaseException:
            self.process.stop()
            raise

    def close(self) -> None:
        """Ends it."""
        self.process.stop()

    def __enter__(self) -> Embedded:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


def missing_tools(*names: str) -> list[str]:
    """Those of `names` that are not on the PATH, system directories included."""
    path = os.environ.get("PATH", "").split(":") + ["/usr/sbin", "/sbin"]
    return [name for name in names if not any((Path(d) / name).exists() for d in path)]
