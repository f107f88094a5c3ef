"""Fixtures that need root: one internet with servers for the session, worlds per test."""

from __future__ import annotations

import gc
import os
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from binaries import Program

from . import namespace
from .certificates import Authority, Identity
from .impaired_link import Impairment
from .nat_kinds import NatKind
from .report_caller import ADDRESS, NAME, Caller
from .servers import Coturn, Embedded, missing_tools
from .topology import COTURN, EMBEDDED, SPARE, Internet, ServerAddresses, World
from .turn_relay import CoturnRelay

WorldMaker = Callable[..., World]


def why_not() -> str | None:
    """The reason why namespaces cannot be built here, or None."""
    if os.geteuid() != 0:
        return "needs root: network namespaces"
    if missing := missing_tools("ip", "nft"):
        return f"needs {', '.join(missing)}"
    return None


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Marks everything that uses a namespace, and says why it is skipped."""
    reason = why_not()
    for item in items:
        if "namespaces_are_cleaned" in getattr(item, "fixturenames", ()):
            item.add_marker(pytest.mark.root)
            if reason:
                item.add_marker(pytest.mark.skip(reason=reason))


@pytest.fixture(scope="session")
def namespaces_are_cleaned() -> Iterator[None]:
    """Fails the session when anything of ours is left behind."""
    namespace.remove_orphans()
    yield
    gc.collect()
    assert namespace.leftovers() == []


@pytest.fixture(scope="session")
def internet(namespaces_are_cleaned: None) -> Iterator[Internet]:
    """The far side, shared by all worlds."""
    with Internet() as made:
        yield made


@pytest.fixture(scope="session")
def coturn(internet: Internet,
           tmp_path_factory: pytest.TempPathFactory) -> Iterator[ServerAddresses]:
    """Debian's coturn, running."""
    if missing_tools("turnserver"):
        pytest.skip("needs turnserver")
    with Coturn(internet, COTURN, tmp_path_factory.mktemp("coturn")):
        yield COTURN


@pytest.fixture(scope="session")
def embedded(internet: Internet, ice_test: Path,
             tmp_path_factory: pytest.TempPathFactory) -> Iterator[ServerAddresses]:
    """The project's own server, running."""
    with Embedded(internet, EMBEDDED, tmp_path_factory.mktemp("embedded"), ice_test):
        yield EMBEDDED


@pytest.fixture
def server(request: pytest.FixtureRequest) -> ServerAddresses:
    """The server whose name is the parameter."""
    addresses: ServerAddresses = request.getfixturevalue(request.param)
    return addresses


@pytest.fixture
def make_world(internet: Internet) -> Iterator[WorldMaker]:
    """Builds worlds that are gone after the test."""
    made: list[World] = []

    def make(kind: NatKind, family: int = 4, impairment: Impairment | None = None) -> World:
        made.append(World(internet, {family: kind}, impairment))
        return made[-1]

    yield make
    for world in made:
        world.close()


@pytest.fixture(scope="module")
def authority(tmp_path_factory: pytest.TempPathFactory) -> Authority:
    """That the servers of `nat-probe report` have their certificates from."""
    if missing_tools("openssl", "turnserver"):
        pytest.skip("needs openssl and turnserver")
    return Authority(tmp_path_factory.mktemp("authority"), "authority")


@pytest.fixture(scope="module")
def identity(authority: Authority) -> Identity:
    """Of a server that is as it should be, by address and by name."""
    return authority.issue(f"IP:{ADDRESS}", f"DNS:{NAME}")


@pytest.fixture
def report(nat_probe: Program, tmp_path: Path, authority: Authority) -> Caller:
    """`nat-probe report`, on the client of a world."""
    return Caller(nat_probe, tmp_path, authority)


@pytest.fixture
def relay(internet: Internet, identity: Identity, tmp_path: Path) -> Iterator[CoturnRelay]:
    """A coturn that is as it should be."""
    with CoturnRelay(internet, SPARE, tmp_path / "coturn", identity) as server:
        yield server
