#!/bin/sh
# Installs what is missing of the groups in ci/packages.txt (default: all). Without root it prints
# the line to run and exits 2. Quiet when nothing is missing.
#
#   sh ci/setup.sh [build] [test]
set -eu
cd "$(dirname "$0")/.."

[ $# -gt 0 ] || set -- build test

wanted=$(awk -v groups="$*" '
    BEGIN { count = split(groups, list, " "); for (i = 1; i <= count; i++) want[list[i]] = 1 }
    { sub(/#.*/, "") }
    /^\[/ { group = $1; gsub(/[][]/, "", group); next }
    NF && group in want { print $1 }' ci/packages.txt)
if [ -z "$wanted" ]; then
    echo "setup: no such group in ci/packages.txt: $*" >&2
    exit 2
fi

# What installed packages say that they stand in for: an upstream nodejs brings its own npm, and
# refuses Debian's beside it.
provided_packages() {
    dpkg-query -W -f='${db:Status-Status},${Provides}\n' 2>/dev/null |
        sed -n 's/^installed,//p' | tr ',' '\n' | sed 's/(.*//; s/ //g'
}

missing_packages() {
    provided=$(provided_packages)
    for package in $wanted; do
        status=$(dpkg-query -W -f='${db:Status-Status}' "$package" 2>/dev/null || true)
        [ "$status" = installed ] || echo "$provided" | grep -qxF "$package" ||
            printf '%s ' "$package"
    done
}

if ! command -v dpkg-query >/dev/null || ! command -v apt-get >/dev/null; then
    echo "setup: this is not Debian; install the equivalents of:" >&2
    echo "$wanted" | tr '\n' ' ' >&2
    echo >&2
    exit 2
fi

missing=$(missing_packages)
[ -n "$missing" ] || exit 0

if [ "$(id -u)" -ne 0 ]; then
    echo "setup: packages are missing; please run:" >&2
    echo "  sudo apt-get install -y --no-install-recommends ${missing% }" >&2
    exit 2
fi

echo "setup: installing ${missing% }"
export DEBIAN_FRONTEND=noninteractive
install_missing() {
    # shellcheck disable=SC2086  # a list of words
    apt-get install -y -q --no-install-recommends $missing </dev/null
}
# The lists of a fresh machine are empty, those of an old one stale.
if ! install_missing >/dev/null 2>&1; then
    apt-get update -q </dev/null >/dev/null
    install_missing >/dev/null
fi

# The tests start their own; installing the package must not leave one running.
for service in coturn tayga; do
    case " $missing" in
        *" $service "*)
            if [ -d /run/systemd/system ]; then
                systemctl disable --now "$service" >/dev/null 2>&1 || true
            fi ;;
    esac
done

missing=$(missing_packages)
if [ -n "$missing" ]; then
    echo "setup: still missing after the installation: ${missing% }" >&2
    exit 2
fi
