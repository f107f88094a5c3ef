"""What every end-to-end test shares: programs, markers, and an orderly end when cut off."""

from __future__ import annotations

import json
import os
import signal
import sys
from pathlib import Path

import pytest

from binaries import REPOSITORY, Json, Program, build_directory

# The package and its native module come out of the same build as the programs.
sys.path.insert(0, str(build_directory() / "python"))


def pytest_configure(config: pytest.Config) -> None:
    """Turns SIGTERM into an interrupt, so that fixtures are torn down.

    A shell's background job ignores SIGINT and hands that on, where tests send it.
    """
    config.addinivalue_line("markers", "root: needs root, iproute2 and nftables")
    config.addinivalue_line("markers", "slow: waits for other programs' timeouts")
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    signal.signal(signal.SIGINT, signal.default_int_handler)


def pytest_report_header() -> str:
    """Says what is tested."""
    return f"programs under test: {build_directory()}"


def _program(name: str) -> Path:
    """Skips without a build; with PORTOLAN_BUILD set a missing program is a failure."""
    path = build_directory() / "bin" / name
    if path.is_file():
        return path
    if "PORTOLAN_BUILD" in os.environ:
        pytest.fail(f"{path} does not exist")
    pytest.skip(f"{name} is not built")


@pytest.fixture(scope="session")
def nat_probe() -> Program:
    """The probe."""
    return Program(_program("nat-probe"))


@pytest.fixture(scope="session")
def ice_test() -> Path:
    """The program with the embedded server."""
    return _program("ice-test")


@pytest.fixture(scope="session")
def nat_virtual_tests() -> Path:
    """The unit tests of the simulated C library; some of them need a namespace around them."""
    return _program("nat_virtual_tests")


@pytest.fixture(scope="session")
def nat_sim() -> Program:
    """The simulator."""
    return Program(_program("nat-sim"))


@pytest.fixture(scope="session")
def nat_script() -> Path:
    """The test program that plays packet scripts through the simulated NAT."""
    return _program("nat_script")


@pytest.fixture(scope="session")
def nat_report() -> Program:
    """What shows and compares the others' reports."""
    return Program(_program("nat-report"))


@pytest.fixture(scope="session")
def sdp_lint() -> Program:
    """The linter of session descriptions."""
    return Program(_program("sdp-lint"))


@pytest.fixture(scope="session")
def sarif_schema() -> Json:
    """As published for SARIF 2.1.0; a package of npm carries it."""
    file = (REPOSITORY / "build" / "npm" / "node_modules" /
            "@microsoft/jest-sarif/lib/schemas/sarif-2.1.0-rtm.5.json")
    if not file.is_file():
        pytest.skip("needs the SARIF schema from npm (ci/npm/fetch.sh)")
    schema: Json = json.loads(file.read_text())
    return schema
