"""Whatever ends a run, nothing of it stays: namespaces, devices, processes."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from .namespace import Namespace, leftovers, remove_orphans
from .topology import Internet

_TESTS = Path(__file__).resolve().parents[1]

# Builds a world with a process in it, says so, and waits for its fate.
_VICTIM = """
import signal, sys
from pathlib import Path
from netns.impaired_link import Impairment
from netns.nat_kinds import BY_ID
from netns.topology import Internet, World
# Whoever runs the tests in the background may have had SIGINT ignored.
signal.signal(signal.SIGINT, signal.default_int_handler)
signal.signal(signal.SIGTERM, signal.default_int_handler)
directory = Path(sys.argv[1])
internet = Internet()
world = World(internet, {4: BY_ID["double-nat"]}, Impairment(delay_ms=1))
sleeper = world.client.start(["sleep", "600"], directory / "log")
(directory / "pid").write_text(str(sleeper.pid))
print("built", flush=True)
FATE
"""

WAIT = "signal.pause()"


def gone(pid: int) -> bool:
    """Ended, whether or not somebody has collected it."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[0] in "ZX"
    except (FileNotFoundError, ProcessLookupError):
        return True


def eventually(condition: Callable[[], bool]) -> bool:
    """Polls for at most ten seconds."""
    deadline = time.monotonic() + 10
    while not condition() and time.monotonic() < deadline:
        time.sleep(0.01)
    return condition()


def build_and_end(fate: str, signal_number: int | None, directory: Path) -> tuple[int, int]:
    """Runs the victim to its end; its process id and that of the process it owned."""
    script = _VICTIM.replace("FATE", fate)
    with subprocess.Popen([sys.executable, "-c", script, str(directory)], cwd=_TESTS,
                          stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True) as victim:
        assert victim.stdout is not None
        assert victim.stdout.readline() == "built\n"
        assert len(leftovers(victim.pid)) == 4
        if signal_number is not None:
            victim.send_signal(signal_number)
        try:
            victim.wait(20)
        except subprocess.TimeoutExpired:
            victim.kill()  # or leaving the block would wait for ever
            raise
    return victim.pid, int((directory / "pid").read_text())


@pytest.mark.parametrize(("fate", "signal_number"), [
    ("pass", None), ("raise RuntimeError", None), ("sys.exit(3)", None),
    (WAIT, signal.SIGINT), (WAIT, signal.SIGTERM),
], ids=["end", "exception", "exit", "interrupt", "terminate"])
def test_everything_goes_with_its_owner(internet: Internet, fate: str, signal_number: int | None,
                                        tmp_path: Path) -> None:
    """Without a single close() having been called."""
    owner, owned = build_and_end(fate, signal_number, tmp_path)
    assert leftovers(owner) == []
    assert eventually(lambda: gone(owned))


def test_killed_owner_leaves_no_process_and_the_next_run_cleans_up(internet: Internet,
                                                                   tmp_path: Path) -> None:
    """SIGKILL lets nobody clean up; only what nobody owns any more is removed, and only then."""
    owner, owned = build_and_end(WAIT, signal.SIGKILL, tmp_path)
    assert eventually(lambda: gone(owned))
    assert len(leftovers(owner)) == 4
    assert set(remove_orphans()) >= {f"portolan-{owner}-1-internet"}
    assert leftovers(owner) == []
    assert internet.name in leftovers(os.getpid())


def test_failure_while_building_leaves_nothing(internet: Internet) -> None:
    """A namespace whose construction fails half-way is removed."""
    before = leftovers()
    with pytest.raises(RuntimeError), Namespace("broken") as namespace:
        namespace.nft("this is no ruleset")
    assert leftovers() == before


@pytest.mark.root
def test_numbers_of_worlds_are_used_again_and_never_twice_at_a_time(internet: Internet) -> None:
    """More worlds than an octet has values, one of them to the end."""
    with internet.number() as kept:
        for _ in range(300):
            with internet.number() as number:
                assert 0 < number < 255
                assert number != kept
