"""One network namespace, owned by one object."""

from __future__ import annotations

import ctypes
import itertools
import os
import re
import socket
import subprocess
import threading
import weakref
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Self

from .commands import CommandError, run
from .process import OwnedProcess

_PREFIX = "portolan"
_NETNS_DIR = Path("/run/netns")
_CLONE_NEWNET = 0x40000000
_LIBC = ctypes.CDLL(None, use_errno=True)
_counter = itertools.count(1)


def leftovers(pid: int | None = None) -> list[str]:
    """Namespaces that the process `pid` (default: this one) made and has not removed."""
    wanted = f"{_PREFIX}-{os.getpid() if pid is None else pid}-"
    if not _NETNS_DIR.is_dir():
        return []
    return sorted(entry.name for entry in _NETNS_DIR.iterdir() if entry.name.startswith(wanted))


def remove_orphans() -> list[str]:
    """Removes namespaces whose maker was killed before it could; returns their names."""
    removed: list[str] = []
    entries = list(_NETNS_DIR.iterdir()) if _NETNS_DIR.is_dir() else []
    for entry in entries:
        owner = re.fullmatch(rf"{_PREFIX}-(\d+)-\d+-\w+", entry.name)
        if owner and not Path(f"/proc/{owner[1]}").exists():
            _delete(entry.name)
            removed.append(entry.name)
    return removed


def _delete(name: str) -> None:
    if (_NETNS_DIR / name).exists():
        run(["ip", "netns", "delete", name], check=False)


class Namespace:
    """Made on construction, removed by `close`, by garbage collection or at exit."""

    def __init__(self, role: str) -> None:
        self.role = role
        self.name = f"{_PREFIX}-{os.getpid()}-{next(_counter)}-{role}"
        self._finalizer = weakref.finalize(self, _delete, self.name)
        run(["ip", "netns", "add", self.name])
        self.ip("link set lo up")
        for key in ("net.ipv4.conf.all.rp_filter=0", "net.ipv4.conf.default.rp_filter=0",
                    "net.ipv6.conf.all.accept_dad=0", "net.ipv6.conf.default.accept_dad=0",
                    "net.ipv6.conf.default.accept_ra=0"):
            self.sysctl(key)

    def close(self) -> None:
        """Removes the namespace and with it every interface that was put into it."""
        self._finalizer()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    # ---- configuration
    def ip(self, *commands: str) -> None:
        """Runs lines of iproute2's batch language inside."""
        run(["ip", "-n", self.name, "-batch", "-"], stdin="\n".join(commands) + "\n")

    def sysctl(self, assignment: str) -> None:
        """Writes one `key=value`."""
        key, value = assignment.split("=", 1)
        path = Path("/proc/sys", *key.split("."))
        self._inside(lambda: path.write_text(value + "\n"))

    def nft(self, ruleset: str) -> None:
        """Loads an nftables ruleset."""
        self.run(["nft", "-f", "-"], stdin=ruleset)

    def link(self, name: str, peer: Namespace, peer_name: str) -> None:
        """A veth pair between this namespace and another; both ends up."""
        run(["ip", "link", "add", name, "netns", self.name, "type", "veth",
             "peer", "name", peer_name, "netns", peer.name])
        self.ip(f"link set {name} up")
        peer.ip(f"link set {peer_name} up")

    # ---- use
    def prefix(self, argv: Sequence[str]) -> list[str]:
        """The command line that runs `argv` inside."""
        return ["ip", "netns", "exec", self.name, *argv]

    def run(self, argv: Sequence[str], *, stdin: str | None = None, timeout_s: float = 20.0,
            check: bool = True) -> subprocess.CompletedProcess[str]:
        """Runs a program inside, to its end."""
        return run(self.prefix(argv), stdin=stdin, timeout_s=timeout_s, check=check)

    def start(self, argv: Sequence[str], log: Path, cwd: Path | None = None) -> OwnedProcess:
        """Starts a program inside; the caller owns it."""
        return OwnedProcess(self.prefix(argv), log, cwd)

    def socket(self, family: int, kind: int, protocol: int = 0) -> socket.socket:
        """A socket of this process that lives inside the namespace."""
        made: list[socket.socket] = []
        self._inside(lambda: made.append(socket.socket(family, kind, protocol)))
        return made[0]

    def _inside(self, action: Callable[[], object]) -> None:
        """Calls `action` on a thread that has entered the namespace and ends afterwards."""
        failure: list[BaseException] = []

        def body() -> None:
            try:
                with (_NETNS_DIR / self.name).open("rb") as handle:
                    if _LIBC.setns(handle.fileno(), _CLONE_NEWNET) != 0:
                        raise OSError(ctypes.get_errno(), f"setns {self.name}")
                action()
            except BaseException as error:  # handed to the caller's thread
                failure.append(error)

        thread = threading.Thread(target=body)
        thread.start()
        thread.join()
        if failure:
            raise CommandError(f"{self.name}: {failure[0]}") from failure[0]
