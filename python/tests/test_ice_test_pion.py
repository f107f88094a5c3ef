"""`ice-test turn` against Debian's pion/turn, built here, on loopback."""

from __future__ import annotations

import json
import os
import shutil
import socket
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from netns.process import OwnedProcess
from netns.stun_message import binding_request, new_transaction_id
from test_ice_test_turn import outcomes, run_turn
from turn_servers import free_port, ice_servers

SOURCE = Path(__file__).parent / "pion" / "main.go"
PACKAGES = Path("/usr/share/gocode/src/github.com/pion/turn/v2")
GOLDEN = Path(__file__).parent / "golden" / "pion-turn-2.1.0.json"
_READY_S = 10.0

pytestmark = [
    pytest.mark.skipif(shutil.which("go") is None, reason="go is not installed"),
    pytest.mark.skipif(not PACKAGES.is_dir(),
                       reason="golang-github-pion-turn.v2-dev is not installed")]


@pytest.fixture(scope="module")
def pion(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The program, from Debian's sources alone: nothing is fetched."""
    directory = tmp_path_factory.mktemp("pion")
    program = directory / "pion-turn"
    done = subprocess.run(
        ["go", "build", "-o", str(program), str(SOURCE)], capture_output=True, text=True,
        timeout=300, check=False, env={
            **os.environ, "GO111MODULE": "off", "GOPATH": "/usr/share/gocode",
            "GOCACHE": str(directory / "cache"), "GOFLAGS": "", "GOPROXY": "off"})
    assert done.returncode == 0, done.stderr
    return program


@pytest.fixture
def port(pion: Path, tmp_path: Path) -> Iterator[int]:
    """Where it answers, over UDP and TCP."""
    chosen = free_port()
    with OwnedProcess([str(pion), str(chosen)], tmp_path / "pion.log") as server:
        deadline = time.monotonic() + _READY_S
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sock:
            sock.settimeout(0.1)
            sock.connect(("127.0.0.1", chosen))
            while True:
                try:
                    sock.send(binding_request(new_transaction_id()))
                    if sock.recv(2048):
                        break
                except (ConnectionRefusedError, TimeoutError):
                    time.sleep(0.02)
                assert server.exit_code is None and time.monotonic() < deadline, server.output()
        yield chosen


@pytest.mark.parametrize("transport", ["udp", "tcp"])
def test_pion_differs_where_it_is_known_to(ice_test: Path, tmp_path: Path, port: int,
                                           transport: str) -> None:
    """The golden file holds every verdict on Debian's version; golden/README.md says who is right."""
    servers = ice_servers(tmp_path / "servers.json", [f"turn:127.0.0.1:{port}?transport={transport}"])
    _, report, stderr = run_turn(ice_test, tmp_path, "--ice-servers", str(servers))
    found = outcomes(report)
    assert found, stderr
    if os.environ.get("PORTOLAN_WRITE_GOLDEN"):
        written = json.loads(GOLDEN.read_text()) if GOLDEN.exists() else {}
        written[transport] = found
        GOLDEN.write_text(json.dumps(written, indent=1, sort_keys=True) + "\n")
    assert found == json.loads(GOLDEN.read_text())[transport]
