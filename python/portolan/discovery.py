"""NAT classification (RFC 5780) without I/O: packets and time in, verdicts out."""

from ._native.discovery import *  # noqa: F403
