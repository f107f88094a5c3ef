"""Debian's own probes see the NAT kinds as labelled, where RFC 5780's and RFC 3489's trees can."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from .behaviour import ADF, ADM, APDF, APDM, EIF, EIM
from .conftest import WorldMaker
from .nat_kinds import BY_ID
from .process import OwnedProcess
from .servers import missing_tools
from .topology import ServerAddresses

# turnutils_natdiscovery waits 3 s for each silence and stun (the RFC 3489 client) 5 s.
_PATIENCE_S = 40.0

_WORDS = {
    "Endpoint Independent": EIM,
    "Address Dependent": ADM,
    "Address and Port Dependent": APDM,
}

EXPECTED_3489 = {
    "routed": "Open",
    "stateful-firewall": "Firewall",
    "masquerade": "Independent Mapping, Port Dependent Filter",
    "masquerade-fully-random": "Dependent Mapping",
    "full-cone": "Independent Mapping, Independent Filter",
    "address-restricted-cone": "Independent Mapping, Address Dependent Filter",
    "address-dependent-mapping": "Dependent Mapping",
    "udp-dropped": "Blocked or could not reach STUN server",
}

EXPECTED_5780: dict[str, tuple[str | None, str | None]] = {
    "routed": (EIM, EIF),
    "stateful-firewall": (EIM, APDF),
    "masquerade": (EIM, APDF),
    "masquerade-fully-random": (APDM, APDF),
    "full-cone": (EIM, EIF),
    "address-restricted-cone": (EIM, ADF),
    "address-dependent-mapping": (ADM, APDF),
    "udp-dropped": (None, None),
}


def _rfc5780_verdict(output: str, of: str) -> str | None:
    """The last verdict printed: before it, "No NAT!" can stand for the same question."""
    section = output.split("-= Filtering")[0 if of == "Mapping" else 1]
    found = re.findall(rf"NAT with (.+) {of}!", section)
    return _WORDS[found[-1]] if found else None


@pytest.mark.slow
def test_coturn_client_agrees_with_the_labels(make_world: WorldMaker, coturn: ServerAddresses,
                                              tmp_path: Path) -> None:
    """turnutils_natdiscovery, in all worlds at once."""
    if missing_tools("turnutils_natdiscovery"):
        pytest.skip("needs turnutils_natdiscovery")
    running: dict[str, OwnedProcess] = {}
    for name in EXPECTED_5780:
        world = make_world(BY_ID[name])
        running[name] = world.client.start(
            ["turnutils_natdiscovery", "-m", "-f", "-L", world.client_address(4), coturn.v4[0]],
            tmp_path / name)
    seen = {}
    for name, process in running.items():
        process.wait(_PATIENCE_S)
        seen[name] = (_rfc5780_verdict(process.output(), "Mapping"),
                      _rfc5780_verdict(process.output(), "Filtering"))
    assert seen == EXPECTED_5780


@pytest.mark.slow
def test_rfc3489_client_agrees_with_the_labels(make_world: WorldMaker, coturn: ServerAddresses,
                                               tmp_path: Path) -> None:
    """Debian's stun, in all worlds at once."""
    if missing_tools("stun"):
        pytest.skip("needs stun")
    running = {name: make_world(BY_ID[name]).client.start(["stun", coturn.v4[0]], tmp_path / name)
               for name in EXPECTED_3489}
    seen = {}
    for name, process in running.items():
        process.wait(_PATIENCE_S)
        verdict = re.search(r"Primary: (.+)", process.output())
        words = [part.strip() for part in verdict[1].split(",")] if verdict else []
        seen[name] = ", ".join(words[: EXPECTED_3489[name].count(",") + 1])
    assert seen == EXPECTED_3489
