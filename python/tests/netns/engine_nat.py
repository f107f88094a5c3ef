"""Plays a packet script through the simulated NAT, by the test program nat_script."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path

from .commands import run
from .packet_script import In, Out, Row, Seen, Step


def _as_json(step: Step) -> dict[str, object]:
    match step:
        case Out():
            return {"kind": "out", "host": step.host, "port": step.port, "to": step.to}
        case In():
            return {"kind": "in", "sender": step.sender, "port": step.port,
                    "reply_to": step.reply_to, "protocol": step.protocol}
        case _:
            return {"kind": "pause", "pause_ms": round(step.seconds * 1000)}


def play(nat_script: Path, row: Row, seed: int = 1, preset: str | None = None,
         parameters: Mapping[str, object] | None = None) -> list[Seen]:
    """One result per step; `preset` and `parameters` replace those of the row."""
    script = {"preset": preset or row.preset, "seed": seed,
              "parameters": row.parameters if parameters is None else parameters,
              "steps": [_as_json(step) for step in row.steps]}
    out = run([str(nat_script)], stdin=json.dumps(script)).stdout
    return [Seen(**entry) for entry in json.loads(out)]
