"""A link with delay, jitter, loss and duplicates between two namespaces, made of two TUN devices.

Not every kernel has netem. Run as a program it joins the namespaces given on its command line and
carries packets until it is ended.
"""

from __future__ import annotations

import argparse
import ctypes
import fcntl
import heapq
import itertools
import os
import random
import select
import struct
import sys
import time
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

_TUNSETIFF = 0x400454CA
_IFF_TUN = 0x0001
_IFF_NO_PI = 0x1000
_CLONE_NEWNET = 0x40000000


@dataclass(frozen=True)
class Impairment:
    """What happens to packets, in each direction."""

    delay_ms: float = 0.0
    jitter_ms: float = 0.0
    loss_pct: float = 0.0
    duplicate_pct: float = 0.0
    seed: int = 1

    def arguments(self) -> list[str]:
        """For the command line of this file."""
        return [word for name, value in asdict(self).items()
                for word in (f"--{name.replace('_', '-')}", str(value))]


def open_tun(namespace: str, device: str) -> int:
    """A descriptor of a new TUN device in the namespace; this process stays in it."""
    libc = ctypes.CDLL(None, use_errno=True)
    with Path("/run/netns", namespace).open("rb") as handle:
        if libc.setns(handle.fileno(), _CLONE_NEWNET) != 0:
            raise OSError(ctypes.get_errno(), f"setns {namespace}")
    tun = os.open("/dev/net/tun", os.O_RDWR | os.O_NONBLOCK)
    fcntl.ioctl(tun, _TUNSETIFF, struct.pack("16sH22x", device.encode(), _IFF_TUN | _IFF_NO_PI))
    return tun


def carry(ends: Sequence[int], how: Impairment) -> None:
    """Moves packets between the two descriptors, for ever."""
    chance = random.Random(how.seed)
    order = itertools.count()
    due: list[tuple[float, int, int, bytes]] = []
    while True:
        wait = max(0.0, due[0][0] - time.monotonic()) if due else None
        readable, _, _ = select.select(ends, [], [], wait)
        for end in readable:
            packet = os.read(end, 65535)
            other = ends[1] if end == ends[0] else ends[0]
            copies = 1 + (chance.uniform(0, 100) < how.duplicate_pct)
            for _ in range(copies):
                if chance.uniform(0, 100) < how.loss_pct:
                    continue
                delay_ms = how.delay_ms + chance.uniform(0, how.jitter_ms)
                at = time.monotonic() + delay_ms / 1000
                heapq.heappush(due, (at, next(order), other, packet))
        while due and due[0][0] <= time.monotonic():
            _, _, end, packet = heapq.heappop(due)
            try:
                os.write(end, packet)
            except OSError:
                pass  # the other side's device is not up yet


def main() -> int:
    """Joins two namespaces; writes the ready file once both devices exist."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    for name in ("namespace-a", "device-a", "namespace-b", "device-b", "ready-file"):
        parser.add_argument(f"--{name}", required=True)
    for name, value in asdict(Impairment()).items():
        parser.add_argument(f"--{name.replace('_', '-')}", type=type(value), default=value)
    given = parser.parse_args()
    ends = [open_tun(given.namespace_a, given.device_a),
            open_tun(given.namespace_b, given.device_b)]
    Path(given.ready_file).touch()
    carry(ends, Impairment(given.delay_ms, given.jitter_ms, given.loss_pct, given.duplicate_pct,
                           given.seed))
    return 0


if __name__ == "__main__":
    sys.exit(main())
