"""A web page in a namespace: one answer to everything, with a clock of its own."""

from __future__ import annotations

import email.utils
import socket
import threading
import time

from .namespace import Namespace

_REASONS = {204: "No Content", 302: "Found", 511: "Network Authentication Required"}


class WebPage:
    """Answers each request with the same status, and notes what was asked."""

    def __init__(self, where: Namespace, address: str, port: int, status: int = 204,
                 skew_s: int = 0, location: str = "") -> None:
        self.requests: list[str] = []
        self._status = status
        self._skew_s = skew_s
        self._location = location
        self._listener = where.socket(socket.AF_INET, socket.SOCK_STREAM)
        self._listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        self._listener.bind((address, port))
        self._listener.listen()
        self._listener.settimeout(0.05)
        self._is_over = threading.Event()
        self._thread = threading.Thread(target=self._serve)
        self._thread.start()

    def _serve(self) -> None:
        while not self._is_over.is_set():
            try:
                client, _ = self._listener.accept()
            except TimeoutError:
                continue
            with client:
                client.settimeout(2)
                self._answer(client)

    def _answer(self, client: socket.socket) -> None:
        asked = b""
        while b"\r\n\r\n" not in asked:
            piece = client.recv(4096)
            if not piece:
                return
            asked += piece
        self.requests.append(asked.decode(errors="replace"))
        date = email.utils.formatdate(time.time() + self._skew_s, usegmt=True)
        head = [f"HTTP/1.1 {self._status} {_REASONS.get(self._status, 'Else')}", f"Date: {date}",
                "Content-Length: 0", "Connection: close"]
        if self._location:
            head.append(f"Location: {self._location}")
        client.sendall(("\r\n".join(head) + "\r\n\r\n").encode())

    def __enter__(self) -> WebPage:
        return self

    def __exit__(self, *_: object) -> None:
        self._is_over.set()
        self._thread.join()
        self._listener.close()
