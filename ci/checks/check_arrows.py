"""No include may break the module graph that the CMake targets declare, and none may point up."""

from __future__ import annotations

import re
import sys
from collections.abc import Iterator
from pathlib import Path

from cmake_graph import CmakeGraph, Target
from findings import Finding, report
from source_tree import own_files

_SOURCES = {".cpp", ".hpp", ".h", ".cc"}
_INCLUDE = re.compile(r'^\s*#\s*include\s*(?:"([^"]+)"|<([^>]+)>)', re.MULTILINE)
_TEST_DIRECTORIES = {"tests", "fuzz", "bench"}

# What each top-level folder may use besides itself. Nothing declared elsewhere can widen this.
LAYERS: dict[str, set[str]] = {
    "reports": set(),
    "sdp-lint": {"reports"},
    "probe": {"reports"},
    "ice-tests": {"reports", "sdp-lint", "probe"},
    "nat-sim": {"reports", "sdp-lint", "probe", "ice-tests"},
}
# The bindings, the checks and the benchmarks sit on top of everything.
_ON_TOP = {"python", "ci"}
# Executables sit on top: this one starts the embedded server when no other is given, and its report
# measures relays and says whom the oracle lets reach whom.
EXCEPTIONS: dict[str, set[str]] = {
    "probe/cli": {"ice-tests/server", "ice-tests/precall", "ice-tests/turn", "ice-tests/media",
                  "nat-sim/oracle"},
}

_EVENTS = r"glib|gio/|gobject/|nice/|agent\.h|ns3/"
_SYSTEM = (r"sys/(ioctl|un|epoll|select)\.h|netdb\.h|ifaddrs\.h|poll\.h|unistd\.h"
           r"|thread$|mutex$|iostream$")
_ADDRESSES = r"sys/socket\.h|netinet/|arpa/|linux/"
_PURE = re.compile(rf"^({_EVENTS}|{_SYSTEM}|{_ADDRESSES})")
# Sans-I/O: bytes and time in, values out. Checked through everything they include.
PURE: dict[str, re.Pattern[str]] = {
    "reports/model": _PURE,
    "reports/render": _PURE,
    "probe/stun": re.compile(rf"^({_EVENTS}|{_SYSTEM})"),  # converts to and from sockaddr
    "probe/discovery": _PURE,
    "nat-sim/behavior": _PURE,
    "sdp-lint": re.compile(rf"^({_EVENTS})"),
}


def _under(path: str, directory: str) -> bool:
    return path == directory or path.startswith(directory + "/")


def _may_use(user: str, used: str) -> bool:
    """Whether the fixed order lets a directory use another."""
    top, below = user.split("/")[0], used.split("/")[0]
    if top in _ON_TOP or top == below or below in LAYERS.get(top, set()):
        return True
    return any(_under(user, directory) and _under(used, allowed)
               for directory, extra in EXCEPTIONS.items() for allowed in extra)


class ArrowCheck:
    """All of it for one tree."""

    def __init__(self, root: Path) -> None:
        self._root = root
        files = own_files(root)
        code = set(LAYERS) | _ON_TOP
        self.sources = [path for path in files
                        if path.suffix in _SOURCES and path.parts[0] in code]
        self._graph = CmakeGraph(root, [path for path in files if path.name == "CMakeLists.txt"
                                        and path.parts[0] in code])
        self._includes = {path: list(self._read(path)) for path in self.sources}

    def _read(self, path: Path) -> Iterator[tuple[int, str, bool]]:
        """Line, name, and whether it names a file of the project."""
        text = (self._root / path).read_text(errors="replace")
        for match in _INCLUDE.finditer(text):
            name = match[1] or match[2]
            line = text.count("\n", 0, match.start(0)) + 1 + match[0].count("\n")
            yield line, name, (self._root / name).is_file()

    def findings(self) -> Iterator[Finding]:
        """Every breach."""
        yield from self._declared_edges()
        for path in self.sources:
            yield from self._file(path)
            yield from self._purity(path)

    def _declared_edges(self) -> Iterator[Finding]:
        """The target graph itself: no arrow upwards, no circle."""
        for target in self._graph.targets.values():
            where = f"{target.directory}/CMakeLists.txt"
            for name in sorted(target.depends | target.test_depends):
                used = self._graph.targets.get(name)
                if used and not _may_use(target.directory, used.directory):
                    yield Finding(where, target.line,
                                  f"{target.name} may not depend on {name}: it is above")
            if self._reaches_itself(target):
                yield Finding(where, target.line, f"{target.name} depends on itself")

    def _reaches_itself(self, target: Target) -> bool:
        seen: set[str] = set()
        pending = list(target.depends)
        while pending:
            name = pending.pop()
            if name == target.name:
                return True
            if name not in seen and name in self._graph.targets:
                seen.add(name)
                pending.extend(self._graph.targets[name].depends)
        return False

    def _file(self, path: Path) -> Iterator[Finding]:
        is_test = bool(_TEST_DIRECTORIES & set(path.parts[:-1])) or path.parts[0] in _ON_TOP
        owners = self._graph.owners(path)
        allowed = self._graph.reachable_directories(owners, with_tests=is_test)
        for line, name, is_own in self._includes[path]:
            where = (path.as_posix(), line)
            if not is_own:
                if (self._root / path.parent / name).is_file():
                    yield Finding(*where, f'"{name}" is not written from the repository root')
                continue
            if path.parts[0] in _ON_TOP:
                continue
            if not _may_use(path.parent.as_posix(), name):
                yield Finding(*where, f'"{name}" is above {path.parts[0]}/')
            if not is_test and _TEST_DIRECTORIES & set(Path(name).parts[:-1]):
                yield Finding(*where, f'"{name}" belongs to tests')
            if not owners:
                yield Finding(*where, "no CMake target owns this file")
                continue
            homes = {target.directory for target in self._graph.owners(Path(name))}
            if not homes & allowed:
                names = ", ".join(sorted(target.name for target in owners))
                yield Finding(*where, f'"{name}" is not in what {names} declare as DEPENDS')

    def _purity(self, path: Path) -> Iterator[Finding]:
        for directory, forbidden in PURE.items():
            if _under(path.as_posix(), directory) and not _TEST_DIRECTORIES & set(path.parts[:-1]):
                yield from self._impure(path, forbidden)

    def _impure(self, path: Path, forbidden: re.Pattern[str]) -> Iterator[Finding]:
        """Follows the project's headers down to the first forbidden one."""
        for first_line, first, is_own in self._includes[path]:
            if not is_own and forbidden.match(first):
                yield Finding(path.as_posix(), first_line, f"<{first}> in a module without I/O")
            pending, seen = ([Path(first)] if is_own else []), {path}
            while pending:
                header = pending.pop()
                if header in seen:
                    continue
                seen.add(header)
                for _, name, nested in self._includes.get(header, []):
                    if nested:
                        pending.append(Path(name))
                    elif forbidden.match(name):
                        yield Finding(path.as_posix(), first_line,
                                      f"<{name}> reaches a module without I/O through {header}")


def main() -> int:
    """Checks the tree given as the only argument, or the one this file is in."""
    root = Path(sys.argv[1]) if len(sys.argv) > 1 else Path(__file__).resolve().parents[2]
    check = ArrowCheck(root.resolve())
    return report("check_arrows", check.findings(), len(check.sources))


if __name__ == "__main__":
    sys.exit(main())
