#!/bin/sh
# Prints how fast ice-test connects two agents and runs its suites. Options go to icetest_speed.py.
set -eu
exec /usr/bin/python3 "$(dirname "$0")/icetest_speed.py" "$@"
