#!/bin/sh
# Fetches what ci/npm/package-lock.json pins into build/npm, unless it is there. Install scripts do
# not run, so that no package fetches a browser of its own: the tests drive Debian's.
# Exits 2 and says why when npm or its registry cannot be reached; the tests that need it then skip.
set -eu
here=$(cd "$(dirname "$0")" && pwd)
into=${1:-$here/../../build/npm}

if ! command -v npm >/dev/null; then
    echo "npm is not installed; \`sh ci/setup.sh test\` does it" >&2
    exit 2
fi
mkdir -p "$into"
if cmp -s "$here/package-lock.json" "$into/fetched-lock.json"; then
    exit 0
fi
rm -f "$into/fetched-lock.json"
cp "$here/package.json" "$here/package-lock.json" "$into/"
if ! timeout 300 npm ci --prefix "$into" --ignore-scripts --no-audit --no-fund --loglevel=error \
    >"$into/fetch.log" 2>&1 </dev/null; then
    echo "npm could not fetch what ci/npm/package-lock.json pins; it said:" >&2
    tail -n 5 "$into/fetch.log" >&2
    exit 2
fi
cp "$into/package-lock.json" "$into/fetched-lock.json"
