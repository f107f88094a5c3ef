#!/bin/sh
# From a clean clone to a connectivity report: installs what is missing, builds `release`, and
# classifies the path to an embedded server on this machine. Arguments go to nat-probe.
set -eu
cd "$(dirname "$0")/.."

echo "== installing what is missing"
sh ci/setup.sh build
echo "== building build/release/bin/nat-probe"
log=build/quickstart.log
mkdir -p build
if ! { cmake --preset release -DPORTOLAN_PYTHON=OFF -DPORTOLAN_BENCH=OFF &&
       cmake --build --preset release -j "${PORTOLAN_JOBS:-$(nproc)}" --target nat-probe
     } >"$log" 2>&1; then
    tail -n 50 "$log" >&2
    echo "quickstart: the build failed; all output in $log" >&2
    exit 2
fi
echo "== build/release/bin/nat-probe $*"
exec build/release/bin/nat-probe "$@"
