"""nat-probe --lifetime measures the kernel's own conntrack timeouts, lowered to seconds."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path

import pytest

from binaries import Json, Program

from .conftest import WorldMaker
from .nat_kinds import BY_ID
from .process import OwnedProcess
from .topology import ServerAddresses

STEPS = "1s,2s,4s,6s"
PATIENCE_S = 40.0
SECOND_US = 1_000_000


@dataclass(frozen=True)
class Case:
    """What the kernel is told, and between which steps the truth then lies."""

    timeout_s: int
    alive_s: int
    dead_s: int | None


CASES = {
    "three-seconds": Case(3, 2, 4),
    "five-seconds": Case(5, 4, 6),
    "longer-than-tried": Case(30, 6, None),
}
SERVERS = ("coturn", "embedded")


def lifetime_in(document: Json) -> Json:
    """The one finding that is asked for here."""
    found: Json = next(finding for finding in document["sections"][0]["findings"]
                       if finding["id"] == "nat/binding-lifetime")
    return found


@pytest.mark.slow
def test_lifetime_lies_between_the_steps(
        make_world: WorldMaker, coturn: ServerAddresses, embedded: ServerAddresses,
        nat_probe: Program, tmp_path: Path) -> None:
    """RFC 4787 s4.3; all kernels at once, each asked through both servers."""
    running: dict[tuple[str, str], OwnedProcess] = {}
    for case_id, case in CASES.items():
        for name, server in zip(SERVERS, (coturn, embedded), strict=True):
            world = make_world(BY_ID["masquerade"])
            for key in ("udp_timeout", "udp_timeout_stream"):
                world.routers[0].sysctl(f"net.netfilter.nf_conntrack_{key}={case.timeout_s}")
            running[case_id, name] = world.client.start(
                [str(nat_probe.path), "--stun", f"stun:{server.v4[0]}", "--family", "4",
                 "--format", "json", "--lifetime", "--lifetime-steps", STEPS,
                 "--output", str(tmp_path / f"{case_id}-{name}.json")],
                tmp_path / f"{case_id}-{name}.log")
    for (case_id, name), process in running.items():
        assert process.wait(PATIENCE_S) == 0, (case_id, name, process.output())
        case = CASES[case_id]
        finding = lifetime_in(json.loads((tmp_path / f"{case_id}-{name}.json").read_text()))
        data = finding["data"]
        alive_us, dead_us = data["alive_for_us"], data.get("dead_after_us")
        assert case.alive_s * SECOND_US <= alive_us < case.timeout_s * SECOND_US, (case_id, name)
        if case.dead_s is None:
            assert dead_us is None and finding["verdict"] == "pass", (case_id, name)
            continue
        # Above the step too: silence takes many requests to be believed.
        assert dead_us >= case.dead_s * SECOND_US > case.timeout_s * SECOND_US, (case_id, name)
        assert (finding["verdict"], finding["reason"]["code"]) == ("fail", "lifetime-short")
        # The kernel counts a packet of either direction (nf_conntrack_proto_udp).
        assert data["outbound_refreshes"] is True and data["inbound_refreshes"] is True
        assert finding["summary"] == finding["reason"]["sentence"]
