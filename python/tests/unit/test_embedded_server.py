"""The embedded server as Python sees it: a stand-in for its lifecycle, then the real one."""

from __future__ import annotations

import json
import os
import socket
from collections.abc import Iterator
from pathlib import Path

import pytest

from portolan import EmbeddedServer, Error, TransportAddress, find_executable
from portolan.stun import (AttributeType, MessageClass, MessageView, MessageWriter, Method,
                           TransactionId)

from .test_tools import has_ended, program

pytest_plugins = ["portolan.fixtures"]

STAND_IN = """
options = dict(zip(sys.argv[2::2], sys.argv[3::2]))
print(os.getpid(), sys.argv[1:], flush=True)
open(options['--ready-file'], 'w').write(
    '{"iceServers":[{"urls":["stun:127.0.0.1:3478","stun:[::1]:3478"]}]}\\n')
time.sleep(60)
"""


def pid_of(server: EmbeddedServer) -> int:
    """Of a stand-in."""
    while not server.log:
        pass
    return int(server.log.split()[0])


@pytest.mark.parametrize("failure", [None, RuntimeError, KeyboardInterrupt])
def test_server_ends_with_its_block(tmp_path: Path, failure: type[BaseException] | None) -> None:
    """However the block ends."""
    server = EmbeddedServer(options=["--loss", "5%"], executable=program(tmp_path, STAND_IN))
    pid = 0
    try:
        with server:
            pid = pid_of(server)
            assert "'--loss', '5%'" in server.log
            assert server.uris == ["stun:127.0.0.1:3478", "stun:[::1]:3478"]
            assert server.endpoint == TransportAddress("127.0.0.1:3478")
            assert json.loads(server.ice_servers_json)["iceServers"] == server.ice_servers
            if failure:
                raise failure
    except (RuntimeError, KeyboardInterrupt):
        pass
    assert pid != 0 and has_ended(pid)
    with pytest.raises(Error, match="server.not-running"):
        server.uri


@pytest.mark.parametrize(("body", "code"), [
    ("sys.exit('ice-test: error: no such address')", "server.ended"),
    ("subprocess.Popen(['true'])", "server.ended")])
def test_server_that_ends_at_once_is_an_error(tmp_path: Path, body: str, code: str) -> None:
    """With its own words."""
    with pytest.raises(Error) as caught, EmbeddedServer(executable=program(tmp_path, body)):
        pass
    assert caught.value.code == code
    if "no such address" in body:
        assert "no such address" in caught.value.message
    with pytest.raises(Error, match="server.not-started"), EmbeddedServer(
            executable=tmp_path / "missing"):
        pass


@pytest.fixture
def real_server(request: pytest.FixtureRequest) -> Iterator[EmbeddedServer]:
    """Of the build under test; a failure, not a skip, when PORTOLAN_BUILD is set."""
    if "PORTOLAN_BUILD" not in os.environ:
        try:
            find_executable("ice-test")
        except Error as error:
            pytest.skip(str(error))
    yield request.getfixturevalue("embedded_server")


def test_real_server_answers(real_server: EmbeddedServer) -> None:
    """RFC 8489 s2: what a client sends, and its own address in what comes back."""
    assert real_server.endpoint.port != 0
    transaction = TransactionId.with_cookie(os.urandom(12))
    request = MessageWriter(MessageClass.Request, Method.Binding, transaction)
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sock:
        sock.settimeout(5)
        sock.connect((str(real_server.endpoint.ip), real_server.endpoint.port))
        sock.send(request.bytes)
        answer = MessageView.parse(sock.recv(2048))
        assert answer.transaction_id == transaction
        host, port = sock.getsockname()
        assert answer.address(AttributeType.XorMappedAddress) == TransportAddress(f"{host}:{port}")
        assert answer.has(AttributeType.OtherAddress)


def test_ice_servers_file_is_what_the_server_said(real_server: EmbeddedServer,
                                                  ice_servers_file: Path) -> None:
    """For --ice-servers."""
    read = json.loads(ice_servers_file.read_text())
    assert read["iceServers"][0]["urls"][0] == real_server.uri
