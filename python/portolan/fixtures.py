"""A pytest plugin: `pytest_plugins = ["portolan.fixtures"]`."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from .server import EmbeddedServer


@pytest.fixture
def embedded_server() -> Iterator[EmbeddedServer]:
    """A STUN server on loopback that can do all of RFC 5780."""
    with EmbeddedServer() as server:
        yield server


@pytest.fixture
def ice_servers_file(embedded_server: EmbeddedServer, tmp_path: Path) -> Path:
    """The embedded server as a file for `--ice-servers`."""
    path = tmp_path / "ice-servers.json"
    path.write_text(embedded_server.ice_servers_json)
    return path
