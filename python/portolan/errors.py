"""The one exception of the package: our own failure to do something, never a verdict."""

from __future__ import annotations

from enum import Enum


class Culprit(str, Enum):
    """Who has to act on an error."""

    Usage = "usage"
    Environment = "environment"
    Peer = "peer"
    Internal = "internal"

    def __str__(self) -> str:
        return self.value


class Error(Exception):
    """What, where and what to do; raised by the native module and by the tools alike."""

    def __init__(self, culprit: Culprit, code: str, message: str,
                 byte_offset: int | None = None, hint: str = "") -> None:
        super().__init__(culprit, code, message, byte_offset, hint)
        self.culprit = culprit
        self.code = code
        self.message = message
        self.byte_offset = byte_offset
        self.hint = hint

    @property
    def full_code(self) -> str:
        """The culprit and the code, as documents and scripts name the error."""
        return f"{self.culprit}.{self.code}"

    def __str__(self) -> str:
        where = "" if self.byte_offset is None else f" (at byte {self.byte_offset})"
        hint = f" {self.hint}" if self.hint else ""
        return f"{self.full_code}: {self.message}{where}{hint}"
