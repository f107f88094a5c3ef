"""What a browser says when it rejects a description, without what differs from blob to blob."""

from __future__ import annotations

import re
from collections.abc import Iterable

_CALL = re.compile(r"^Failed to execute '\w+' on 'RTCPeerConnection': ")
# What was being done; the reason behind it is the same for all.
_APPLYING = re.compile(r"^Failed to set (local|remote) (offer|answer) sdp: ")
_UNPARSED = "Failed to parse SessionDescription. "
_SIPCC = "SIPCC Failed to parse SDP:"
# Values that browsers put into their sentences, in words of which one pattern matches once.
_VALUES = [(re.compile(pattern), replacement) for pattern, replacement in (
    (r"Invalid value: .*", "Invalid value: {value}."),
    (r"(mid|MID)='[^']*'", r"\1='{mid}'"),
    (r"a=mid value '[^']*'", "a=mid value '{mid}'"),
    (r"^mid '[^']*' appears", "mid '{mid}' appears"),
    (r"\(mid=[^)]*\)", "(mid={mid})"),
    (r"bundled mid \S+", "bundled mid {mid}"),
    (r"was '[^']*', now '[^']*'", "was '{mid}', now '{mid}'"),
    (r"\{mid: .*, media_type: \w+\}", "{mid: {mid}, media_type: {media}}"),
    (r"ssrc: \d+", "ssrc: {ssrc}"),
    (r"Incompatible (send|receive) direction", "Incompatible {direction} direction"),
    (r"remote (audio|video) description", "remote {media} description"),
    (r"set up (audio|video) demuxing", "set up {media} demuxing"),
    (r"payload type \d+ for codec '[^',]*", "payload type {number} for codec '{codec}"),
    (r'payload type "\d+"', 'payload type "{number}"'),
    (r"extension id=\d+", "extension id={number}"),
    (r"extension id \d+", "extension id {number}"),
    (r"semantics \w+", "semantics {semantics}"),
    (r"\(\d+ vs \d+\)", "({number} vs {number})"),
    (r"extmap \S+ at level", "extmap {uri} at level"),
    (r"\(urn:\S+\) from \d+ to \d+", "({uri}) from {number} to {number}"),
    (r"\b(at|on) level \d+", r"\1 level {number}"),
    (r"at m-line \d+", "at m-line {number}"),
    (r"in m-section \d+", "in m-section {number}"),
    (r"setup attribute \"\w+\"", 'setup attribute "{value}"'),
    (r"Invalid version \([^)]*\)", "Invalid version ({value})"),
    (r"network type unsupported \([^)]*\)", "network type unsupported ({value})"),
    (r"address \S+ for mcast", "address {value} for mcast"),
    (r"port format \([^)]*\) specified for transport protocol \([^)]*\)",
     "port format ({value}) specified for transport protocol ({value})"),
    (r"No rid attribute for '[^']*'", "No rid attribute for '{rid}'"),
    (r"at column \d+", "at column {number}"),
)]


def template(message: str, lines: Iterable[str]) -> str:
    """The message with {words} for values; {line} is one of the description's lines as quoted."""
    # A browser's text ends at a NUL, what it says does not.
    message = _APPLYING.sub("", _CALL.sub("", message)).replace("\0", "").rstrip("\n")
    if message.startswith(_SIPCC):
        message = _last_reason(message)
    elif message.startswith(_UNPARSED):
        message = _UNPARSED + _without_line(message[len(_UNPARSED):], lines)
    for pattern, replacement in _VALUES:
        message = pattern.sub(replacement, message)
    return " ".join(message.split())


def _without_line(text: str, lines: Iterable[str]) -> str:
    # The longest, because a line may begin like another; NUL ends it.
    quoted = [cut for line in lines if (cut := line.split("\0")[0]) and text.startswith(cut)]
    longest = max(quoted, key=len, default="")
    return "{line}" + text[len(longest):] if longest else text


def _last_reason(text: str) -> str:
    # SIPCC lists every warning before the error that made it give up.
    reasons = text[len(_SIPCC):].strip().splitlines()
    if not reasons:
        return _SIPCC.rstrip(":")
    return re.sub(r"on line \d+:\s*", "on line {number}: ", reasons[-1])
