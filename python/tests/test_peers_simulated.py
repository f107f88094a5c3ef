"""The reachability table of `nat-probe report` against unmodified libnice in nat-sim: all 81 pairs."""

from __future__ import annotations

import pytest

from binaries import REPOSITORY, Program

# Written by nobody: the unit tests hold it against what the report says.
TABLE = REPOSITORY / "probe" / "cli" / "report" / "tests" / "golden" / "reach_of_pairs.txt"


def test_table_is_what_libnice_does(nat_sim: Program) -> None:
    """Each pair, with and without relays. Where libnice nominates a relay before the direct pair is
    valid (RFC 8445 s8.1.1 permits that), the forecast of the same call has to be direct."""
    derived = {tuple(line.split()[:3]): line.split()[3] for line in TABLE.read_text().splitlines()}
    assert len(derived) == 2 * 81
    document = nat_sim("matrix", "--turn", "none", "--turn", "udp", "--format", "json",
                       timeout_s=120).json()
    seen = {}
    early = 0
    for cell in document["data"]["cells"]:
        pair = (cell["turn"], cell["presets"]["a"], cell["presets"]["b"])
        seen[pair] = cell["reach"]
        if cell["nominated_early"]:
            assert cell["reach"] == "relayed", pair
            seen[pair] = "direct"
            early += 1
    assert seen == derived
    assert early <= 8, "an exception, no way out"


@pytest.mark.parametrize("missing", ["udp eim-eif eim-eif", "none apdm-apdf apdm-apdf"])
def test_table_has_direct_and_failing_pairs(missing: str) -> None:
    """A table that says the same of everything would agree with anything."""
    lines = dict(line.rsplit(" ", 1) for line in TABLE.read_text().splitlines())
    assert lines[missing] == {"udp": "direct", "none": "unreachable"}[missing.split()[0]]
    assert set(lines.values()) == {"direct", "relayed", "unreachable"}
