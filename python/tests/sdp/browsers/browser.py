"""One real browser, headless, kept alive over many descriptions.

It runs in a network namespace of its own with nothing in it but loopback and one interface that
leads nowhere: whatever addresses a description names, no packet leaves the machine."""

from __future__ import annotations

import json
import os
import select
import shutil
import subprocess
import tempfile
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Self

HERE = Path(__file__).resolve().parent
REPOSITORY = HERE.parents[3]
NODE_MODULES = REPOSITORY / "build" / "npm" / "node_modules"
# The programs of Debian's packages chromium and firefox-esr, by the name that --target uses.
EXECUTABLES = {"chrome": "chromium", "firefox": "firefox-esr"}

# Documentation addresses (RFC 5737, RFC 3849), so that a capture holds candidates of both families.
_NAMESPACE = """
ip link set lo up
ip link add nowhere type veth peer name nobody
ip addr add 192.0.2.10/24 dev nowhere
ip addr add 2001:db8::10/64 dev nowhere nodad
ip link set nowhere up
ip link set nobody up
ip route add default via 192.0.2.1 dev nowhere
ip -6 route add default via 2001:db8::1 dev nowhere
exec "$@"
"""


class BrowserError(Exception):
    """The browser or its driver broke; never the verdict on a description."""


class BrowserCrash(BrowserError):
    """The process of the page died; all its connections are gone, and there is a new page."""


@dataclass(frozen=True)
class Verdict:
    """What a browser made of one description."""

    accepted: bool
    error: str = ""
    message: str = ""
    # Of an accepted offer: indices of the sections that the browser's own answer rejects, or the
    # error of createAnswer.
    declined: tuple[int, ...] | str = ()

    @staticmethod
    def of(found: dict[str, Any]) -> Verdict:
        """From what page.js returns."""
        declined = found.get("declined", ())
        return Verdict(found["accepted"], found.get("error", ""), found.get("message", ""),
                       declined if isinstance(declined, str) else tuple(declined))


def _unshare() -> list[str]:
    return ["unshare", "--net"] if os.geteuid() == 0 else ["unshare", "--map-root-user", "--net"]


def why_not(kind: str) -> str | None:
    """The reason why a browser cannot be driven here, or None."""
    if missing := [name for name in (EXECUTABLES[kind], "node", "unshare", "ip")
                   if shutil.which(name) is None]:
        return f"needs {', '.join(missing)} (ci/setup.sh test)"
    if not (NODE_MODULES / "puppeteer-core").is_dir():
        return "needs puppeteer-core from npm (ci/npm/fetch.sh)"
    made = subprocess.run([*_unshare(), "true"], capture_output=True, text=True, check=False)
    if made.returncode != 0:
        return f"needs a network namespace: {made.stderr.strip()}"
    return None


class Browser:
    """The browser of one kind, chrome or firefox; a context manager."""

    def __init__(self, kind: str) -> None:
        self.kind = kind
        self._folder = tempfile.TemporaryDirectory(prefix=f"portolan-{kind}-",
                                                   ignore_cleanup_errors=True)
        executable = shutil.which(EXECUTABLES[kind])
        if executable is None:
            raise BrowserError(f"{EXECUTABLES[kind]} is not installed")
        home = Path(self._folder.name)
        (home / "profile").mkdir()
        # A home of its own: Firefox refuses one that belongs to somebody else.
        environment = {**os.environ, "HOME": str(home), "XDG_RUNTIME_DIR": str(home)}
        self._log = (home / "log").open("w+")
        self._driver = subprocess.Popen(
            [*_unshare(), "sh", "-ec", _NAMESPACE, "sh", "node", str(HERE / "driver.mjs"),
             str(NODE_MODULES), kind, executable, str(home / "profile")],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=self._log, env=environment)
        self._pending = b""
        # Such as "Chrome/156.0.8078.108" and "firefox/153.8.0".
        self.version = str(self._answer(60.0)["version"]).rsplit("/", 1)[-1]

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *exception: object) -> None:
        self.close()

    def close(self) -> None:
        """Ends the driver, which ends the browser."""
        assert self._driver.stdin is not None
        self._driver.stdin.close()
        try:
            self._driver.wait(15.0)
        except subprocess.TimeoutExpired:
            self._driver.kill()
            self._driver.wait()
        self._log.close()
        self._folder.cleanup()

    @property
    def major(self) -> str:
        """The major version, as --target takes it."""
        return self.version.split(".", 1)[0]

    def call(self, op: str, *args: object, timeout_s: float = 60.0) -> Any:
        """One operation of page.js."""
        assert self._driver.stdin is not None
        request = json.dumps({"op": op, "args": args}) + "\n"
        try:
            self._driver.stdin.write(request.encode())
            self._driver.stdin.flush()
        except BrokenPipeError:
            raise BrowserError(f"{self.kind}: the driver ended: {self._said()}") from None
        answer = self._answer(timeout_s)
        if "crash" in answer:
            raise BrowserCrash(answer["crash"])
        if "failure" in answer:
            raise BrowserError(f"{self.kind}: {op}: {answer['failure']}")
        return answer["value"]

    def offers(self, blobs: Sequence[str]) -> list[Verdict]:
        """What setRemoteDescription makes of each offer, each on a connection of its own."""
        found = self.call("offers", list(blobs), timeout_s=60.0 + len(blobs))
        return [Verdict.of(each) for each in found]

    def peer(self, *media: str) -> Peer:
        """A new connection with tracks: audio, video, data, simulcast; `audio:recvonly` and so."""
        return Peer(self, self.call("create", media))

    def interfaces(self) -> list[str]:
        """The network interfaces that the browser sees."""
        lines = Path(f"/proc/{self._driver.pid}/net/dev").read_text().splitlines()[2:]
        return [line.split(":")[0].strip() for line in lines]

    def reset(self) -> None:
        """Drops all connections."""
        self.call("reset")

    def _answer(self, timeout_s: float) -> dict[str, Any]:
        assert self._driver.stdout is not None
        end = time.monotonic() + timeout_s
        descriptor = self._driver.stdout.fileno()
        while b"\n" not in self._pending:
            ready, _, _ = select.select([descriptor], [], [], max(0.0, end - time.monotonic()))
            if not ready:
                raise BrowserError(f"{self.kind}: no answer within {timeout_s:g} s: {self._said()}")
            received = os.read(descriptor, 1 << 16)
            if not received:
                raise BrowserError(f"{self.kind}: the driver ended: {self._said()}")
            self._pending += received
        line, self._pending = self._pending.split(b"\n", 1)
        answer: dict[str, Any] = json.loads(line)
        return answer

    def _said(self) -> str:
        self._log.flush()
        self._log.seek(0)
        return " ".join(self._log.read().split())[-500:] or "it said nothing"


class Peer:
    """One RTCPeerConnection."""

    def __init__(self, browser: Browser, number: int) -> None:
        self._browser = browser
        self._number = number

    def add(self, *media: str) -> None:
        """More tracks."""
        self._browser.call("add", self._number, media)

    def attach(self, *media: str) -> None:
        """Tracks for the transceivers that the other side's offer made."""
        self._browser.call("attach", self._number, media)

    def direction(self, index: int, direction: str) -> None:
        """Of the transceiver with that index; `stopped` stops it."""
        self._browser.call("direction", self._number, index, direction)

    def offer(self, ice_restart: bool = False) -> str:
        """A new offer, not applied."""
        return str(self._browser.call("createOffer", self._number, {"iceRestart": ice_restart}))

    def answer(self) -> str:
        """A new answer, not applied."""
        return str(self._browser.call("createAnswer", self._number))

    def local(self, kind: str, sdp: str) -> Verdict:
        """setLocalDescription."""
        return self._verdict("setLocal", kind, sdp)

    def remote(self, kind: str, sdp: str) -> Verdict:
        """setRemoteDescription."""
        return self._verdict("setRemote", kind, sdp)

    def _verdict(self, op: str, kind: str, sdp: str) -> Verdict:
        try:
            return Verdict.of(self._browser.call(op, self._number, kind, sdp))
        except BrowserCrash as crash:
            return Verdict(False, "Crash", str(crash))

    def gathered(self) -> str:
        """The local description once all candidates are in it."""
        return str(self._browser.call("gathered", self._number))

    def close(self) -> None:
        """Ends the connection."""
        self._browser.call("close", self._number)
