# shellcheck shell=bash disable=SC2034
# The parts of one platform: how each is started, recognised and stopped. Sourced by scripts/stack after common.sh.
# A part is db, cache, queue, api, worker-N or nginx. Each writes STATE/run/PART.pid and STATE/log/PART.log.

# --- who runs it
# As root the programs run as a system user without a shell; otherwise as whoever calls.
choose_user() {
    if is_root; then
        RUN_AS=${RUN_AS:-tongchou}
        [[ $RUN_AS != root ]] || die "RUN_AS must not be root"
        id -u "$RUN_AS" >/dev/null 2>&1 ||
            useradd --system --user-group --no-create-home --home-dir /nonexistent --shell /usr/sbin/nologin "$RUN_AS"
    else
        RUN_AS=$(id -un)
    fi
}

# The words that go before a command to run it as the platform's user, with a clean environment when root calls.
AS_USER=()
set_as_user() {
    local tmp=$1
    if is_root; then
        AS_USER=(env -i PATH="$PATH" LANG=C.UTF-8 HOME="$tmp" TMPDIR="$tmp"
            setpriv --reuid "$RUN_AS" --regid "$(id -g "$RUN_AS")" --init-groups --no-new-privs --)
    else
        AS_USER=(env TMPDIR="$tmp")
    fi
}
# as_user COMMAND...: outside the caller's directory, which may be closed to that user.
as_user() { (cd / && exec "${AS_USER[@]}" "$@"); }

# --- pid files
pid_file() { echo "$STATE/run/$1.pid"; }
log_file() { echo "$STATE/log/$1.log"; }

# What a part's command line contains, so that a number which another process got meanwhile is not taken for it.
mark_of() {
    case $1 in
    db) echo "$STATE/etc/mariadb.cnf" ;;
    cache | queue) echo "$STATE/etc/redis-$1.conf" ;;
    api | worker-*) echo "$STATE/etc/tongchou.conf" ;;
    nginx) echo "$STATE/etc/nginx.conf" ;;
    esac
}

# Prints the pid of a running part; 1 when it does not run. A zombie has an empty command line and does not count.
pid_of() {
    local pid
    pid=$(cat "$(pid_file "$1")" 2>/dev/null) || return 1
    [[ $pid =~ ^[0-9]+$ ]] && process_mentions "$pid" "$(mark_of "$1")" && echo "$pid"
}

process_mentions() {
    local line
    line=$(tr '\0' ' ' 2>/dev/null <"/proc/$1/cmdline") && [[ " $line" == *[\ =]"$2"\ * ]]
}

is_running() { pid_of "$1" >/dev/null; }
is_gone() { ! is_running "$1"; }

# launch PART COMMAND...: in a session of its own, so that the terminal's Ctrl-C reaches only the script.
launch() {
    local part=$1 log
    shift
    log=$(log_file "$part")
    rotate "$log"
    end_session "$part"
    # The lock's descriptor must not live on in a daemon.
    (cd / && exec "${AS_USER[@]}" setsid "$@" </dev/null >>"$log" 2>&1 9>&-) &
    echo $! >"$(pid_file "$part")"
}

# One earlier log is kept; the programs write a line per request.
rotate() {
    local size
    size=$(stat -c %s "$1" 2>/dev/null || echo 0)
    ((size < 64 * 1024 * 1024)) || mv -f "$1" "$1.1"
}

# stop_part PART [SECONDS]: asks, waits, then ends it.
stop_part() {
    local part=$1 seconds=${2:-15} pid
    if pid=$(pid_of "$part"); then
        kill -TERM "$pid" 2>/dev/null || true
        if ! wait_until "$seconds" is_gone "$part"; then
            warn "$part did not stop within $seconds s; killed"
            kill -KILL "$pid" 2>/dev/null || true
            wait_until 10 is_gone "$part" || warn "$part (pid $pid) cannot be ended"
        fi
    fi
    end_session "$part"
    rm -f "$(pid_file "$part")"
}

# What a killed master left behind (nginx's workers would keep the port, API children the sockets): each part is a
# session of its own, and the number of a session is not given out again while anything lives in it. A process that
# has the master's number is either the part itself or, when the session is empty, a stranger: neither is touched.
end_session() {
    local pid
    pid=$(cat "$(pid_file "$1")" 2>/dev/null) || return 0
    [[ $pid =~ ^[0-9]+$ && -z $(tr -d '\0' 2>/dev/null <"/proc/$pid/cmdline") ]] || return 0
    pkill -KILL -s "$pid" 2>/dev/null || true
}

# end_orphans PROGRAM...: what runs although its pid file is lost, by name and this platform's configuration file.
end_orphans() {
    local dir words program
    for dir in /proc/[0-9]*; do
        mapfile -d '' -t words 2>/dev/null <"$dir/cmdline" || continue
        ((${#words[@]} > 2)) || continue
        for program in "$@"; do
            [[ ${words[0]##*/} == "$program" && " ${words[*]:1} " == *" --config $STATE/etc/tongchou.conf "* ]] || continue
            kill -KILL "${dir#/proc/}" 2>/dev/null || true
        done
    done
}

# --- db
start_db() {
    if [[ ! -d $STATE/db/mysql ]]; then
        rm -rf "$STATE/db" "$STATE/db.new"
        # --force: a machine whose own name does not resolve is no obstacle, only the socket is used.
        as_user mariadb-install-db --defaults-file="$STATE/etc/mariadb.cnf" --datadir="$STATE/db.new" \
            --auth-root-authentication-method=socket --auth-root-socket-user="$RUN_AS" --skip-test-db --force \
            >>"$(log_file db)" 2>&1 || return 1
        # Renamed when complete: a first start that was cut short begins again.
        mv "$STATE/db.new" "$STATE/db"
    fi
    launch db mariadbd --defaults-file="$STATE/etc/mariadb.cnf"
    wait_ready db 60 db_answers
}

# As the database's owner: the account of the operating system's user, over the socket only.
db_root() { as_user mariadb --no-defaults --socket="$STATE/run/db.sock" --user="$RUN_AS" "$@"; }
db_answers() { as_user mariadb-admin --no-defaults --socket="$STATE/run/db.sock" --user="$RUN_AS" --silent ping >/dev/null 2>&1; }

# Idempotent, on every start: the account always has the password of the configuration. It is not named like the
# system user, whose account is the owner's and works by the socket alone.
db_prepare() {
    db_root --batch <<EOS
CREATE DATABASE IF NOT EXISTS tongchou CHARACTER SET utf8mb4 COLLATE utf8mb4_unicode_520_ci;
CREATE USER IF NOT EXISTS tongchou_app@localhost;
ALTER USER tongchou_app@localhost IDENTIFIED BY '$(conf_get db_password)';
GRANT ALL PRIVILEGES ON tongchou.* TO tongchou_app@localhost;
EOS
}

# --- redis
start_redis() {
    launch "$1" redis-server "$STATE/etc/redis-$1.conf"
    wait_ready "$1" 60 redis_answers "$1"
}
redis_answers() { [[ $(redis-cli -s "$STATE/run/redis-$1.sock" ping 2>/dev/null) == PONG ]]; }

# --- the platform's own programs
program() { as_user "$APP/build/bin/tongchou-$1" --config "$STATE/etc/tongchou.conf" "${@:2}"; }
start_api() {
    launch api "$APP/build/bin/tongchou-api" --config "$STATE/etc/tongchou.conf"
    wait_ready api 30 test -S "$STATE/run/api.sock"
}
start_worker() {
    launch "$1" "$APP/build/bin/tongchou-worker" --config "$STATE/etc/tongchou.conf"
    is_running "$1" || wait_ready "$1" 5 is_running "$1"
}

# --- nginx
start_nginx() {
    as_user nginx -t -q -e "$STATE/log/nginx.log" -p "$STATE" -c "$STATE/etc/nginx.conf" 2>>"$(log_file nginx)" || return 1
    launch nginx nginx -e "$STATE/log/nginx.log" -p "$STATE" -c "$STATE/etc/nginx.conf"
    wait_ready nginx 15 port_answers
}
port_answers() { (exec 3<>"/dev/tcp/$ADDRESS/$PORT") 2>/dev/null; }

# wait_ready PART SECONDS CONDITION...: also ends when the part itself has ended.
wait_ready() {
    local part=$1 seconds=$2
    shift 2
    # A process that is just being started has not its own command line yet.
    wait_until 3 is_running "$part" || return 1
    wait_until "$seconds" ready_or_ended "$part" "$@" && "$@"
}
ready_or_ended() { "${@:2}" || ! is_running "$1"; }

start_part() {
    case $1 in
    db) start_db && db_prepare ;;
    cache | queue) start_redis "$1" ;;
    api) start_api ;;
    worker-*) start_worker "$1" ;;
    nginx) start_nginx ;;
    *) die "no such part: $1" ;;
    esac
}
