"""The simulated kernel's socket cases, on the real kernel, with a neighbour on a LAN.

The cases are plain socket code (nat-sim/virtual/tests/semantics_*.cpp). The unit tests run all of
them in the simulated world, and on this kernel those that loopback is enough for; the rest is here.
"""

from __future__ import annotations

import re
from pathlib import Path

from .namespace import Namespace

HERE = ("addr add 192.0.2.1/24 dev lan0", "addr add 198.51.100.1/24 dev lan0",
        "addr add 2001:db8::1/64 dev lan0 nodad")
NEIGHBOUR = ("addr add 192.0.2.2/24 dev lan1", "addr add 198.51.100.2/24 dev lan1",
             "addr add 2001:db8::2/64 dev lan1 nodad")


def test_all_cases_hold_on_this_kernel(
        namespaces_are_cleaned: None, nat_virtual_tests: Path) -> None:
    """None is skipped: a case that only the simulated world passes would prove nothing."""
    with Namespace("here") as here, Namespace("neighbour") as neighbour:
        here.link("lan0", neighbour, "lan1")
        here.ip(*HERE)
        neighbour.ip(*NEIGHBOUR)
        result = here.run(
            ["env", "PORTOLAN_SEMANTICS_LAN=1", str(nat_virtual_tests), "--gtest_filter=*RealKernel*"],
            timeout_s=120, check=False)
    assert result.returncode == 0, result.stdout
    assert "SKIPPED" not in result.stdout, result.stdout
    passed = re.search(r"\[  PASSED  \] (\d+) tests", result.stdout)
    assert passed and int(passed[1]) >= 37, result.stdout
