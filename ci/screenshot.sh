#!/bin/sh
# Makes the README's picture of a report: a simulated call (ci/examples/home-calls-phone.json, the same
# bytes each time) as HTML, shown by headless Chromium, reduced to few colours. Without an argument it
# goes to ci/examples/report.png. PORTOLAN_BUILD names the build tree.
set -eu
cd "$(dirname "$0")/.."

build=${PORTOLAN_BUILD:-build/release}
output=${1:-ci/examples/report.png}
for program in "$build/bin/nat-sim" chromium /usr/bin/python3; do
    if ! command -v "$program" >/dev/null; then
        echo "screenshot: $program is missing; sh ci/test.sh builds and installs it" >&2
        exit 2
    fi
done
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
trap 'exit 2' INT TERM

"$build/bin/nat-sim" run ci/examples/home-calls-phone.json --format html --output "$work/report.html"
if ! timeout 60 chromium --headless --no-sandbox --disable-gpu --hide-scrollbars \
        --user-data-dir="$work/profile" --window-size=1040,3050 --force-device-scale-factor=1 \
        --blink-settings=preferredColorScheme=1 --screenshot="$work/report.png" \
        "file://$work/report.html" >"$work/log" 2>&1 || ! [ -s "$work/report.png" ]; then
    cat "$work/log" >&2
    echo "screenshot: chromium made no picture" >&2
    exit 2
fi
# A page has few colours: 128 of them show no difference, at a third of the size.
/usr/bin/python3 - "$work/report.png" "$output" <<'PYTHON'
import sys

from PIL import Image

with Image.open(sys.argv[1]) as image:
    small = image.convert("RGB").quantize(128, method=Image.Quantize.MEDIANCUT,
                                          dither=Image.Dither.NONE)
    small.save(sys.argv[2], optimize=True)
PYTHON
bytes=$(wc -c <"$output")
echo "screenshot: $output, $bytes bytes"
if [ "$bytes" -ge 200000 ]; then
    echo "screenshot: that is too much for a README; 200000 at most" >&2
    exit 1
fi
