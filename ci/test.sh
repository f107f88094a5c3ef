#!/bin/sh
# Installs what is missing, builds, and runs every test. Ends at the first step that fails.
#
#   sh ci/test.sh            everything
#   sh ci/test.sh --quick    for the inner loop: release only, clang-tidy on what differs from HEAD,
#                            no tests that wait for other programs' timeouts
#
# PORTOLAN_JOBS sets how many processes run at a time (default: one per core).
set -eu
cd "$(dirname "$0")/.."

quick=no
for argument in "$@"; do
    case $argument in
        --quick) quick=yes ;;
        *) echo "usage: sh ci/test.sh [--quick]" >&2; exit 2 ;;
    esac
done

jobs=${PORTOLAN_JOBS:-$(nproc)}
logs=build/ci-logs
python=/usr/bin/python3
begin=$(date +%s)
mkdir -p "$logs"

# step NAME COMMAND...: output goes to a log, which is shown when the command fails.
step() {
    name=$1
    shift
    log=$logs/$(echo "$name" | tr ' ' '-').log
    printf '== %-28s ' "$name"
    started=$(date +%s)
    status=0
    "$@" >"$log" 2>&1 || status=$?
    printf '%4d s\n' $(($(date +%s) - started))
    if [ "$status" -ne 0 ]; then
        tail -n 200 "$log"
        echo "FAILED: $name (exit code $status; all output in $log)"
        exit 1
    fi
}

# beside NAME COMMAND...: starts a program at the lowest priority, while the steps that follow mostly
# wait; its process is then in $started_beside. `finish` is the step that waits for it.
running=
beside() {
    name=$1
    shift
    setsid sh -c 'echo 19 2>/dev/null >/proc/self/autogroup || true; exec chrt --idle 0 "$@"' sh \
        "$@" >"$logs/$name.log" 2>&1 &
    started_beside=$!
    running="$running $started_beside"
}

# finish PROCESS NAME
finish() {
    status=0
    wait "$1" || status=$?
    cat "$logs/$2.log"
    return "$status"
}

stop_what_runs() {
    for process in $running; do
        kill -- "-$process" 2>/dev/null || true
    done
}
trap stop_what_runs EXIT
trap 'exit 130' INT
trap 'exit 143' TERM

formatting() {
    git ls-files -z --cached --others --exclude-standard '*.hpp' '*.cpp' |
        xargs -0 -r clang-format --dry-run --Werror
}

# configure PRESET ON|OFF: compiles many files at a time; with or without the Python module, the
# benchmarks, the conformance suite for TURN servers, which has not been shown to pass under the
# sanitizers yet, and what runs in virtual time, which takes another ten minutes there.
configure() {
    cmake --preset "$1" "-DPORTOLAN_PYTHON=$2" "-DPORTOLAN_BENCH=$2" "-DPORTOLAN_CONFORMANCE=$2" \
        "-DPORTOLAN_VIRTUAL=$2" -DPORTOLAN_UNITY=ON
}

unit_tests() {
    ctest --test-dir "build/$1" --output-on-failure --no-tests=error -j "$jobs"
}

end_to_end() {
    PORTOLAN_BUILD=$PWD/build/release PYTHONPATH=$PWD/build/release/python \
        PYTHONDONTWRITEBYTECODE=1 "$python" -m pytest --durations=40 python/tests "$@"
}

# Not everybody reaches npm's registry: the tests that need it say so and are skipped.
npm_packages() {
    sh ci/npm/fetch.sh || echo "the tests that need them will be skipped"
}

step "setup" sh ci/setup.sh
step "npm packages" npm_packages
step "conventions" "$python" ci/checks/check_conventions.py
step "include arrows" "$python" ci/checks/check_arrows.py
step "formatting" formatting
step "python types" "$python" ci/checks/check_types.py

step "configure release" configure release ON
step "build release" cmake --build --preset release -j "$jobs"
step "unit tests release" unit_tests release
if [ "$quick" = yes ]; then
    step "end-to-end tests" end_to_end -m "not slow"
    step "clang-tidy" "$python" ci/checks/run_clang_tidy.py --build build/release \
        --jobs "$jobs" --changed
else
    step "configure asan" configure asan OFF
    beside asan-build cmake --build --preset asan -j "$jobs"
    asan=$started_beside
    beside tidy "$python" ci/checks/run_clang_tidy.py --build build/release --jobs "$jobs"
    tidy=$started_beside
    step "end-to-end tests" end_to_end
    step "build asan" finish "$asan" asan-build
    step "unit tests asan" unit_tests asan
    step "clang-tidy" finish "$tidy" tidy
fi

echo "== all steps passed in $(($(date +%s) - begin)) s"
# The runners' own closing lines, as they wrote them.
for log in "$logs"/unit-tests-release.log "$logs"/unit-tests-asan.log; do
    if [ "$quick" = no ] || [ "$log" = "$logs"/unit-tests-release.log ]; then
        grep 'tests passed' "$log"
    fi
done
grep -E '^SKIPPED' "$logs"/end-to-end-tests.log || true
tail -n 1 "$logs"/end-to-end-tests.log
