# shellcheck shell=bash disable=SC2034
# Shared by the scripts of this folder: where things are, which settings apply, how to speak.
# Sourced, never run. Every setting may be given in the environment.

ROOT=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
BUILD=$ROOT/build

# Node from npm brings its own list of authorities; a site with one of its own has it in the system's.
if [[ -z ${NODE_EXTRA_CA_CERTS:-} && -r /etc/ssl/certs/ca-certificates.crt ]]; then
    export NODE_EXTRA_CA_CERTS=/etc/ssl/certs/ca-certificates.crt
fi

say() { printf '%s\n' "$*"; }
note() { printf '  %s\n' "$*" >&2; }
warn() { printf 'warning: %s\n' "$*" >&2; }
die() {
    printf 'error: %s\n' "$*" >&2
    exit 1
}

is_root() { [[ $(id -u) -eq 0 ]]; }

# An absolute path without asking that it exists.
absolute() {
    case $1 in
    /*) printf '%s' "$1" ;;
    *) printf '%s/%s' "$PWD" "$1" ;;
    esac
}

cores() { getconf _NPROCESSORS_ONLN 2>/dev/null || echo 1; }

# min A B
min() { (($1 < $2)) && echo "$1" || echo "$2"; }

# wait_until SECONDS COMMAND...: polls the condition, 1 when the deadline passes first.
# The clock is SECONDS-independent (EPOCHREALTIME would follow a clock that is set back).
wait_until() {
    local deadline=$(($(uptime_cs) + $1 * 100))
    shift
    until "$@"; do
        (($(uptime_cs) < deadline)) || return 1
        sleep 0.1
    done
}

# Centiseconds since boot: monotonic.
uptime_cs() {
    local up
    read -r up _ </proc/uptime
    echo $((10#${up/./}))
}
