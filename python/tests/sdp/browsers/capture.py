"""Records what the installed browsers say to each other: sdp-lint/corpus/captures.

    PYTHONPATH=python/tests /usr/bin/python3 -m sdp.browsers.capture [FOLDER]

Every session is a folder with its descriptions in order, as the peer was handed them: byte for
byte, nothing edited. captures.json says which browsers they came from and how."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from .browser import EXECUTABLES, REPOSITORY, Browser, Peer, Verdict

CAPTURES = REPOSITORY / "sdp-lint" / "corpus" / "captures"


class CaptureError(Exception):
    """A browser did not take what the other one said."""


# What to make of a description's text; the description before it is the second argument.
Change = Callable[[str, Sequence[str]], str]


@dataclass(frozen=True)
class Description:
    """One description of a session."""

    kind: str
    sdp: str


class Tampered(Exception):
    """The call ended at a description that was changed on its way."""

    def __init__(self, verdict: Verdict, said: list[Description]) -> None:
        super().__init__(verdict.message)
        self.verdict = verdict
        # All that was said, the last as it arrived.
        self.said = said


class Call:
    """An offerer and an answerer, and all that they have said."""

    def __init__(self, offerer: Browser, answerer: Browser, *media: str) -> None:
        self.offerer = offerer.peer(*media)
        self.answerer = answerer.peer()
        # Changes the description with that number, counted from 1, before it arrives.
        self.tamper: tuple[int, Change] | None = None
        # Tracks that the answerer adds once it has seen the first offer.
        self.reply: tuple[str, ...] = ()
        self.said: list[Description] = []

    def round(self, ice_restart: bool = False, candidates: bool = True) -> None:
        """One offer and its answer, with all candidates or none."""
        offer = self.say_offer(ice_restart, candidates)
        self._deliver(self.answerer)
        if self.reply:
            self.answerer.attach(*self.reply)
            self.reply = ()
        answer = self.answerer.answer()
        _taken(self.answerer.local("answer", answer), "own answer")
        answer = self.answerer.gathered() if candidates else answer
        self.said.append(Description("answer", answer))
        self._deliver(self.offerer)

    def _deliver(self, peer: Peer) -> None:
        last = self.said[-1]
        if self.tamper is not None and self.tamper[0] == len(self.said):
            changed = self.tamper[1](last.sdp, [each.sdp for each in self.said[:-1]])
            self.said[-1] = Description(last.kind, changed)
            raise Tampered(peer.remote(last.kind, changed), self.said)
        _taken(peer.remote(last.kind, last.sdp), last.kind)

    def say_offer(self, ice_restart: bool = False, candidates: bool = True) -> str:
        """An offer that is applied where it was made."""
        offer = self.offerer.offer(ice_restart)
        _taken(self.offerer.local("offer", offer), "own offer")
        offer = self.offerer.gathered() if candidates else offer
        self.said.append(Description("offer", offer))
        return offer

    def close(self) -> None:
        """Ends both sides."""
        self.offerer.close()
        self.answerer.close()


def _taken(verdict: Verdict, what: str) -> None:
    if not verdict.accepted:
        raise CaptureError(f"{what}: {verdict.message}")


@dataclass(frozen=True)
class Scenario:
    """How a call goes."""

    media: tuple[str, ...]
    candidates: bool = True
    # Both sides send.
    reply: tuple[str, ...] = ()
    # What the offerer does before a second round; without it there is only one.
    change: Callable[[Peer], None] | None = None
    ice_restart: bool = False


def _nothing(_: Peer) -> None:
    pass


_AV = ("audio", "video")
_ALL = ("audio", "video", "data")

SCENARIOS: dict[str, Scenario] = {
    "audio": Scenario(("audio",)),
    "video": Scenario(("video",)),
    "data": Scenario(("data",)),
    "av": Scenario(_AV),
    "all": Scenario(_ALL),
    "all-trickled": Scenario(_ALL, candidates=False),
    "simulcast": Scenario(("audio", "simulcast")),
    "receive-only": Scenario(("audio:recvonly", "video:recvonly")),
    "conversation": Scenario(_ALL, reply=_AV),
    "again": Scenario(_ALL, reply=_AV, change=_nothing),
    "add-video": Scenario(("audio",), change=lambda peer: peer.add("video")),
    "ice-restart": Scenario(_ALL, change=_nothing, ice_restart=True),
    "hold": Scenario(_AV, change=lambda peer: peer.direction(0, "inactive")),
    "stop-video": Scenario(_AV, change=lambda peer: peer.direction(1, "stopped")),
}


def play(name: str, offerer: Browser, answerer: Browser,
         tamper: tuple[int, Change] | None = None) -> list[Description]:
    """What is said in one scenario."""
    scenario = SCENARIOS[name]
    call = Call(offerer, answerer, *scenario.media)
    call.reply = scenario.reply
    call.tamper = tamper
    try:
        call.round(candidates=scenario.candidates)
        if scenario.change:
            scenario.change(call.offerer)
            call.round(ice_restart=scenario.ice_restart)
        return call.said
    finally:
        call.close()


def package(kind: str) -> str:
    """The Debian package of a browser and its version."""
    browser = EXECUTABLES[kind]
    listed = subprocess.run(["dpkg-query", "-W", "-f=${Package} ${Version}", browser],
                            capture_output=True, text=True, check=True)
    return listed.stdout


def capture(into: Path) -> None:
    """Writes the whole folder anew."""
    shutil.rmtree(into, ignore_errors=True)
    sessions = []
    with Browser("chrome") as chrome, Browser("firefox") as firefox:
        browsers = {"chrome": chrome, "firefox": firefox}
        for offerer in browsers:
            for answerer in browsers:
                for name in SCENARIOS:
                    said = play(name, browsers[offerer], browsers[answerer])
                    folder = into / f"{offerer}-{answerer}" / name
                    folder.mkdir(parents=True)
                    files = []
                    for number, description in enumerate(said, 1):
                        file = folder / f"{number}-{description.kind}.sdp"
                        file.write_bytes(description.sdp.encode())
                        files.append(file.relative_to(into).as_posix())
                    sessions.append({"offerer": offerer, "answerer": answerer, "scenario": name,
                                     "descriptions": files})
        manifest = {
            "how": "python/tests/sdp/browsers/capture.py: headless, in an empty network namespace",
            "browsers": {
                "chrome": {"version": chrome.version, "package": package("chrome")},
                "firefox": {"version": firefox.version, "package": package("firefox")},
            },
            "sessions": sessions,
        }
    (into / "captures.json").write_text(json.dumps(manifest, indent=1) + "\n")


if __name__ == "__main__":
    capture(Path(sys.argv[1]) if len(sys.argv) > 1 else CAPTURES)
