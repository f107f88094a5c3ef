"""Runs `nat-probe report` in the worlds of the tests, against a coturn of one's own."""

from __future__ import annotations

import contextlib
import json
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from binaries import Json, Outcome, Program

from .certificates import Authority
from .commands import punctual
from .nat64 import Nat64World
from .topology import PORT, SPARE, Internet, World
from .turn_relay import PASSWORD, USER, WEB_PORT

ADDRESS = SPARE.v4[0]
NAME = "turn.example"
# What follows from a broken part for the call: not a cause of its own.
CONSEQUENCES = ("call/works", "peers/reach")


@dataclass
class Report:
    """What one run wrote."""

    outcome: Outcome
    took_s: float
    document: Json = field(default_factory=dict)

    @property
    def headline(self) -> str:
        """The first sentence."""
        text: str = self.document["headline"]
        return text

    def finding(self, identifier: str, section: str | None = None) -> Json:
        """The first of that id, in that section if one is named."""
        for part in self.document["sections"]:
            for finding in part["findings"]:
                if finding["id"] == identifier and section in (None, part["id"]):
                    found: Json = finding
                    return found
        raise AssertionError(f"no {identifier} in {section or 'the report'}")

    def causes(self) -> set[tuple[str, str]]:
        """Id and reason of whatever failed, is no news of little weight, and follows from nothing."""
        return {(finding["id"], finding["reason"]["code"])
                for part in self.document["sections"] for finding in part["findings"]
                if finding["verdict"] == "fail" and finding["severity"] != "info"
                and finding["id"] not in CONSEQUENCES}


class Caller:
    """Runs the report on a world's client."""

    def __init__(self, nat_probe: Program, directory: Path, authority: Authority) -> None:
        self._program = nat_probe
        self._directory = directory
        self._authority = authority

    def servers(self, host: str = ADDRESS, user: str = USER, password: str = PASSWORD,
                transports: Sequence[str] = ("udp", "tcp", "tls")) -> Path:
        """A file for --ice-servers."""
        urls = {"udp": f"turn:{host}:{PORT}?transport=udp", "tcp": f"turn:{host}:{PORT}?transport=tcp",
                "tls": f"turns:{host}:{WEB_PORT}?transport=tcp"}
        path = self._directory / "ice.json"
        path.write_text(json.dumps({"iceServers": [
            {"urls": [urls[name] for name in transports], "username": user,
             "credential": password}]}))
        return path

    def __call__(self, world: World | Nat64World, *options: str, servers: Path | None = None,
                 family: str = "4", bind: dict[str, str] | None = None) -> Report:
        mounts = "".join(f"mount --bind '{source}' '{target}' && "
                         for target, source in (bind or {}).items())

        def wrap(argv: list[str]) -> list[str]:
            inner = ["sh", "-c", mounts + 'exec "$0" "$@"', *argv] if mounts else argv
            return world.client.prefix(punctual(inner))
        begun = time.monotonic()
        outcome = self._program.inside(wrap)(
            "report", "--ice-servers", str(servers or self.servers()), "--family", family,
            "--ca-file", str(self._authority.file), "--format", "json", *options, timeout_s=40)
        took_s = time.monotonic() - begun
        assert outcome.out, outcome.err
        return Report(outcome, took_s, outcome.json())


@contextlib.contextmanager
def firewall(where: Internet, rules: str) -> Iterator[None]:
    """Rules of the servers' side, for one test."""
    where.nft(f"table inet report {{\n{rules}\n}}\n")
    try:
        yield
    finally:
        where.nft("delete table inet report\n")
