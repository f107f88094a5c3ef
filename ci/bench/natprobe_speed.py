"""How long nat-probe takes to classify a NAT, beside Debian's stun and turnutils_natdiscovery.

All three run in the same network namespaces against the same server, whose replies take 40 ms.
Prints a Markdown table of medians and ratios. Entering a namespace and starting a process there is
no tool's work: it is measured with true(1) beside them, and the goals do not count it. Exit code 1 when nat-probe missed a goal or was
wrong, 2 when nothing can be measured. Needs root.
"""

from __future__ import annotations

import argparse
import contextlib
import json
import re
import statistics
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

REPOSITORY = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(REPOSITORY / "python" / "tests"))

from binaries import ReportReader, build_directory  # noqa: E402
from netns.commands import CommandError  # noqa: E402
from netns.conftest import why_not  # noqa: E402
from netns.impaired_link import Impairment  # noqa: E402
from netns.nat_kinds import BY_ID, NatKind  # noqa: E402
from netns.namespace import leftovers, remove_orphans  # noqa: E402
from netns.servers import Coturn, Embedded, missing_tools  # noqa: E402
from netns.topology import COTURN, EMBEDDED, Internet, ServerAddresses, World  # noqa: E402

_TIMEOUT_S = 60.0
_ROUND_TRIP_S = 0.040


@dataclass(frozen=True)
class Goal:
    """A NAT to classify and how long nat-probe may take for it."""

    title: str
    kind: NatKind
    limit_s: float


GOALS = (
    Goal("EIM + APDF (Linux masquerade)", BY_ID["masquerade"], 0.45),
    # Where every question is answered, nothing has to be waited for but the answers.
    Goal("EIM + EIF (full cone)", BY_ID["full-cone"], 2 * _ROUND_TRIP_S + 0.05),
    Goal("no NAT, no firewall", BY_ID["routed"], 2 * _ROUND_TRIP_S + 0.05),
    Goal("UDP blocked, TCP answers", BY_ID["udp-dropped"], 1.0),
)


@dataclass(frozen=True)
class Tool:
    """A probe: its command line, and what it must have said for its time to count."""

    name: str
    command: Callable[[World, str], list[str]]
    is_right: Callable[[str, NatKind], bool]


def _nat_probe_is_right(output: str, kind: NatKind) -> bool:
    report = ReportReader(json.loads(output))
    if kind.expect.udp != "reachable":
        return report.value(4, "udp") == kind.expect.udp
    return (report.value(4, "mapping") == kind.expect.mapping
            and report.value(4, "filtering") == kind.expect.filtering)


def _stun_is_right(output: str, kind: NatKind) -> bool:
    if kind.expect.udp != "reachable":
        return "Blocked" in output
    words = {"endpoint-independent": "Independent Filter",
             "address-and-port-dependent": "Port Dependent Filter"}
    if kind.expect.translation == "none":
        return "Primary: Open" in output
    return f"Independent Mapping, {words[kind.expect.filtering or '']}" in output


def _natdiscovery_is_right(output: str, kind: NatKind) -> bool:
    verdicts = re.findall(r"NAT with (.+)!", output)
    if kind.expect.udp != "reachable":
        return not verdicts
    words = {"endpoint-independent": "Endpoint Independent Filtering",
             "address-and-port-dependent": "Address and Port Dependent Filtering"}
    return verdicts == ["Endpoint Independent Mapping", words[kind.expect.filtering or ""]]


def tools(nat_probe: Path) -> list[Tool]:
    """Those that are installed, ours first."""
    known = [
        Tool("nat-probe", lambda _, server: [str(nat_probe), "--stun", f"stun:{server}:3478",
                                             "--family", "4", "--format", "json"],
             _nat_probe_is_right),
        Tool("stun", lambda _, server: ["stun", server], _stun_is_right),
        Tool("turnutils_natdiscovery",
             lambda world, server: ["turnutils_natdiscovery", "-m", "-f",
                                    "-L", world.client_address(4), server],
             _natdiscovery_is_right),
    ]
    return [tool for tool in known
            if (nat_probe.is_file() if tool.name == "nat-probe" else not missing_tools(tool.name))]


@dataclass(frozen=True)
class Measurement:
    """Of one tool at one NAT."""

    seconds: list[float]
    wrong_count: int

    @property
    def median_s(self) -> float:
        """Of wall time, program start included."""
        return statistics.median(self.seconds)


def measure(tool: Tool, goal: Goal, world: World, server: str, runs: int) -> Measurement:
    """Runs one tool `runs` times, one after the other."""
    seconds: list[float] = []
    wrong = 0
    for _ in range(runs):
        started = time.monotonic()
        result = world.client.run(tool.command(world, server), timeout_s=_TIMEOUT_S, check=False)
        seconds.append(time.monotonic() - started)
        wrong += not tool.is_right(result.stdout + ("" if tool.name == "nat-probe"
                                                    else result.stderr), goal.kind)
    return Measurement(seconds, wrong)


@contextlib.contextmanager
def far_side(server: str, directory: Path) -> Iterator[tuple[Internet, ServerAddresses,
                                                             Impairment | None]]:
    """The internet with one running server; coturn cannot delay replies, so its link does."""
    with Internet() as internet:
        if server == "embedded":
            ice_test = build_directory() / "bin" / "ice-test"
            with Embedded(internet, EMBEDDED, directory, ice_test, ["--reply-delay", "40ms"]):
                yield internet, EMBEDDED, None
        else:
            with Coturn(internet, COTURN, directory):
                yield internet, COTURN, Impairment(delay_ms=_ROUND_TRIP_S * 500)


def start_s(world: World, runs: int) -> float:
    """What it takes to enter the namespace and start a process that does nothing."""
    nothing = Tool("true", lambda _world, _server: ["true"], lambda _output, _kind: True)
    return measure(nothing, GOALS[0], world, "", runs).median_s


def is_missed(goal: Goal, ours: Measurement, started_s: float) -> bool:
    """Too slow, or fast and wrong."""
    return ours.median_s - started_s > goal.limit_s or ours.wrong_count > 0


def row(goal: Goal, results: dict[str, Measurement], started_s: float) -> str:
    """One line of the table; ratios are to our own median."""
    ours = results.get("nat-probe")
    verdict = " (missed)" if ours and is_missed(goal, ours, started_s) else ""
    cells = [goal.title, f"{goal.limit_s:.2f} s{verdict}", f"{started_s:.3f} s"]
    for name, result in results.items():
        text = f"{result.median_s:.3f} s"
        if ours and name != "nat-probe":
            text += f" ({result.median_s / ours.median_s:.0f}x)"
        cells.append(text + (f", {result.wrong_count} wrong" if result.wrong_count else ""))
    return "| " + " | ".join(cells) + " |"


def main() -> int:
    """0; 1 when nat-probe missed a goal or was wrong; 2 when it cannot measure."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--runs", type=int, default=5, help="for each tool and NAT")
    parser.add_argument("--server", choices=("embedded", "coturn"), default="embedded")
    given = parser.parse_args()
    if reason := why_not():
        print(f"natprobe_speed: {reason}", file=sys.stderr)
        return 2
    if given.runs < 1:
        parser.error("--runs: one run at least")
    for program in ("nat-probe", "ice-test"):
        if not (path := build_directory() / "bin" / program).is_file():
            print(f"natprobe_speed: {path} is not built", file=sys.stderr)
            return 2
    compared = tools(build_directory() / "bin" / "nat-probe")
    missed: list[str] = []
    remove_orphans()
    print(f"Wall time, median of {given.runs} runs, program start included; {given.server} server, "
          f"round trip {_ROUND_TRIP_S * 1000:.0f} ms.\n")
    print("| NAT | goal | true | " + " | ".join(tool.name for tool in compared) + " |")
    print("|---|---|---|" + "---|" * len(compared))
    try:
        with tempfile.TemporaryDirectory() as directory, \
                far_side(given.server, Path(directory)) as (internet, addresses, impairment):
            for goal in GOALS:
                with World(internet, {4: goal.kind}, impairment) as world:
                    results = {tool.name: measure(tool, goal, world, addresses.v4[0], given.runs)
                               for tool in compared}
                    started_s = start_s(world, given.runs)
                print(row(goal, results, started_s), flush=True)
                ours = results.get("nat-probe")
                if ours is None or is_missed(goal, ours, started_s):
                    missed.append(goal.title)
    except CommandError as error:
        print(f"natprobe_speed: {error}", file=sys.stderr)
        return 2
    assert leftovers() == []
    if missed:
        print(f"natprobe_speed: missed: {'; '.join(missed)}", file=sys.stderr)
    return 1 if missed else 0


if __name__ == "__main__":
    sys.exit(main())
