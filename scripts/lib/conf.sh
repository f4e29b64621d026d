# shellcheck shell=bash disable=SC2034
# Writes the configuration of one platform under STATE/etc. Sourced by scripts/stack after common.sh.

CONF_NAME=etc/tongchou.conf

conf_get() { sed -n "s/^$1 = //p" "$STATE/$CONF_NAME" | tail -n 1; }
# What an operator changed stays; what depends on STATE, PORT or the checkout is written on every start.
conf_default() { grep -q "^$1 =" "$STATE/$CONF_NAME" || printf '%s = %s\n' "$1" "$2" >>"$STATE/$CONF_NAME"; }
conf_force() {
    local rest
    rest=$(grep -v "^$1 =" "$STATE/$CONF_NAME" || true)
    printf '%s\n%s = %s\n' "$rest" "$1" "$2" >"$STATE/$CONF_NAME"
}

random_hex() { head -c "$1" /dev/urandom | od -An -tx1 | tr -d ' \n'; }

write_conf() {
    local conf=$STATE/$CONF_NAME
    [[ -s $conf ]] || (umask 077 && echo '# Settings of this platform: key = value. Paths and addresses are rewritten by scripts/stack.' >"$conf")
    conf_default installation_id "$(random_hex 4)"
    conf_default db_password "$(random_hex 24)"
    conf_default log_level info
    conf_default tz Asia/Shanghai
    conf_default trusted_proxies ""
    conf_default clamd_socket "${CLAMD_SOCKET:-}"
    conf_default host "${HOST_NAME:-local}"
    conf_default file_peers "${FILE_PEERS:-}"
    # An explicit number in the environment wins over what an earlier start wrote.
    conf_default api_children "${API_CHILDREN:-$((4 * $(cores)))}"
    conf_default slow_children "${SLOW_CHILDREN:-4}"
    [[ -z ${API_CHILDREN:-} ]] || conf_force api_children "$API_CHILDREN"
    [[ -z ${SLOW_CHILDREN:-} ]] || conf_force slow_children "$SLOW_CHILDREN"
    [[ -z ${LOG_LEVEL:-} ]] || conf_force log_level "$LOG_LEVEL"
    # Requests a second of one account, and at once: "50/200", or off.
    write_rate person "${PERSON_RATE:-}" 50/200
    write_rate client "${CLIENT_RATE:-}" 500/2000
    conf_force state_dir "$STATE"
    conf_force share_dir "$APP/backend"
    conf_force migrations_dir "$APP/migrations"
    conf_force openapi "$APP/build/openapi.json"
    conf_force web_root "$APP/frontend/dist"
    conf_force base_url "$BASE_URL"
    conf_force db_socket "$STATE/run/db.sock"
    conf_force db_name tongchou
    conf_force db_user tongchou_app
    conf_force redis_cache "$STATE/run/redis-cache.sock"
    conf_force redis_queue "$STATE/run/redis-queue.sock"
    conf_force api_socket "$STATE/run/api.sock"
    conf_force slow_socket "$STATE/run/api-slow.sock"
    conf_force files_dir "$STATE/files"
}

# write_rate KIND WISHED DEFAULT
write_rate() {
    local rate=${2:-$3} write=conf_default
    [[ -z $2 ]] || write=conf_force
    [[ $rate != off ]] || rate=0/1
    [[ $rate =~ ^[0-9]+/[0-9]+$ ]] || die "not a rate like 50/200 or off: $rate"
    "$write" "$1_rate" "${rate%/*}"
    "$write" "$1_burst" "${rate#*/}"
}

# Durable before all: every commit is flushed. Sizes suit a small machine and ~500 partitions of `events`.
write_mariadb_conf() {
    cat >"$STATE/etc/mariadb.cnf" <<EOC
[mariadbd]
datadir = $STATE/db
socket = $STATE/run/db.sock
pid-file = $STATE/run/mariadbd.pid
tmpdir = $STATE/tmp
skip-networking
skip-name-resolve
skip-log-bin
character-set-server = utf8mb4
collation-server = utf8mb4_unicode_520_ci
default-time-zone = +00:00
transaction-isolation = READ-COMMITTED
sql-mode = STRICT_ALL_TABLES,ERROR_FOR_DIVISION_BY_ZERO,NO_ENGINE_SUBSTITUTION
max_connections = 300
max_allowed_packet = 64M
local_infile = ${DB_LOCAL_INFILE:-0}
performance_schema = OFF
table_open_cache = 4000
table_definition_cache = 2000
open_files_limit = $(min "$(ulimit -Hn)" 16384)
innodb_file_per_table = 1
innodb_flush_log_at_trx_commit = 1
innodb_flush_method = ${DB_FLUSH_METHOD:-O_DIRECT}
innodb_buffer_pool_size = ${DB_BUFFER:-512M}
innodb_log_file_size = ${DB_LOG:-256M}
innodb_lock_wait_timeout = 10
innodb_print_all_deadlocks = ON
EOC
}

# cache: a copy of what MariaDB has, thrown away when full. queue: wake-ups and streams, never thrown away.
write_redis_conf() {
    local name=$1
    shift
    mkdir -p "$STATE/redis-$name"
    {
        printf '%s\n' "port 0" "unixsocket $STATE/run/redis-$name.sock" "unixsocketperm 660" "dir $STATE/redis-$name" \
            "daemonize no" "set-proc-title no" "databases 1" 'logfile ""' "save \"\"" "$@"
    } >"$STATE/etc/redis-$name.conf"
}

write_nginx_conf() {
    local files listen="$ADDRESS:$PORT" tls="" hsts="" zone="" limit="" real_ip="" proxy
    files=$(min "$(ulimit -Hn)" 65536)
    if [[ -n ${TLS_CERT:-} ]]; then
        listen="$listen ssl http2"
        tls="ssl_certificate $TLS_CERT; ssl_certificate_key ${TLS_KEY:?TLS_CERT needs TLS_KEY}; ssl_protocols TLSv1.2 TLSv1.3;"
        tls="$tls ssl_ciphers ECDHE+AESGCM:ECDHE+CHACHA20; ssl_prefer_server_ciphers off; ssl_session_cache shared:tls:10m; ssl_session_tickets off;"
        hsts='add_header Strict-Transport-Security "max-age=31536000" always;'
    fi
    if [[ ${LOGIN_RATE:-10r/s} != off ]]; then
        zone="limit_req_zone \$sign_in_address zone=sign_in:10m rate=${LOGIN_RATE:-10r/s};"
        limit="limit_req zone=sign_in burst=60 nodelay;"
    fi
    # The client's address comes from a header only when a configured proxy sent it.
    for proxy in $(conf_get trusted_proxies | tr ',' ' '); do real_ip="$real_ip set_real_ip_from $proxy;"; done
    [[ -z $real_ip ]] || real_ip="$real_ip real_ip_header X-Forwarded-For; real_ip_recursive on;"
    local metrics=""
    for proxy in ${METRICS_FROM:-127.0.0.1 ::1}; do metrics="$metrics allow $proxy;"; done
    local peers=""
    for proxy in ${FILE_PEERS_FROM:-127.0.0.1 ::1}; do peers="$peers allow $proxy;"; done
    local template name
    for template in "$ROOT"/nginx/*.conf.in; do
        name=$(basename "$template" .in)
        fill_template "$template" \
            STATE "$STATE" LISTEN "$listen" TLS "$tls" HSTS "$hsts" WEB_ROOT "$APP/frontend/dist" \
            FILES_DIR "$STATE/files" NGINX_WORKERS "${NGINX_WORKERS:-auto}" NGINX_FILES "$files" \
            NGINX_CONNECTIONS "$((files / 2))" LOGIN_ZONE "$zone" LOGIN_LIMIT "$limit" METRICS_FROM "$metrics" FILE_PEERS_FROM "$peers" REAL_IP "$real_ip" \
            >"$STATE/etc/$name"
    done
}

# fill_template FILE NAME VALUE ...
fill_template() {
    local text
    text=$(<"$1")
    shift
    while (($#)); do
        text=${text//"@$1@"/"$2"}
        shift 2
    done
    printf '%s\n' "$text"
}
