#!/bin/sh
# Prints what sdp-lint costs beside other SDP parsers. Options go to sdplint_speed.py.
set -eu
exec /usr/bin/python3 "$(dirname "$0")/sdplint_speed.py" "$@"
