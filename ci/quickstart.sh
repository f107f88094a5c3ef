#!/bin/sh
# From a clean clone to a connectivity report: installs what is missing, builds `release`, shows
# nat-probe behind a simulated home router and one simulated call, writes a report of such a router and an embedded
# server on this machine as a page, and classifies the path to one. Arguments go to nat-probe.
set -eu
cd "$(dirname "$0")/.."

echo "== installing what is missing"
sh ci/setup.sh build
echo "== building the programs in build/release/bin"
log=build/quickstart.log
mkdir -p build
if ! { cmake --preset release -DPORTOLAN_PYTHON=OFF -DPORTOLAN_BENCH=OFF -DPORTOLAN_UNITY=ON &&
       cmake --build --preset release -j "${PORTOLAN_JOBS:-$(nproc)}" \
           --target nat-probe nat-sim ice-test
     } >"$log" 2>&1; then
    tail -n 50 "$log" >&2
    echo "quickstart: the build failed; all output in $log" >&2
    exit 2
fi
for example in "probe --nat linux-masq" "call --a linux-masq --b cgn-cell-sym --media 5s"; do
    echo "== build/release/bin/nat-sim $example"
    # shellcheck disable=SC2086  # several words on purpose
    build/release/bin/nat-sim $example
done
# A busy machine may leave a question open (3), which is no failure of the installation.
page=build/report.html
echo "== build/release/bin/nat-probe report --format html --output $page"
build/release/bin/nat-probe report --format html --output "$page" || [ $? -eq 3 ]
echo "the report of a simulated home router and the built-in server is in $page; --ice-servers FILE reports on your own"
echo "== build/release/bin/nat-probe $*"
exec build/release/bin/nat-probe "$@"
