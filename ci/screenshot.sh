#!/bin/sh
# Makes the README's pictures of reports: a simulated call (ci/examples/home-calls-phone.json, the same
# bytes each time), and the first part of nat-probe's report before a call, of the built-in server on
# this machine, so that ports and times differ. Shown by headless Chromium, reduced to few colours.
# They go to ci/examples, or to the folder that is named. PORTOLAN_BUILD names the build tree.
set -eu
cd "$(dirname "$0")/.."

build=${PORTOLAN_BUILD:-build/release}
folder=${1:-ci/examples}
for program in "$build/bin/nat-sim" "$build/bin/nat-probe" chromium /usr/bin/python3; do
    if ! command -v "$program" >/dev/null; then
        echo "screenshot: $program is missing; sh ci/test.sh builds and installs it" >&2
        exit 2
    fi
done
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
trap 'exit 2' INT TERM
mkdir -p "$folder"

# Of an HTML report, so many pixels from its head.
picture() {
    if ! timeout 240 chromium --headless --no-sandbox --disable-gpu --hide-scrollbars \
            --user-data-dir="$work/profile" --window-size="1040,$2" --force-device-scale-factor=1 \
            --blink-settings=preferredColorScheme=1 --screenshot="$work/$1.png" \
            "file://$work/$1.html" >"$work/log" 2>&1 || ! [ -s "$work/$1.png" ]; then
        cat "$work/log" >&2
        echo "screenshot: chromium made no picture of $1" >&2
        exit 2
    fi
    # A page has few colours: 128 of them show no difference, at a third of the size.
    /usr/bin/python3 - "$work/$1.png" "$folder/$1.png" <<'PYTHON'
import sys

from PIL import Image

with Image.open(sys.argv[1]) as image:
    small = image.convert("RGB").quantize(128, method=Image.Quantize.MEDIANCUT,
                                          dither=Image.Dither.NONE)
    small.save(sys.argv[2], optimize=True)
PYTHON
    bytes=$(wc -c <"$folder/$1.png")
    echo "screenshot: $folder/$1.png, $bytes bytes"
    if [ "$bytes" -ge 200000 ]; then
        echo "screenshot: that is too much for a README; 200000 at most" >&2
        exit 1
    fi
}

"$build/bin/nat-sim" run ci/examples/home-calls-phone.json --format html --output "$work/report.html"
picture report 3278
# What the run leaves open is no fault of its picture.
"$build/bin/nat-probe" report --budget 30s --format html --output "$work/before-a-call.html" ||
    [ -s "$work/before-a-call.html" ]
picture before-a-call 1790
