"""The embedded STUN server as a context manager."""

from __future__ import annotations

import json
import os
import subprocess
import tempfile
import time
from collections.abc import Sequence
from datetime import timedelta
from pathlib import Path
from types import TracebackType
from typing import Any

from ._native import TransportAddress
from .errors import Culprit, Error
from .tools import end_group, find_executable

_STARTS_WITHIN = timedelta(seconds=20)
_ENDS_WITHIN = timedelta(seconds=2)


class EmbeddedServer:
    """`ice-test serve` on free ports, from `with` to the end of its block.

    On two addresses, so that it can do all of RFC 5780; `options` are passed on, for example
    ("--loss", "5%").
    """

    def __init__(self, addresses: Sequence[str] = ("127.0.0.1", "127.0.0.2"),
                 options: Sequence[str] = (),
                 executable: str | os.PathLike[str] | None = None) -> None:
        self._addresses = tuple(addresses)
        self._options = tuple(options)
        self._executable = executable
        self._process: subprocess.Popen[str] | None = None
        self._directory: tempfile.TemporaryDirectory[str] | None = None
        self._ice_servers = ""

    @property
    def ice_servers_json(self) -> str:
        """One line of JSON, for `--ice-servers FILE`."""
        if self._process is None:
            raise Error(Culprit.Usage, "server.not-running", "the server runs inside `with` only")
        return self._ice_servers

    @property
    def ice_servers(self) -> list[dict[str, Any]]:
        """The value of RTCConfiguration.iceServers."""
        servers: list[dict[str, Any]] = json.loads(self.ice_servers_json)["iceServers"]
        return servers

    @property
    def uris(self) -> list[str]:
        """RFC 7064, one of each address family: "stun:127.0.0.1:3478"."""
        return [uri for server in self.ice_servers for uri in server["urls"]]

    @property
    def uri(self) -> str:
        """The first of them."""
        return self.uris[0]

    @property
    def endpoint(self) -> TransportAddress:
        """Where the first of them points."""
        return TransportAddress(self.uri.removeprefix("stun:").partition("?")[0])

    @property
    def log(self) -> str:
        """What the server has written so far."""
        if self._directory is None:
            return ""
        return (Path(self._directory.name) / "log").read_text(errors="replace")

    def __enter__(self) -> EmbeddedServer:
        executable = str(self._executable or find_executable("ice-test"))
        self._directory = tempfile.TemporaryDirectory(prefix="portolan-")
        try:
            self._start(executable, Path(self._directory.name))
        except BaseException:
            self.close()
            raise
        return self

    def _start(self, executable: str, directory: Path) -> None:
        ready = directory / "ready"
        argv = [executable, "serve", "--ready-file", str(ready), *self._options]
        for address in self._addresses:
            argv += ["--address", address]
        try:
            with open(directory / "log", "w") as log:
                self._process = subprocess.Popen(
                    argv, stdin=subprocess.DEVNULL, stdout=log, stderr=subprocess.STDOUT,
                    text=True, start_new_session=True)
        except OSError as error:
            raise Error(Culprit.Environment, "server.not-started",
                        f"{executable} could not be started: {error.strerror}") from error
        deadline = time.monotonic() + _STARTS_WITHIN.total_seconds()
        while not (ready.exists() and (text := ready.read_text()).endswith("\n")):
            if self._process.poll() is not None:
                raise Error(Culprit.Environment, "server.ended",
                            f"{executable} serve ended at once: {self.log.strip()[-2000:]}")
            if time.monotonic() > deadline:
                raise Error(Culprit.Environment, "server.not-ready",
                            f"{executable} serve is not ready: {self.log.strip()[-2000:]}")
            time.sleep(0.005)
        self._ice_servers = text.strip()

    def close(self) -> None:
        """Ends the server; nothing when it has ended."""
        process, self._process = self._process, None
        if process is not None:
            end_group(process, _ENDS_WITHIN)
        directory, self._directory = self._directory, None
        if directory is not None:
            directory.cleanup()

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None,
                 traceback: TracebackType | None) -> None:
        self.close()
