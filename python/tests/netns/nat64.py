"""An IPv6-only client behind a NAT64: tayga translates, the kernel masquerades what comes of it."""

from __future__ import annotations

import contextlib
import time
from collections.abc import Mapping, Sequence
from pathlib import Path

from .commands import CommandError
from .dns64 import IPV4ONLY, Dns64
from .namespace import Namespace
from .process import OwnedProcess
from .rulesets import Site, guard, masquerade, table
from .topology import ALTERNATE_PORT, Internet

_ROUTER = "fd00:1::1"
_CLIENT = "fd00:1::2"
_DEVICE = "nat64"
_READY_S = 10.0


def config(prefix: str, directory: Path) -> str:
    """For tayga: one IPv4 address of the pool for each IPv6 host."""
    return "\n".join((f"tun-device {_DEVICE}", "ipv4-addr 192.168.255.1",
                      # Must be given beside the well-known prefix.
                      "ipv6-addr fd00:64::1", f"prefix {prefix}/96",
                      "dynamic-pool 192.168.255.0/24", f"data-dir {directory}", ""))


class Nat64World(contextlib.AbstractContextManager["Nat64World"]):
    """One client with IPv6 only, and DNS64 unless told otherwise, on an internet with IPv4 only."""

    def __init__(self, internet: Internet, directory: Path, prefix: str = "64:ff9b::",
                 names: Mapping[str, Sequence[str]] | None = None, with_dns64: bool = True,
                 flags: str = "") -> None:
        self.prefix = prefix
        self._resources = contextlib.ExitStack()
        with contextlib.ExitStack() as on_failure:
            on_failure.callback(self._resources.close)
            self._build(internet, directory, flags)
            self.dns = self._resources.enter_context(
                Dns64(self.router, _ROUTER, prefix if with_dns64 else None,
                      {**IPV4ONLY, **(names or {})}))
            on_failure.pop_all()

    def close(self) -> None:
        """Removes everything but the internet."""
        self._resources.close()

    def __exit__(self, *_: object) -> None:
        self.close()

    def _build(self, internet: Internet, directory: Path, flags: str) -> None:
        number = self._resources.enter_context(internet.number())
        self.client = self._resources.enter_context(Namespace("client"))
        self.router = self._resources.enter_context(Namespace("router"))
        self.client.link("wan", self.router, "lan")
        self.router.link("wan", internet, f"world{number}")
        for key in ("net.ipv4.ip_forward=1", "net.ipv6.conf.all.forwarding=1"):
            self.router.sysctl(key)
        self.client.ip(f"addr add {_CLIENT}/64 dev wan nodad", f"route add default via {_ROUTER}")
        internet.ip(f"addr add 5.7.{number}.1/24 dev world{number}")
        self.router.ip(f"addr add {_ROUTER}/64 dev lan nodad",
                       f"addr add 5.7.{number}.2/24 dev wan",
                       f"route add default via 5.7.{number}.1")
        site = Site(4, "", (), ALTERNATE_PORT)
        self.router.nft(table(site, masquerade(flags), guard()))
        self._translate(directory)
        (directory / "resolv.conf").write_text(f"nameserver {_ROUTER}\noptions attempts:1\n")
        self._resolv_conf = directory / "resolv.conf"

    def _translate(self, directory: Path) -> None:
        path = directory / "tayga.conf"
        path.write_text(config(self.prefix, directory))
        self.router.run(["tayga", "--mktun", "-c", str(path)])
        self.router.ip(f"link set {_DEVICE} up", f"route add 192.168.255.0/24 dev {_DEVICE}",
                       f"route add {self.prefix}/96 dev {_DEVICE}",
                       f"route add fd00:64::1/128 dev {_DEVICE}")
        process = self._resources.enter_context(
            OwnedProcess(self.router.prefix(["tayga", "-d", "-c", str(path)]), directory / "tayga"))
        self._wait_for_carrier(process)

    def _wait_for_carrier(self, process: OwnedProcess) -> None:
        """A TUN device has a carrier while a program holds it."""
        deadline = time.monotonic() + _READY_S
        while "LOWER_UP" not in self.router.run(["ip", "link", "show", _DEVICE]).stdout:
            if process.exit_code is not None or time.monotonic() > deadline:
                raise CommandError(f"tayga is not ready: {process.output()}")
            time.sleep(0.01)

    def prefix_of_client(self, argv: list[str]) -> list[str]:
        """The command line that runs `argv` on the client, with the client's resolver."""
        return self.client.prefix(
            ["sh", "-c", 'mount --bind "$0" /etc/resolv.conf && exec "$@"',
             str(self._resolv_conf), *argv])
