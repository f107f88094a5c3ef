"""A headless Chromium, driven over a pipe (Chrome DevTools Protocol), to look at pages with."""

from __future__ import annotations

import base64
import fcntl
import io
import json
import os
import select
import shutil
import signal
import time
from pathlib import Path
from types import TracebackType
from typing import Any

import pytest
from PIL import Image

Json = dict[str, Any]


class Page:
    """One page, and what it has said and asked for since it was opened."""

    def __init__(self, browser: Browser, session: str) -> None:
        self._browser = browser
        self._session = session
        self.console: list[str] = []
        self.requests: list[str] = []
        browser.pages[session] = self
        for domain in ("Page", "Network", "Log", "Runtime"):
            self.call(f"{domain}.enable")

    def call(self, method: str, **parameters: Any) -> Json:
        """One command of the protocol."""
        return self._browser.call(method, self._session, **parameters)

    def show(self, path: Path, *, width: int = 1100, height: int = 900, dark: bool = False,
             fragment: str = "") -> None:
        """Opens a file, as a screen of that size would."""
        self.call("Emulation.setDeviceMetricsOverride", width=width, height=height,
                  deviceScaleFactor=1, mobile=width < 500)
        self.media("screen", dark)
        self.console.clear()
        self.requests.clear()
        # Going to a fragment of the same page would load nothing.
        self.call("Page.navigate", url="about:blank")
        self._browser.wait_for("Page.loadEventFired", self._session)
        self.call("Page.navigate", url=path.as_uri() + fragment)
        self._browser.wait_for("Page.loadEventFired", self._session)

    def media(self, medium: str, dark: bool) -> None:
        """Screen or print, in one of the themes."""
        self.call("Emulation.setEmulatedMedia", media=medium,
                  features=[{"name": "prefers-color-scheme",
                             "value": "dark" if dark else "light"}])

    def value_of(self, expression: str) -> Any:
        """What a JavaScript expression comes to; the page's policy does not apply to it."""
        answer = self.call("Runtime.evaluate", expression=expression, returnByValue=True)
        assert "exceptionDetails" not in answer, answer
        return answer["result"].get("value")

    def press_tab(self) -> None:
        """The key."""
        for kind in ("rawKeyDown", "keyUp"):
            self.call("Input.dispatchKeyEvent", type=kind, key="Tab", code="Tab",
                      windowsVirtualKeyCode=9)

    def screenshot(self, whole: bool = True) -> Image.Image:
        """The page as it is, to its end unless told otherwise."""
        answer = self.call("Page.captureScreenshot", format="png", captureBeyondViewport=whole)
        with Image.open(io.BytesIO(base64.b64decode(answer["data"]))) as image:
            return image.convert("RGB")

    def pdf(self) -> bytes:
        """What printing gives."""
        return base64.b64decode(self.call("Page.printToPDF", preferCSSPageSize=True)["data"])

    def note(self, method: str, parameters: Json) -> None:
        """An event of this page."""
        if method == "Log.entryAdded":
            self.console.append(parameters["entry"]["text"])
        elif method == "Runtime.consoleAPICalled":
            self.console.append(str(parameters["args"]))
        elif method == "Runtime.exceptionThrown":
            self.console.append(str(parameters["exceptionDetails"]))
        elif method == "Network.requestWillBeSent":
            self.requests.append(parameters["request"]["url"])


class Browser:
    """The process. Messages are JSON, each ended by a zero byte, on file descriptors 3 and 4."""

    def __init__(self, profile: Path) -> None:
        program = shutil.which("chromium")
        if program is None:
            pytest.skip("needs chromium")
        to_read, self._to = os.pipe()
        self._from, to_write = os.pipe()
        # Out of the way of 3 and 4, which the child's ends are put at.
        there = [fcntl.fcntl(end, fcntl.F_DUPFD_CLOEXEC, 10) for end in (to_read, to_write)]
        quiet = [(os.POSIX_SPAWN_OPEN, number, os.devnull, os.O_RDWR, 0) for number in (0, 1, 2)]
        self._pid = os.posix_spawn(
            program, [program, "--headless", "--no-sandbox", "--disable-gpu", "--hide-scrollbars",
                      "--remote-debugging-pipe", f"--user-data-dir={profile}"], os.environ,
            file_actions=[*quiet, (os.POSIX_SPAWN_DUP2, there[0], 3),
                          (os.POSIX_SPAWN_DUP2, there[1], 4)])
        for end in (to_read, to_write, *there):
            os.close(end)
        self._buffer = b""
        self._next_id = 0
        self._events: list[Json] = []
        self.pages: dict[str, Page] = {}

    def __enter__(self) -> Browser:
        return self

    def __exit__(self, kind: type[BaseException] | None, value: BaseException | None,
                 trace: TracebackType | None) -> None:
        os.close(self._to)  # it ends by that
        deadline = time.monotonic() + 10
        while os.waitpid(self._pid, os.WNOHANG) == (0, 0):
            if time.monotonic() > deadline:
                os.kill(self._pid, signal.SIGKILL)
                os.waitpid(self._pid, 0)
                break
            time.sleep(0.05)
        os.close(self._from)

    def open_page(self) -> Page:
        """An empty one."""
        target = self.call("Target.createTarget", url="about:blank")["targetId"]
        session = self.call("Target.attachToTarget", targetId=target, flatten=True)["sessionId"]
        return Page(self, session)

    def call(self, method: str, session: str | None = None, **parameters: Any) -> Json:
        """Sends a command and waits for its answer."""
        self._next_id += 1
        message: Json = {"id": self._next_id, "method": method, "params": parameters}
        if session is not None:
            message["sessionId"] = session
        os.write(self._to, json.dumps(message).encode() + b"\0")
        deadline = time.monotonic() + 60
        while True:
            answer = self._read(deadline)
            if answer.get("id") != self._next_id:
                self._events.append(answer)
                continue
            assert "error" not in answer, f"{method}: {answer['error']}"
            result: Json = answer["result"]
            return result

    def wait_for(self, method: str, session: str) -> None:
        """Until that event; it may have come already."""
        deadline = time.monotonic() + 60
        while True:
            for index, event in enumerate(self._events):
                if event.get("method") == method and event.get("sessionId") == session:
                    del self._events[index]
                    return
            self._events.append(self._read(deadline))

    def _read(self, deadline: float) -> Json:
        while b"\0" not in self._buffer:
            left = deadline - time.monotonic()
            ready, _, _ = select.select([self._from], [], [], max(left, 0))
            assert ready, "chromium does not answer"
            piece = os.read(self._from, 1 << 20)
            assert piece, "chromium has gone"
            self._buffer += piece
        text, self._buffer = self._buffer.split(b"\0", 1)
        message: Json = json.loads(text)
        page = self.pages.get(message.get("sessionId", ""))
        if page is not None and "method" in message:
            page.note(message["method"], message["params"])
        return message
