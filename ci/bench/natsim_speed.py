"""What simulated calls cost: wall time of nat-sim, and how it compares with the goals.

The cost of a NAT pair is the matrix's, which starts one process for all of its calls. The other
figures are whole runs of the program, from its start to its end, and the same without what
"nat-sim --version" takes: loading its libraries. The best of several runs counts: what is slower
was disturbed.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import time
from pathlib import Path

REPOSITORY = Path(__file__).resolve().parents[2]


def seconds(command: list[str], repeats: int) -> float:
    """The best wall time of several runs, all of which must end well."""
    best = float("inf")
    for _ in range(repeats):
        started = time.perf_counter()
        done = subprocess.run(command, capture_output=True, check=False)
        took = time.perf_counter() - started
        if done.returncode != 0:
            sys.exit(f"{' '.join(command)} ended with {done.returncode}: {done.stderr.decode()}")
        best = min(best, took)
    return best


def main() -> int:
    """Measures and prints; exit code 1 when a goal is missed."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--program", default=str(REPOSITORY / "build/release/bin/nat-sim"))
    parser.add_argument("--repeats", type=int, default=5)
    parser.add_argument("--json", action="store_true")
    arguments = parser.parse_args()
    program, repeats = arguments.program, arguments.repeats
    pair = ["call", "--a", "eim-apdf", "--b", "eim-apdf", "--turn", "none"]

    start = seconds([program, "--version"], repeats)
    nothing = seconds([program, *pair], repeats)
    half_minute = seconds([program, *pair, "--media", "30s"], repeats)
    matrix = seconds([program, "matrix"], repeats)
    one = seconds([program, *pair, "--media", "60s"], repeats)
    ten = seconds([program, *pair, "--media", "600s"], repeats)
    hour = seconds([program, *pair, "--media", "3600s"], 1)
    early_minute = (ten - one) / 9
    late_minute = (hour - ten) / 50

    rows = [
        ("a NAT pair, ICE only, one of the matrix's 162", matrix / 162 * 1000, "ms", 10.0),
        ("a whole nat-sim call, ICE only", nothing * 1000, "ms", None),
        ("   of which starting the program", start * 1000, "ms", None),
        ("a call with 30 s of two-way media, program running", (half_minute - start) * 1000, "ms",
         60.0),
        ("a whole nat-sim call with 30 s of two-way media", half_minute * 1000, "ms", None),
        ("the 81 pairs with and without TURN, one process", matrix, "s", 5.0),
        ("a minute of media, minutes 2 to 10", early_minute * 1000, "ms", None),
        ("a minute of media, minutes 11 to 60", late_minute * 1000, "ms", early_minute * 1250),
    ]
    if arguments.json:
        print(json.dumps({name.strip(): {unit: value, "goal": goal}
                          for name, value, unit, goal in rows}, indent=2))
    else:
        for name, value, unit, goal in rows:
            aim = "" if goal is None else f"   at most {goal:.3g} {unit}"
            print(f"{name:52s} {value:8.2f} {unit:2s}{aim}")
    missed = [name for name, value, _, goal in rows if goal is not None and value > goal]
    for name in missed:
        print(f"missed: {name.strip()}", file=sys.stderr)
    return 1 if missed else 0


if __name__ == "__main__":
    sys.exit(main())
