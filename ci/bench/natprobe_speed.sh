#!/bin/sh
# Prints how long nat-probe takes beside other probes. Options go to natprobe_speed.py.
set -eu
exec /usr/bin/python3 "$(dirname "$0")/natprobe_speed.py" "$@"
