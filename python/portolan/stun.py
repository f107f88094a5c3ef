"""STUN messages (RFC 8489 and its relatives): read, write, verify, describe."""

from ._native.stun import *  # noqa: F403
