"""What a browser says when it rejects a description, without what differs from blob to blob."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

_CALL = re.compile(r"^Failed to execute '\w+' on 'RTCPeerConnection': ")
# What was being done; the reason behind it is the same for all.
_APPLYING = re.compile(r"^Failed to set (local|remote) (offer|answer) sdp: ")
_UNPARSED = "Failed to parse SessionDescription. "
_SIPCC = "SIPCC Failed to parse SDP:"
_LINE_NUMBER = re.compile(r"on line (\d+):(.*)")
# What sdp-lint writes for a value that nobody can foretell.
UNKNOWN = "..."
# Values that browsers put into their sentences. sdp-lint/rules/browser_message.cpp knows the words
# that follow from a finding; {other} is a value that does not.
_VALUES = [(re.compile(pattern), replacement) for pattern, replacement in (
    (r"Invalid value: .*", "Invalid value: {token}."),
    (r"(mid|MID)='[^']*' should be rejected", r"\1='{other}' should be rejected"),
    (r"demuxing for mid='[^']*'", "demuxing for mid='{other}'"),
    (r"(mid|MID)='[^'{]*'", r"\1='{mid}'"),
    (r"a=mid value '[^']*'", "a=mid value '{mid}'"),
    (r"^mid '[^']*' appears", "mid '{mid}' appears"),
    (r"disabled m-section. \(mid=[^)]*\)", "disabled m-section. (mid={other})"),
    (r"\(mid=[^){]*\)", "(mid={mid})"),
    (r"bundled mid \S+", "bundled mid {mid}"),
    (r"was '[^']*', now '[^']*'", "was '{other}', now '{token}'"),
    (r"\{mid: .*, media_type: \w+\}", "{mid: {mid}, media_type: {media}}"),
    (r"ssrc: \d+", "ssrc: {ssrc}"),
    (r"Incompatible (send|receive) direction", "Incompatible {other} direction"),
    (r"remote (audio|video) description", "remote {media} description"),
    (r"set up (audio|video) demuxing", "set up {other} demuxing"),
    (r"payload type \d+ for codec '[^',]*", "payload type {token} for codec '{codec}"),
    (r'payload type "\d+"', 'payload type "{token}"'),
    (r"extension id=\d+", "extension id={id}"),
    (r"extension id \d+", "extension id {id}"),
    (r"semantics [\w-]+", "semantics {semantics}"),
    (r"\(\d+ vs \d+\)", "({other} vs {other})"),
    # Firefox does write "extmap attribute" where it means the extension.
    (r"extmap (?!attribute )\S+ at level", "extmap {uri} at level"),
    (r"\(urn:\S+\) from \d+ to \d+", "({uri}) from {other} to {id}"),
    (r"\b(at|on) level \d+", r"\1 level {level}"),
    (r"\b(at|of) m-line \d+", r"\1 m-line {level}"),
    (r"characters at position \d+", "characters at position {position}"),
    (r"ssrc attribute value from \w+", "ssrc attribute value from {other}"),
    (r"in m-section \d+", "in m-section {level}"),
    (r"setup attribute \"\w+\"", 'setup attribute "{token}"'),
    (r"Invalid version \([^)]*\)", "Invalid version ({token})"),
    (r"network type unsupported \([^)]*\)", "network type unsupported ({token})"),
    (r"address \S+ for mcast", "address {address_begin} for mcast"),
    (r"\{line\} sctp-port attribute can't", "{sctp_port_line} sctp-port attribute can't"),
    (r"fmtp:\S* Invalid value: \S*\.$", "fmtp:{token} Invalid value: {token}."),
    (r"port format \([^)]*\) specified for transport protocol \([^)]*\)",
     "port format ({port}) specified for transport protocol ({other})"),
    (r"\{line_number\}: No rid attribute for '[^']*'",
     "{media_line}: No rid attribute for '{token}'"),
    # The line where a rid is used, which may be another than where it is malformed.
    (r"\{line_number\}: Rid can contain", "{other}: Rid can contain"),
    (r"at column \d+", "at column {other}"),
)]


def words(message: str) -> str:
    """The browser's own: without the call, and of SIPCC's the reason why it gave up."""
    # A browser's text ends at a NUL, what it says does not.
    message = _APPLYING.sub("", _CALL.sub("", message)).replace("\0", "").rstrip("\n")
    if message.startswith(_SIPCC):
        # It lists every warning before the error; of some errors it gives no reason.
        reasons = [line for line in message[len(_SIPCC):].strip().splitlines()
                   if ": Warning: " not in line]
        message = reasons[-1] if reasons else _SIPCC.rstrip(":")
    return message


def template(message: str, lines: Sequence[str]) -> str:
    """The message with {words} for values; {line} is one of the description's lines as quoted."""
    message = words(message)
    if message.startswith(_UNPARSED):
        message = _UNPARSED + _without_line(message[len(_UNPARSED):], lines)
    message = _LINE_NUMBER.sub(lambda found: _numbered(found, lines), message)
    for pattern, replacement in _VALUES:
        message = pattern.sub(replacement, message)
    return " ".join(message.split())


def has_values(message: str) -> bool:
    """Whether a template has words besides {line}, which --target has to fill in."""
    return "{" in message.replace("{line}", "")


def foretells(said: str, message: str) -> bool:
    """Whether a browser's message is the one that was said to come; "..." is any value."""
    wanted = ".*".join(re.escape(" ".join(part.split())) for part in said.split(UNKNOWN))
    return re.fullmatch(wanted, " ".join(words(message).split())) is not None


def _without_line(text: str, lines: Iterable[str]) -> str:
    # The longest, because a line may begin like another; NUL ends it.
    quoted = [cut for line in lines
              if (cut := line.split("\0")[0]).strip() and text.startswith(cut)]
    longest = max(quoted, key=len, default="")
    return "{line}" + text[len(longest):].removeprefix(UNKNOWN) if longest else text


def _numbered(found: re.Match[str], lines: Sequence[str]) -> str:
    # What is missing from the whole is missed at its end; lines end in an empty one.
    is_last = int(found[1]) == len(lines) - 1 and found[2].endswith("validation failed.")
    return f"on line {{{'last_line' if is_last else 'line_number'}}}: {found[2].lstrip()}"
