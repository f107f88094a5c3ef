"""Debian's coturn as a TURN server on loopback, and the iceServers files to use it with."""

from __future__ import annotations

import contextlib
import json
import socket
import time
from collections.abc import Sequence
from pathlib import Path

from netns.commands import CommandError
from netns.process import OwnedProcess
from netns.stun_message import binding_request, new_transaction_id

REALM = "example.org"
USERS = {"alice": "wonderland", "bob": "builder"}
_READY_S = 20.0


def free_port() -> int:
    """A port that was free over UDP and TCP a moment ago."""
    while True:
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as udp, \
                socket.socket(socket.AF_INET, socket.SOCK_STREAM) as tcp:
            udp.bind(("127.0.0.1", 0))
            port = int(udp.getsockname()[1])
            with contextlib.suppress(OSError):
                tcp.bind(("127.0.0.1", port))
                return port


class TurnServer:
    """`turnserver` on 127.0.0.1 with two users; ends with the block or the test."""

    def __init__(self, directory: Path, options: Sequence[str] = (),
                 with_users: bool = True, tls_port: int | None = None) -> None:
        directory.mkdir(parents=True, exist_ok=True)
        self.port = free_port()
        self.tls_port = tls_port
        users = ["lt-cred-mech", *(f"user={name}:{password}" for name, password in USERS.items())]
        tls = ["no-tls", "no-dtls"] if tls_port is None else [f"tls-listening-port={tls_port}"]
        config = directory / "turnserver.conf"
        config.write_text("\n".join((
            "listening-ip=127.0.0.1", "relay-ip=127.0.0.1", f"listening-port={self.port}",
            f"realm={REALM}", *(users if with_users else ()), *tls, "no-cli", "log-file=stdout",
            "simple-log", f"pidfile={directory / 'pid'}", f"userdb={directory / 'turndb'}",
            *options, "")))
        self.process = OwnedProcess(["turnserver", "-c", str(config)], directory / "log", directory)
        self._wait()

    def _wait(self) -> None:
        deadline = time.monotonic() + _READY_S
        while time.monotonic() < deadline and self.process.exit_code is None:
            with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sock:
                sock.settimeout(0.1)
                try:
                    sock.connect(("127.0.0.1", self.port))
                    sock.send(binding_request(new_transaction_id()))
                    if sock.recv(2048):
                        return
                except (ConnectionRefusedError, TimeoutError):
                    time.sleep(0.02)
        self.process.stop()
        raise CommandError(f"{self.process.argv}: no answer\n{self.process.output()}")

    def uri(self, transport: str = "udp") -> str:
        """turn:, or turns: when it is to be TLS or DTLS."""
        if transport in ("tls", "dtls"):
            plain = "tcp" if transport == "tls" else "udp"
            return f"turns:127.0.0.1:{self.tls_port}?transport={plain}"
        return f"turn:127.0.0.1:{self.port}?transport={transport}"

    def __enter__(self) -> TurnServer:
        return self

    def __exit__(self, *_: object) -> None:
        self.process.stop()


def ice_servers(path: Path, uris: Sequence[str], users: dict[str, str] | None = None) -> Path:
    """A file for --ice-servers: every URI with every user."""
    path.write_text(json.dumps({"iceServers": [
        {"urls": list(uris), "username": name, "credential": password}
        for name, password in (USERS if users is None else users).items()]}))
    return path
