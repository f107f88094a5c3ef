"""Clean descriptions stay clean, each set in its profile."""

from __future__ import annotations

from pathlib import Path

import pytest

from .linting import Linter
from .mutants import CORPUS

# What each set is, and the profile in which nothing is wrong with it.
PROFILES = {"captures": "webrtc", "rfc/rfc8829": "jsep-strict", "rfc/rfc4317": "sip",
            "rfc/rfc3264": "sip"}
# A folder holds one session: offer, answer, offer, answer.
SESSIONS = [(profile, folder)
            for name, profile in PROFILES.items()
            for folder in sorted({file.parent for file in (CORPUS / name).rglob("*.sdp")})]

# The examples that break the rules they are there to show: c= behind t= (RFC 8866 s5 has it
# before), and a hold that is answered without a direction, so with sendrecv (RFC 3264 s6.1).
SLIPS = {"rfc/rfc3264/9": {"SE015"}, "rfc/rfc4317/3.2": {"OA005"}}


def _name(value: object) -> str:
    return value.relative_to(CORPUS).as_posix() if isinstance(value, Path) else str(value)


def test_every_set_is_there() -> None:
    """A folder that moved would leave nothing to test."""
    assert {profile for profile, _ in SESSIONS} == {"webrtc", "jsep-strict", "sip"}
    assert len(SESSIONS) >= 70


@pytest.mark.parametrize(("profile", "folder"), SESSIONS, ids=_name)
def test_session_has_no_error(linter: Linter, profile: str, folder: Path) -> None:
    """All of its descriptions, alone and against each other."""
    files = sorted(folder.glob("*.sdp"))
    found = linter.lint([file.read_bytes() for file in files], "--profile", profile)
    errors = [each for each in found if each.level == "error"]
    slips = SLIPS.get(_name(folder), set())
    assert [str(each) for each in errors if each.code not in slips] == []
    assert slips <= {each.code for each in errors}
