"""UDP dropped, plain TCP dropped: what nat-probe says when TLS is the only way, or no way either."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from binaries import Json, Outcome, Program, ReportReader

from .certificates import Authority, Identity
from .conftest import WorldMaker
from .nat_kinds import BY_ID, ONLY_TLS
from .servers import Coturn, missing_tools
from .topology import SPARE, Internet, World

BLOCKED, OPEN = 1, 3
UNDECIDED = "server-silent"
# Bound over the system's authorities, where GnuTLS looks for them.
WITHOUT_AUTHORITIES = ["sh", "-c", 'mount -t tmpfs none /etc/ssl/certs && exec "$0" "$@"']


@pytest.fixture(scope="module")
def authority(tmp_path_factory: pytest.TempPathFactory) -> Authority:
    """That the servers below have their certificates from."""
    if missing_tools("openssl"):
        pytest.skip("needs openssl")
    return Authority(tmp_path_factory.mktemp("authority"), "authority")


@pytest.fixture(scope="module")
def stranger(authority: Authority, tmp_path_factory: pytest.TempPathFactory) -> Authority:
    """That nobody has a certificate from."""
    return Authority(tmp_path_factory.mktemp("stranger"), "stranger")


def coturn_with(internet: Internet, identity: Identity, directory: Path) -> Iterator[None]:
    """Debian's coturn with TLS, for one fixture."""
    if missing_tools("turnserver"):
        pytest.skip("needs turnserver")
    with Coturn(internet, SPARE, directory, identity):
        yield


@pytest.fixture
def trusted(internet: Internet, authority: Authority, tmp_path: Path) -> Iterator[None]:
    """A server whose certificate is for its address."""
    yield from coturn_with(internet, authority.issue(f"IP:{SPARE.v4[0]}"), tmp_path / "coturn")


@pytest.fixture
def misnamed(internet: Internet, authority: Authority, tmp_path: Path) -> Iterator[None]:
    """A server with somebody else's certificate."""
    yield from coturn_with(internet, authority.issue("DNS:elsewhere.example"), tmp_path / "coturn")


def probe(nat_probe: Program, world: World, *options: str, without_authorities: bool = False
          ) -> Outcome:
    """Runs nat-probe on the client."""
    def wrap(argv: list[str]) -> list[str]:
        return world.client.prefix([*WITHOUT_AUTHORITIES, *argv] if without_authorities else argv)
    return nat_probe.inside(wrap)("--stun", f"stun:{SPARE.v4[0]}", "--family", "4",
                                  "--format", "json", *options)


def udp_summary(document: Json) -> str:
    """The sentence about UDP, on one line."""
    summary: str = document["sections"][0]["findings"][0]["summary"]
    return summary


def said(outcome: Outcome, exit_code: int, value: str) -> str:
    """Checks the verdict and returns its sentence."""
    assert outcome.exit_code == exit_code, outcome.err
    assert ReportReader(outcome.json()).told(4, "udp") == value
    return udp_summary(outcome.json())


ANSWERS = f"{SPARE.v4[0]}:5349 answers"


@pytest.mark.usefixtures("trusted")
def test_tls_that_works_is_named_as_the_way_out(make_world: WorldMaker, nat_probe: Program,
                                                authority: Authority) -> None:
    """RFC 8489 s6.2.3: TLS with a certificate that holds."""
    outcome = probe(nat_probe, make_world(ONLY_TLS), "--ca-file", str(authority.file))
    assert said(outcome, BLOCKED, "silent").endswith(f"{ANSWERS} STUN over TLS")
    assert outcome.json()["headline"].startswith("UDP is blocked")


@pytest.mark.usefixtures("trusted")
def test_certificate_of_an_unknown_authority_is_said(
        make_world: WorldMaker, nat_probe: Program, stranger: Authority) -> None:
    """The host is there, and no more is known of it. Both with and without a file."""
    world = make_world(ONLY_TLS)
    ways: list[list[str]] = [["--ca-file", str(stranger.file)], []]
    for options in ways:
        sentence = said(probe(nat_probe, world, *options), OPEN, UNDECIDED)
        assert f"{ANSWERS} over TCP, but TLS to it fails" in sentence
        assert "NOT trusted" in sentence


@pytest.mark.usefixtures("misnamed")
def test_certificate_for_another_name_is_said(make_world: WorldMaker, nat_probe: Program,
                                              authority: Authority) -> None:
    """RFC 8489 s6.2.3: the identity is verified, too."""
    outcome = probe(nat_probe, make_world(ONLY_TLS), "--ca-file", str(authority.file))
    sentence = said(outcome, OPEN, UNDECIDED)
    assert "TLS to it fails" in sentence
    assert "name in the certificate does not match" in sentence


@pytest.mark.usefixtures("trusted")
def test_system_without_authorities_is_said(make_world: WorldMaker, nat_probe: Program) -> None:
    """What this host lacks is not taken for an answer, nor for silence."""
    sentence = said(probe(nat_probe, make_world(ONLY_TLS), without_authorities=True), OPEN,
                    UNDECIDED)
    assert f"{ANSWERS} over TCP, but TLS to it fails (no certificate authorities" in sentence


@pytest.mark.usefixtures("trusted")
def test_silence_of_everything_stays_open_without_authorities(make_world: WorldMaker,
                                                              nat_probe: Program) -> None:
    """Nothing answered, so nothing is blocked for sure."""
    said(probe(nat_probe, make_world(BY_ID["all-dropped"]), without_authorities=True), OPEN,
         "no-answer")


@pytest.mark.usefixtures("trusted")
def test_saved_evidence_gives_the_same_sentence(make_world: WorldMaker, nat_probe: Program,
                                                stranger: Authority, tmp_path: Path) -> None:
    """The report keeps why TLS failed."""
    first = probe(nat_probe, make_world(ONLY_TLS), "--ca-file", str(stranger.file))
    (tmp_path / "run.json").write_text(first.out)
    again = nat_probe("explain", str(tmp_path / "run.json"), "--format", "json")
    assert udp_summary(again.json()) == udp_summary(first.json())
    assert again.json()["data"]["differences"] == []
