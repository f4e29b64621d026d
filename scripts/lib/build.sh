# shellcheck shell=bash
# Builds the programs and the web files; quiet unless it fails. Sourced after common.sh.

# quietly LOG COMMAND...
quietly() {
    local log=$1
    shift
    mkdir -p "$(dirname "$log")"
    "$@" >"$log" 2>&1 || {
        tail -n 40 "$log" >&2
        die "$* failed; the whole output is in $log"
    }
}

build_all() {
    say "Building the programs and the web files ..."
    quietly "$BUILD/log/build.log" make -C "$ROOT" --no-print-directory "-j$(cores)" build
    quietly "$BUILD/log/frontend.log" make -C "$ROOT" --no-print-directory frontend
}
