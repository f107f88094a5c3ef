"""A Python parser on one description, calls per second in the best round:

    python_parse.py aiortc|portolan.parse|portolan.lint FILE ROUNDS SECONDS_A_ROUND

portolan.lint parses and applies all rules.
"""

from __future__ import annotations

import sys
import time
from collections.abc import Callable
from pathlib import Path


def parser(name: str) -> Callable[[str], object]:
    """The call that is measured."""
    if name == "aiortc":
        from aiortc.sdp import SessionDescription
        aiortc_parse: Callable[[str], object] = SessionDescription.parse
        return aiortc_parse
    from portolan import sdp
    calls: dict[str, Callable[[str], object]] = {
        "portolan.parse": sdp.parse, "portolan.lint": sdp.lint}
    return calls[name]


def main() -> None:
    """Measures and prints."""
    name, file, rounds, seconds = sys.argv[1:]
    parse = parser(name)
    text = Path(file).read_bytes().decode()
    best = 0.0
    for _ in range(int(rounds)):
        begin = time.perf_counter()
        done = 0
        while (took := time.perf_counter() - begin) < float(seconds):
            for _ in range(20):
                parse(text)
            done += 20
        best = max(best, done / took)
    print(f"{best:.0f}")


if __name__ == "__main__":
    main()
