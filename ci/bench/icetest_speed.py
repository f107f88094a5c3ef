"""How long ice-test takes against Debian's coturn on the loopback interface.

Prints a Markdown table of medians. Exit code 1 when a goal was missed or a verdict was wrong, 2 when
nothing can be measured.
"""

from __future__ import annotations

import argparse
import json
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

REPOSITORY = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(REPOSITORY / "python" / "tests"))

from binaries import build_directory  # noqa: E402
from turn_servers import TurnServer, ice_servers  # noqa: E402

READY_GOAL_MS = 100.0
SUITE_GOAL_MS = 3000.0


def report_of(ice_test: Path, folder: Path, *words: str) -> dict[str, Any]:
    """What one run wrote."""
    output = folder / "report.json"
    output.unlink(missing_ok=True)
    subprocess.run([str(ice_test), *words, "--format", "json", "--output", str(output)],
                   check=False, capture_output=True, timeout=120)
    document: dict[str, Any] = json.loads(output.read_text())
    return document


def finding_of(report: dict[str, Any], wanted: str) -> dict[str, Any]:
    """The finding of that id."""
    found: dict[str, Any] = next(finding for section in report["sections"]
                                 for finding in section["findings"] if finding["id"] == wanted)
    return found


def main() -> int:
    """Measures, prints, judges."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--runs", type=int, default=9)
    options = parser.parse_args()
    ice_test = build_directory() / "bin" / "ice-test"
    if not ice_test.is_file() or shutil.which("turnserver") is None:
        print("needs a built ice-test and Debian's turnserver", file=sys.stderr)
        return 2
    rows: list[tuple[str, float, float]] = []
    is_right = True

    def measure(title: str, goal_ms: float, one: Callable[[], float]) -> None:
        rows.append((title, statistics.median(one() for _ in range(options.runs)), goal_ms))

    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        with TurnServer(folder / "coturn", ["allow-loopback-peers"]) as server:
            for transport in ("udp", "tcp"):
                servers = str(ice_servers(folder / f"{transport}.json", [server.uri(transport)],
                                          {"alice": "wonderland"}))

                def ready(servers: str = servers) -> float:
                    nonlocal is_right
                    report = report_of(ice_test, folder, "ice", "--ice-servers", servers, "--only",
                                       "ice/relay-to-relay")
                    finding = finding_of(report, "ice/relay-to-relay")
                    is_right = is_right and finding["verdict"] == "pass"
                    return float(finding["data"].get("ready_ms", 1e9))

                def suite(servers: str = servers) -> float:
                    nonlocal is_right
                    started = time.monotonic()
                    report = report_of(ice_test, folder, "turn", "--ice-servers", servers)
                    is_right = is_right and report["complete"]
                    return 1000 * (time.monotonic() - started)

                measure(f"two libnice agents connected, relay to relay, {transport}", READY_GOAL_MS,
                        ready)
                measure(f"the fast checks of ice-test turn, {transport}", SUITE_GOAL_MS, suite)
    print(f"| coturn on loopback, median of {options.runs} | time | goal |")
    print("|---|---|---|")
    for title, median_ms, goal_ms in rows:
        print(f"| {title} | {median_ms:.0f} ms | {goal_ms:.0f} ms |")
    return 0 if is_right and all(median <= goal for _, median, goal in rows) else 1


if __name__ == "__main__":
    sys.exit(main())
