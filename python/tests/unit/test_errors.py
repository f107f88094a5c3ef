"""The exception."""

from __future__ import annotations

import pickle

from portolan import Culprit, Error


def test_error_says_everything() -> None:
    """Culprit and code as documents name it, place and hint."""
    error = Error(Culprit.Peer, "stun.truncated", "It ends early.", 20, "Ask again.")
    assert error.full_code == "peer.stun.truncated"
    assert str(error) == "peer.stun.truncated: It ends early. (at byte 20) Ask again."
    assert str(Error(Culprit.Usage, "code", "Why.")) == "usage.code: Why."


def test_error_can_be_pickled() -> None:
    """pytest-xdist and multiprocessing send exceptions between processes."""
    error = Error(Culprit.Environment, "tools.timeout", "Too long.", None, "Wait.")
    copy = pickle.loads(pickle.dumps(error))
    assert vars(copy) == vars(error) and str(copy) == str(error)
