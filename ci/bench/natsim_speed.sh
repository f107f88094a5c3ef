#!/bin/sh
# Prints what simulated calls cost. Options go to natsim_speed.py.
set -eu
exec /usr/bin/python3 "$(dirname "$0")/natsim_speed.py" "$@"
