"""A long-running child process that is ended by whoever started it, whatever happens."""

from __future__ import annotations

import subprocess
import weakref
from collections.abc import Sequence
from pathlib import Path

from .commands import die_with_parent

_GRACE_S = 2.0


def _end(process: subprocess.Popen[bytes]) -> None:
    """SIGTERM, and SIGKILL for those that do not listen."""
    if process.poll() is None:
        process.terminate()
        try:
            process.wait(_GRACE_S)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


class OwnedProcess:
    """Runs `argv` with its output in `log`; `stop`, garbage collection or exit end it."""

    def __init__(self, argv: Sequence[str], log: Path, cwd: Path | None = None) -> None:
        self.argv = list(argv)
        self.log = log
        with log.open("wb") as sink:
            self._process = subprocess.Popen(
                self.argv,
                stdin=subprocess.DEVNULL,
                stdout=sink,
                stderr=subprocess.STDOUT,
                cwd=cwd,
                start_new_session=True,
                preexec_fn=die_with_parent,
            )
        self._finalizer = weakref.finalize(self, _end, self._process)

    @property
    def pid(self) -> int:
        """Of the program itself: `ip netns exec` replaces itself by it."""
        return self._process.pid

    @property
    def exit_code(self) -> int | None:
        """None while it runs."""
        return self._process.poll()

    def output(self) -> str:
        """Everything it has written so far."""
        return self.log.read_text(errors="replace")

    def send(self, sign: int) -> None:
        """Sends it a signal."""
        self._process.send_signal(sign)

    def wait(self, timeout_s: float) -> int:
        """The exit code; subprocess.TimeoutExpired if it does not end in time."""
        return self._process.wait(timeout_s)

    def stop(self) -> None:
        """Ends it; harmless when it has ended already."""
        self._finalizer()

    def __enter__(self) -> OwnedProcess:
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()
