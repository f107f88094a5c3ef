"""nat-probe audit-server where a family has no route: said of this host, never of the server."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from binaries import Json, Program

from .conftest import why_not
from .namespace import Namespace
from .servers import serve_command, wait_for_file
from .topology import ALTERNATE_PORT, PORT

COULD_NOT = 2
ADDRESSES = ("127.0.0.1", "127.0.0.2")


@pytest.fixture
def host(namespaces_are_cleaned: None) -> Iterator[Namespace]:
    """With IPv4 loopback, and without any IPv6 address."""
    if reason := why_not():
        pytest.skip(reason)
    with Namespace("v4only") as made:
        made.sysctl("net.ipv6.conf.all.disable_ipv6=1")
        yield made


def sections(document: Json) -> dict[str, Json]:
    """By id."""
    return {section["id"]: section for section in document["sections"]}


@pytest.mark.root
def test_family_without_route_is_left_out_beside_the_other(
        host: Namespace, nat_probe: Program, ice_test: Path, tmp_path: Path) -> None:
    """localhost has both addresses; what is known is judged, and the rest is named."""
    ready = tmp_path / "ready"
    argv = serve_command(ice_test, ADDRESSES, PORT, ALTERNATE_PORT, ready)
    with host.start(argv, tmp_path / "log") as process:
        wait_for_file(ready, process)
        outcome = nat_probe.inside(host.prefix)("audit-server", "stun:localhost", "--format",
                                                "json")
    assert outcome.exit_code == 0, (outcome.err, outcome.out)
    left, = sections(outcome.json())["ipv6"]["findings"]
    assert left["verdict"] == "not_tested"
    assert "no route to [::1]:3478" in left["summary"]
    assert sections(outcome.json())["ipv4"]["findings"]


@pytest.mark.root
def test_only_family_without_route_cannot_be_asked(host: Namespace, nat_probe: Program) -> None:
    """Nothing was asked: exit code 2, and the cause is this host's."""
    outcome = nat_probe.inside(host.prefix)("audit-server", "stun:[::1]:3478", "--format", "json")
    assert outcome.exit_code == COULD_NOT, (outcome.err, outcome.out)
    document = outcome.json()
    assert not any(finding["verdict"] == "fail"
                   for section in document["sections"] for finding in section["findings"])
    assert "this host cannot send there" in document["headline"]
