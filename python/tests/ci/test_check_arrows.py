"""The arrow check accepts the declared graph and fires on every way to break it."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from .conftest import REPOSITORY, TreeMaker

SCRIPT = REPOSITORY / "ci" / "checks" / "check_arrows.py"

# A small copy of the house, in order.
SOUND = {
    "reports/model/CMakeLists.txt": "portolan_add_module(reports_model SOURCES verdict.cpp)\n",
    "reports/model/verdict.hpp": "#pragma once\n#include <string>\n",
    "reports/model/verdict.cpp": '#include "reports/model/verdict.hpp"\n',
    "reports/model/tests/golden.hpp": "#pragma once\n",
    "reports/render/CMakeLists.txt":
        "portolan_add_module(reports_render  # renders\n    SOURCES text.cpp\n"
        "    DEPENDS reports_model)\n",
    "reports/render/text.cpp": '#include "reports/model/verdict.hpp"\n',
    "probe/stun/CMakeLists.txt":
        "portolan_add_module(probe_stun SOURCES message.cpp DEPENDS reports_model\n"
        "    TESTS tests/test_message.cpp TEST_DEPENDS reports_render)\n",
    "probe/stun/message.hpp": "#pragma once\n",
    "probe/stun/message.cpp": '#include "probe/stun/message.hpp"\n',
    "probe/stun/tests/test_message.cpp":
        '#include "reports/render/text.hpp"\n#include "reports/model/tests/golden.hpp"\n',
    "reports/render/text.hpp": "#pragma once\n",
    "probe/discovery/CMakeLists.txt":
        "portolan_add_module(probe_discovery SOURCES discovery.cpp DEPENDS probe_stun)\n",
    "probe/discovery/discovery.cpp":
        '#include "probe/stun/message.hpp"\n#include "reports/model/verdict.hpp"\n',
    "ice-tests/server/CMakeLists.txt":
        "portolan_add_module(ice_tests_server SOURCES server.cpp DEPENDS probe_stun)\n",
    "ice-tests/server/server.hpp": "#pragma once\n",
    "probe/cli/CMakeLists.txt":
        "add_executable(nat-probe main.cpp)\n"
        "target_link_libraries(nat-probe PRIVATE probe_discovery ice_tests_server)\n",
    "probe/cli/main.cpp":
        '#include "ice-tests/server/server.hpp"\n#include "probe/stun/message.hpp"\n',
    "python/bindings.cpp": '#include "probe/stun/message.hpp"\n',
}


def check(root: Path) -> subprocess.CompletedProcess[str]:
    """Runs the check as the test command does."""
    return subprocess.run([sys.executable, str(SCRIPT), str(root)], capture_output=True, text=True,
                          check=False, timeout=60)


def test_sound_tree_passes(make_tree: TreeMaker) -> None:
    """Direct, transitive, test-only and exceptional edges are all in order."""
    result = check(make_tree(SOUND))
    assert result.returncode == 0, result.stdout + result.stderr
    assert "0 findings" in result.stdout


@pytest.mark.parametrize(("path", "content", "message"), [
    ("reports/model/verdict.hpp", '#pragma once\n#include "probe/stun/message.hpp"\n',
     'reports/model/verdict.hpp:2: "probe/stun/message.hpp" is above reports/'),
    ("probe/stun/message.cpp", '\n#include "reports/render/text.hpp"\n',
     'probe/stun/message.cpp:2: "reports/render/text.hpp" is not in what probe_stun declare'),
    ("probe/discovery/discovery.cpp", '#include "ice-tests/server/server.hpp"\n',
     "is above probe/"),
    ("probe/discovery/discovery.cpp", "#include <glib.h>\n",
     "probe/discovery/discovery.cpp:1: <glib.h> in a module without I/O"),
    ("probe/discovery/discovery.cpp", "#include <sys/socket.h>\n", "<sys/socket.h> in a module"),
    ("probe/stun/message.hpp", "#pragma once\n#include <netinet/in.h>\n",
     "<netinet/in.h> reaches a module without I/O through probe/stun/message.hpp"),
    ("probe/stun/message.cpp", '#include "message.hpp"\n', "not written from the repository root"),
    ("probe/stun/message.cpp", '#include "reports/model/tests/golden.hpp"\n', "belongs to tests"),
    ("ice-tests/turn/client.cpp", '#include "probe/stun/message.hpp"\n',
     "no CMake target owns this file"),
    ("reports/model/CMakeLists.txt",
     "portolan_add_module(reports_model SOURCES verdict.cpp DEPENDS probe_stun)\n",
     "reports_model may not depend on probe_stun: it is above"),
    ("reports/model/CMakeLists.txt",
     "portolan_add_module(reports_model SOURCES verdict.cpp DEPENDS reports_render)\n",
     "reports_model depends on itself"),
    ("probe/discovery/CMakeLists.txt",
     "portolan_add_module(probe_discovery SOURCES discovery.cpp DEPENDS ice_tests_server)\n",
     "probe_discovery may not depend on ice_tests_server"),
])
def test_broken_tree_is_reported(make_tree: TreeMaker, path: str, content: str,
                                 message: str) -> None:
    """One deliberate breach each, found where it is."""
    result = check(make_tree({**SOUND, path: content}))
    assert result.returncode == 1, result.stdout + result.stderr
    assert message in result.stdout


def test_empty_tree_is_not_a_pass(make_tree: TreeMaker) -> None:
    """A check that examined nothing has checked nothing."""
    assert check(make_tree({"README.md": "nothing here\n"})).returncode == 2
