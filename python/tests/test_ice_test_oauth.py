"""Access tokens (RFC 7635): the embedded server, the suite, coturn's own tokens, and coturn."""

from __future__ import annotations

import base64
import json
import os
import shutil
import sqlite3
import subprocess
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

import pytest

from netns.process import OwnedProcess
from netns.servers import serve_command, wait_for_file
from turn_servers import TurnServer, ice_servers

ALL_CLASSES = ["--intrusive", *(
    word for name in ("fast", "wait", "long", "intrusive") for word in ("--class", name))]
KEY = b"0123456789abcdef0123456789abcdef"
NAME, KID = "turn1@example.com", "south"


def key_file(directory: Path, key: bytes = KEY) -> Path:
    """As RFC 7635 s4.1.1 has it."""
    path = directory / "key.json"
    path.write_text(json.dumps({"kid": KID, "k": base64.b64encode(key).decode(),
                                "enc": "A256GCM", "server_name": NAME}))
    return path


@contextmanager
def embedded(ice_test: Path, directory: Path, *options: str) -> Iterator[str]:
    """A server that takes nothing but tokens; its URI."""
    ready = directory / "ready"
    with OwnedProcess(serve_command(ice_test, ["127.0.0.1"], 0, 0, ready, [
            "--turn", "--oauth-key", str(key_file(directory)), *options]),
            directory / "log") as server:
        wait_for_file(ready, server)
        urls: list[str] = json.loads(ready.read_text())["turn"]["urls"]
        yield urls[0]


def run_turn(ice_test: Path, directory: Path, *options: str) -> tuple[int, dict[str, Any], str]:
    """Exit code, report, and everything it wrote."""
    report = directory / "report.json"
    report.unlink(missing_ok=True)
    done = subprocess.run([str(ice_test), "turn", "--format", "json", "--output", str(report),
                           "--verbose", *options],
                          capture_output=True, text=True, timeout=120, check=False)
    text = report.read_text() if report.exists() else "{}"
    return done.returncode, json.loads(text), text + done.stdout + done.stderr


def verdicts(report: dict[str, Any]) -> dict[str, str]:
    """By check."""
    return {finding["id"]: finding["verdict"] for section in report["sections"]
            for finding in section["findings"]}


@contextmanager
def coturn(directory: Path, *options: str) -> Iterator[str]:
    """Debian's coturn with our key in its database; its URI."""
    home = directory / "coturn"
    home.mkdir()
    with closing(sqlite3.connect(home / "turndb")) as database, database:
        database.executescript(Path("/usr/share/coturn/schema.sql").read_text())
        database.execute("INSERT INTO oauth_key VALUES (?, ?, 0, 0, 'A256GCM', '')",
                         (KID, base64.b64encode(KEY).decode()))
    with TurnServer(home, ["oauth", f"server-name={NAME}", "allow-loopback-peers",
                           *options]) as server:
        yield server.uri()


needs_coturn = pytest.mark.skipif(
    "PORTOLAN_BUILD" not in os.environ and shutil.which("turnserver") is None,
    reason="turnserver is not installed")


def coturns_token(mac_key: bytes, server_name: str = NAME) -> str:
    """Made by another implementation, in base64."""
    out = subprocess.run(
        ["turnutils_oauth", "-e", "-v", "-i", server_name, "-j", KID,
         "-k", base64.b64encode(KEY).decode(), "-l", str(int(time.time())), "-m", "3600",
         "-n", "A256GCM", "-o", "MTIzNDU2Nzg5MDEy", "-p", base64.b64encode(mac_key).decode(),
         "-r", "3600"], capture_output=True, text=True, timeout=20, check=True).stdout
    token: str = json.loads(out)["access_token"]
    return token


def test_embedded_server_is_sound_and_every_bug_is_found(ice_test: Path, tmp_path: Path) -> None:
    """All checks of RFC 7635 but the one for servers without it; nothing of the key gets out."""
    with embedded(ice_test, tmp_path) as uri:
        code, report, said = run_turn(ice_test, tmp_path, "--url", uri, "--oauth-key",
                                      str(key_file(tmp_path)), "--only", "rfc7635",
                                      *ALL_CLASSES)
    found = verdicts(report)
    checks = {check: verdict for check, verdict in found.items() if check.startswith("rfc7635")}
    assert checks.pop("rfc7635/7/unexpected") == "not_tested"
    assert len(checks) == 14 and set(checks.values()) == {"pass"}
    assert found["server/allocation"] == "pass"
    assert code == 0
    for secret in (KEY.decode(), KEY.hex(), base64.b64encode(KEY).decode()):
        assert secret not in said


def test_bug_is_found(ice_test: Path, tmp_path: Path) -> None:
    """--bug with one of them, through the commands."""
    with embedded(ice_test, tmp_path, "--bug", "rfc7635/7/expired") as uri:
        code, report, _ = run_turn(ice_test, tmp_path, "--url", uri, "--oauth-key",
                                   str(key_file(tmp_path)), "--only", "rfc7635")
    assert {check for check, verdict in verdicts(report).items() if verdict == "fail"} == {
        "rfc7635/7/expired"}
    assert code == 1


@needs_coturn
def test_token_of_coturns_tool_is_taken_from_the_ice_servers_file(ice_test: Path,
                                                                  tmp_path: Path) -> None:
    """The W3C's RTCOAuthCredential; neither token nor key is in the report."""
    mac_key = b"ABCDEFGHIJKLMNOPQRST"
    token = coturns_token(mac_key)
    with embedded(ice_test, tmp_path) as uri:
        servers = tmp_path / "servers.json"
        servers.write_text(json.dumps({"iceServers": [{
            "urls": uri, "username": KID, "credentialType": "oauth",
            "credential": {"accessToken": token,
                           "macKey": base64.urlsafe_b64encode(mac_key).decode()}}]}))
        code, report, said = run_turn(ice_test, tmp_path, "--ice-servers", str(servers), "--only",
                                      "rfc8656")
    found = verdicts(report)
    assert code == 0, {check: verdict for check, verdict in found.items() if verdict == "fail"}
    assert found["server/allocation"] == "pass"
    assert found["rfc8656/11.3/data-indication"] == "pass"
    for secret in (token, base64.b64decode(token)[14:].hex(), mac_key.decode(), mac_key.hex(),
                   base64.b64encode(mac_key).decode()):
        assert secret not in said


# What coturn 4.6.1 does otherwise: the first 16 octets of the mac_key are its key of the HMAC; what
# is not yet counts; and a lifetime of zero is for ever.
COTURN_FAILS = {"rfc7635/7/token", "rfc7635/7/not-yet", "rfc7635/7/no-lifetime"}


@needs_coturn
def test_coturn_takes_our_tokens_and_no_others(ice_test: Path, tmp_path: Path) -> None:
    """Row by row; the allocation of the run is one with a token."""
    with coturn(tmp_path) as uri:
        code, report, said = run_turn(ice_test, tmp_path, "--url", uri, "--oauth-key",
                                      str(key_file(tmp_path)), "--only", "rfc7635",
                                      *ALL_CLASSES)
    found = verdicts(report)
    checks = {check: verdict for check, verdict in found.items() if check.startswith("rfc7635")}
    assert found["server/allocation"] == "pass"
    assert checks.pop("rfc7635/7/unexpected") == "not_tested"
    assert {check for check, verdict in checks.items() if verdict == "fail"} == COTURN_FAILS
    assert {verdict for check, verdict in checks.items() if check not in COTURN_FAILS} == {"pass"}
    assert code == 1
    assert "it uses the first 16 of 20" in said


@needs_coturn
def test_token_is_as_good_as_a_password_to_coturn(ice_test: Path, tmp_path: Path) -> None:
    """All other checks come out as with a user and a password, but for those about passwords."""
    with coturn(tmp_path) as uri:
        _, report, _ = run_turn(ice_test, tmp_path, "--url", uri, "--oauth-key",
                                str(key_file(tmp_path)), "--only", "rfc8656")
        with_token = verdicts(report)
        servers = ice_servers(tmp_path / "servers.json", [uri])
        _, report, _ = run_turn(ice_test, tmp_path, "--ice-servers", str(servers), "--only",
                                "rfc8656")
    with_password = verdicts(report)
    differing = {check: (verdict, with_password[check]) for check, verdict in with_token.items()
                 if verdict != with_password[check]}
    # The first needs a second user; the others are requests that carry no token.
    assert differing == {"rfc8656/5/foreign-user": ("not_tested", "pass"),
                         "rfc8656/10.2/no-allocation": ("not_tested", "fail"),
                         "rfc8656/12.2/no-allocation": ("not_tested", "fail")}


@needs_coturn
def test_other_key_is_refused_by_coturn(ice_test: Path, tmp_path: Path) -> None:
    """401 after a correct challenge, and the run says so."""
    other = bytes(reversed(KEY))
    with coturn(tmp_path) as uri:
        code, report, said = run_turn(ice_test, tmp_path, "--url", uri, "--oauth-key",
                                      str(key_file(tmp_path, other)), "--only", "rfc7635/7/token")
    assert code == 1
    assert verdicts(report)["server/allocation"] == "fail"
    assert verdicts(report)["rfc7635/7/token"] == "fail"
    assert "401" in said and base64.b64encode(other).decode() not in said


def test_bad_key_files_are_usage_errors(ice_test: Path, tmp_path: Path) -> None:
    """On both sides, with the file's name and without its contents."""
    path = key_file(tmp_path, KEY[:20])
    for words in (["serve", "--turn"], ["turn", "--url", "turn:127.0.0.1"]):
        done = subprocess.run([str(ice_test), *words, "--oauth-key", str(path)],
                              capture_output=True, text=True, timeout=20, check=False)
        assert done.returncode == 2
        assert "A256GCM needs 32 bytes" in done.stderr and str(path) in done.stderr
        assert base64.b64encode(KEY[:20]).decode() not in done.stderr


def test_ice_says_that_libnice_has_no_tokens(ice_test: Path, tmp_path: Path) -> None:
    """A usage error, not a failed call."""
    servers = tmp_path / "servers.json"
    servers.write_text(json.dumps({"iceServers": [{
        "urls": "turn:127.0.0.1", "username": KID, "credentialType": "oauth",
        "credential": {"accessToken": "AAAA", "macKey": "AAAA"}}]}))
    done = subprocess.run([str(ice_test), "ice", "--ice-servers", str(servers)],
                          capture_output=True, text=True, timeout=20, check=False)
    assert done.returncode == 2
    assert "access tokens" in done.stderr
    done = subprocess.run([str(ice_test), "ice", "--url", "turn:127.0.0.1", "--oauth-key",
                           str(key_file(tmp_path))],
                          capture_output=True, text=True, timeout=20, check=False)
    assert done.returncode == 2
    assert "--oauth-key" in done.stderr
