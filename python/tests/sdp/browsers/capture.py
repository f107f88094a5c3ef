"""Records what the installed browsers say to each other: sdp-lint/corpus/captures.

    PYTHONPATH=python/tests /usr/bin/python3 -m sdp.browsers.capture [FOLDER]

Every session is a folder with its descriptions in order, as the peer was handed them: byte for
byte, nothing edited. captures.json says which browsers they came from and how."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from .browser import REPOSITORY, Browser, Peer, Verdict

CAPTURES = REPOSITORY / "sdp-lint" / "corpus" / "captures"


class CaptureError(Exception):
    """A browser did not take what the other one said."""


@dataclass(frozen=True)
class Description:
    """One description of a session."""

    kind: str
    sdp: str


class Call:
    """An offerer and an answerer, and all that they have said."""

    def __init__(self, offerer: Browser, answerer: Browser, *media: str) -> None:
        self.offerer = offerer.peer(*media)
        self.answerer = answerer.peer()
        # Tracks that the answerer adds once it has seen the first offer.
        self.reply: tuple[str, ...] = ()
        self.said: list[Description] = []

    def round(self, ice_restart: bool = False, candidates: bool = True) -> None:
        """One offer and its answer, with all candidates or none."""
        offer = self.say_offer(ice_restart, candidates)
        _taken(self.answerer.remote("offer", offer), "offer")
        if self.reply:
            self.answerer.attach(*self.reply)
            self.reply = ()
        answer = self.answerer.answer()
        _taken(self.answerer.local("answer", answer), "own answer")
        answer = self.answerer.gathered() if candidates else answer
        self.said.append(Description("answer", answer))
        _taken(self.offerer.remote("answer", answer), "answer")

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


def _once(*media: str, candidates: bool = True) -> Callable[[Browser, Browser], Call]:
    def play(offerer: Browser, answerer: Browser) -> Call:
        call = Call(offerer, answerer, *media)
        call.round(candidates=candidates)
        return call
    return play


def conversation(offerer: Browser, answerer: Browser) -> Call:
    """Both sides send audio and video."""
    call = Call(offerer, answerer, "audio", "video", "data")
    call.reply = ("audio", "video")
    call.round()
    return call


def _again(offerer: Browser, answerer: Browser) -> Call:
    call = conversation(offerer, answerer)
    call.round()
    return call


def _then(media: tuple[str, ...], change: Callable[[Peer], None],
          ice_restart: bool = False) -> Callable[[Browser, Browser], Call]:
    def play(offerer: Browser, answerer: Browser) -> Call:
        call = Call(offerer, answerer, *media)
        call.round()
        change(call.offerer)
        call.round(ice_restart=ice_restart)
        return call
    return play


SCENARIOS: dict[str, Callable[[Browser, Browser], Call]] = {
    "audio": _once("audio"),
    "video": _once("video"),
    "data": _once("data"),
    "av": _once("audio", "video"),
    "all": _once("audio", "video", "data"),
    "all-trickled": _once("audio", "video", "data", candidates=False),
    "simulcast": _once("audio", "simulcast"),
    "receive-only": _once("audio:recvonly", "video:recvonly"),
    "conversation": conversation,
    "again": _again,
    "add-video": _then(("audio",), lambda peer: peer.add("video")),
    "ice-restart": _then(("audio", "video", "data"), lambda peer: None, ice_restart=True),
    "hold": _then(("audio", "video"), lambda peer: peer.direction(0, "inactive")),
    "stop-video": _then(("audio", "video"), lambda peer: peer.direction(1, "stopped")),
}


def play(name: str, offerer: Browser, answerer: Browser) -> list[Description]:
    """What is said in one scenario."""
    call = SCENARIOS[name](offerer, answerer)
    try:
        return call.said
    finally:
        call.close()


def _package(browser: str) -> str:
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
                "chrome": {"version": chrome.version, "package": _package("chromium")},
                "firefox": {"version": firefox.version, "package": _package("firefox-esr")},
            },
            "sessions": sessions,
        }
    (into / "captures.json").write_text(json.dumps(manifest, indent=1) + "\n")


if __name__ == "__main__":
    capture(Path(sys.argv[1]) if len(sys.argv) > 1 else CAPTURES)
