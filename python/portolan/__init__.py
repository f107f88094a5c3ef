"""Portolan from Python: STUN, NAT discovery, session descriptions, reports, and the programs.

Names equal those of the C++ sources; `None`, which Python reserves, is `None_` there. Times are
`datetime.timedelta` since an epoch of the caller's choice.
"""

from __future__ import annotations

try:
    from ._native import AddressClass, AddressFamily, IpAddress, TransportAddress
except ImportError as error:
    raise ImportError(
        "portolan's native module is missing: build it (cmake --preset release && cmake --build "
        "--preset release) and put build/release/python on PYTHONPATH") from error

from . import discovery, report, sdp, stun
from .errors import Culprit, Error
from .server import EmbeddedServer
from .tools import Run, find_executable, run, run_report

__all__ = [
    "AddressClass", "AddressFamily", "Culprit", "EmbeddedServer", "Error", "IpAddress", "Run",
    "TransportAddress", "discovery", "find_executable", "report", "run", "run_report", "sdp", "stun",
]
