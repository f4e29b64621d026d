/* The floor: the least that a FastCGI program must do for one page of assets. floor CONFIG.json
 *
 * The same process model as the platform's (children that share a socket, one connection a request), the same session
 * check (SHA-256 of the cookie, the copy in Redis, kept 1 s), the same prepared SELECT, the same bytes. Nothing else: no
 * routes, permissions, parameters, problem documents or log. CONFIG: {socket, children, cookie, redis, db: {socket, user,
 * password, name}, scopes: {KIND: {page, count, params}}}; params lists which of "org" and "l3" the statements take. */
#include <fcgiapp.h>
#include <hiredis/hiredis.h>
#include <jansson.h>
#include <mysql.h>
#include <openssl/sha.h>
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

enum {
    KINDS = 3,
    COLUMNS = 16,
    SIZE = 20,
    TEXT = 1024,
    SESSIONS = 256,
    TOTALS = 64,
    CHILDREN_MAX = 64,
    KEEP_MS = 1000,
    TOTAL_CAP = 10000
};
enum { EXPOSED = 12, UPDATED = 14, VERSION = 15 };
static const char *const kinds[KINDS] = {"all", "l2", "own3"};
static const char *const keys[COLUMNS] = {
    "id",       "asset_no", "class_code", "category_code",    "name",        "state_code", "importance", "main_address", "org_id",
    "org_name", "os_name",  "os_version", "internet_exposed", "source_code", "updated_at", "version"};

struct session {
    unsigned char hash[32];
    int64_t until; /* monotonic ms */
    int kind;
    char org[37], l3[37];
};
struct total {
    char org[37];
    int64_t until;
    long long n;
};
struct cell {
    char text[TEXT];
    long long i;
    MYSQL_TIME t;
    unsigned long length;
    my_bool null;
};
struct statement {
    MYSQL_STMT *page, *count;
};

static json_t *config;
static MYSQL *db;
static redisContext *cache;
static struct statement statements[KINDS];
static struct session sessions[SESSIONS];
static struct total totals[TOTALS]; /* by organisation */
static struct cell cells[COLUMNS];
static char reply[SIZE * COLUMNS * TEXT];
static char *out;
static volatile sig_atomic_t stop;

static const char *setting(const char *part, const char *name)
{
    json_t *o = part ? json_object_get(config, part) : config;
    return json_string_value(json_object_get(o, name));
}

static _Noreturn void die(const char *why)
{
    fprintf(stderr, "floor: %s\n", why);
    _exit(1);
}

static int64_t now_ms(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return t.tv_sec * INT64_C(1000) + t.tv_nsec / 1000000;
}

/* ---- statements ---- */
static MYSQL_STMT *prepare(const char *sql)
{
    MYSQL_STMT *s = mysql_stmt_init(db);
    if (!s || mysql_stmt_prepare(s, sql, strlen(sql)))
        die(mysql_error(db));
    return s;
}

static void bind_columns(MYSQL_STMT *s)
{
    MYSQL_BIND b[COLUMNS];
    memset(b, 0, sizeof b);
    for (int i = 0; i < COLUMNS; i++) {
        struct cell *c = &cells[i];
        b[i].is_null = &c->null;
        b[i].length = &c->length;
        if (i == EXPOSED || i == VERSION) {
            b[i].buffer_type = MYSQL_TYPE_LONGLONG;
            b[i].buffer = &c->i;
        } else if (i == UPDATED) {
            b[i].buffer_type = MYSQL_TYPE_DATETIME;
            b[i].buffer = &c->t;
        } else {
            b[i].buffer_type = MYSQL_TYPE_STRING;
            b[i].buffer = c->text;
            b[i].buffer_length = TEXT;
        }
    }
    if (mysql_stmt_bind_result(s, b))
        die("bind");
}

static void connect_all(void)
{
    db = mysql_init(NULL);
    mysql_optionsv(db, MYSQL_SET_CHARSET_NAME, "utf8mb4");
    mysql_optionsv(db, MYSQL_INIT_COMMAND, "SET time_zone='+00:00', tx_isolation='READ-COMMITTED'");
    if (!mysql_real_connect(db, NULL, setting("db", "user"), setting("db", "password"), setting("db", "name"), 0,
                            setting("db", "socket"), 0))
        die(mysql_error(db));
    cache = redisConnectUnix(setting(NULL, "redis"));
    if (!cache || cache->err)
        die("redis");
    for (int k = 0; k < KINDS; k++) {
        json_t *scope = json_object_get(json_object_get(config, "scopes"), kinds[k]);
        statements[k].page = prepare(json_string_value(json_object_get(scope, "page")));
        statements[k].count = prepare(json_string_value(json_object_get(scope, "count")));
        bind_columns(statements[k].page);
    }
}

static void execute(MYSQL_STMT *s, struct session *x)
{
    MYSQL_BIND b[2];
    memset(b, 0, sizeof b);
    char *const value[2] = {x->kind == 2 ? x->l3 : x->org, x->org};
    for (int i = 0; i < x->kind; i++) {
        b[i].buffer_type = MYSQL_TYPE_STRING;
        b[i].buffer = value[i];
        b[i].buffer_length = 36;
    }
    if ((x->kind && mysql_stmt_bind_param(s, b)) || mysql_stmt_execute(s) || mysql_stmt_store_result(s))
        die(mysql_stmt_error(s));
}

/* ---- the session ---- */
static bool token_of(const char *cookies, const char **p, size_t *n)
{
    const char *name = setting(NULL, "cookie"), *at = cookies ? strstr(cookies, name) : NULL;
    if (!at)
        return false;
    *p = at + strlen(name) + 1;
    *n = strcspn(*p, ";");
    return true;
}

static bool load_session(struct session *s, const unsigned char hash[32])
{
    char hex[65];
    for (int i = 0; i < 32; i++)
        snprintf(hex + 2 * i, 3, "%02x", hash[i]);
    redisReply *got = redisCommand(cache, "GET bench:s:%s", hex);
    if (!got || got->type != REDIS_REPLY_STRING)
        return false;
    json_t *o = json_loadb(got->str, got->len, 0, NULL);
    freeReplyObject(got);
    const char *kind = json_string_value(json_object_get(o, "kind"));
    *s = (struct session){.until = now_ms() + KEEP_MS, .kind = -1};
    memcpy(s->hash, hash, 32);
    for (int k = 0; kind && k < KINDS; k++)
        if (strcmp(kind, kinds[k]) == 0)
            s->kind = k;
    snprintf(s->org, sizeof s->org, "%s", json_string_value(json_object_get(o, "org")));
    snprintf(s->l3, sizeof s->l3, "%s", json_string_value(json_object_get(o, "l3")));
    bool alive = s->kind >= 0 && json_integer_value(json_object_get(o, "ends")) > time(NULL);
    json_decref(o);
    return alive;
}

static struct session *session_of(const char *cookies)
{
    const char *token;
    size_t n;
    unsigned char hash[32];
    if (!token_of(cookies, &token, &n))
        return NULL;
    SHA256((const unsigned char *)token, n, hash);
    struct session *s = &sessions[hash[0]];
    if (s->until > now_ms() && memcmp(s->hash, hash, 32) == 0)
        return s;
    return load_session(s, hash) ? s : NULL;
}

/* ---- the page ---- */
static void put(const char *p, size_t n)
{
    memcpy(out, p, n);
    out += n;
}
#define PUT(literal) put("" literal, sizeof(literal) - 1)

static void put_int(long long v)
{
    char digits[24];
    put(digits, (size_t)snprintf(digits, sizeof digits, "%lld", v));
}

static void put_text(const struct cell *c)
{
    *out++ = '"';
    for (unsigned long i = 0; i < c->length; i++) {
        if (c->text[i] == '"' || c->text[i] == '\\')
            *out++ = '\\';
        *out++ = c->text[i];
    }
    *out++ = '"';
}

static int64_t seconds_of(const MYSQL_TIME *t)
{
    struct tm tm = {.tm_year = (int)t->year - 1900,
                    .tm_mon = (int)t->month - 1,
                    .tm_mday = (int)t->day,
                    .tm_hour = (int)t->hour,
                    .tm_min = (int)t->minute,
                    .tm_sec = (int)t->second};
    return timegm(&tm);
}

static void two(unsigned v)
{
    *out++ = (char)('0' + v / 10);
    *out++ = (char)('0' + v % 10);
}

/* Eight hours east of UTC. */
static void put_time(const MYSQL_TIME *t)
{
    time_t local = seconds_of(t) + 8 * 3600;
    struct tm tm;
    gmtime_r(&local, &tm);
    unsigned ms = (unsigned)t->second_part / 1000;
    *out++ = '"';
    two((unsigned)(tm.tm_year + 1900) / 100), two((unsigned)(tm.tm_year + 1900) % 100);
    *out++ = '-', two((unsigned)tm.tm_mon + 1), *out++ = '-', two((unsigned)tm.tm_mday), *out++ = 'T';
    two((unsigned)tm.tm_hour), *out++ = ':', two((unsigned)tm.tm_min), *out++ = ':', two((unsigned)tm.tm_sec);
    *out++ = '.', *out++ = (char)('0' + ms / 100), two(ms % 100);
    PUT("+08:00\"");
}

static void put_row(void)
{
    for (int i = 0; i < COLUMNS; i++) {
        *out++ = i ? ',' : '{';
        *out++ = '"';
        put(keys[i], strlen(keys[i]));
        PUT("\":");
        if (cells[i].null)
            PUT("null");
        else if (i == EXPOSED)
            put(cells[i].i ? "true" : "false", cells[i].i ? 4 : 5);
        else if (i == VERSION)
            put_int(cells[i].i);
        else if (i == UPDATED)
            put_time(&cells[i].t);
        else
            put_text(&cells[i]);
    }
    *out++ = '}';
}

static long long total_of(struct session *s)
{
    struct total *kept = &totals[strtoul(s->org + 34, NULL, 16) % TOTALS];
    if (kept->until > now_ms() && strcmp(kept->org, s->org) == 0)
        return kept->n;
    MYSQL_STMT *count = statements[s->kind].count;
    long long n = 0;
    MYSQL_BIND b = {.buffer_type = MYSQL_TYPE_LONGLONG, .buffer = &n};
    execute(count, s);
    if (mysql_stmt_bind_result(count, &b) || mysql_stmt_fetch(count))
        die("count");
    mysql_stmt_free_result(count);
    *kept = (struct total){.until = now_ms() + KEEP_MS, .n = n};
    memcpy(kept->org, s->org, sizeof kept->org);
    return n;
}

static void answer(FCGX_Request *q, struct session *s)
{
    MYSQL_STMT *page = statements[s->kind].page;
    int n = 0;
    out = reply;
    PUT("Status: 200\r\nContent-Type: application/json\r\n\r\n{\"items\":[");
    execute(page, s);
    while (mysql_stmt_fetch(page) == 0) {
        if (n++)
            *out++ = ',';
        put_row();
    }
    mysql_stmt_free_result(page);
    long long total = n < SIZE ? n : total_of(s);
    PUT("],\"total\":");
    put_int(total > TOTAL_CAP ? TOTAL_CAP : total);
    if (total > TOTAL_CAP)
        PUT(",\"total_more\":true");
    PUT(",\"page\":1,\"size\":20");
    if (n == SIZE) {
        PUT(",\"after\":\"");
        put_int(seconds_of(&cells[UPDATED].t) * 1000000 + (long long)cells[UPDATED].t.second_part);
        *out++ = '_';
        put(cells[0].text, cells[0].length);
        *out++ = '"';
    }
    *out++ = '}';
    FCGX_PutStr(reply, (int)(out - reply), q->out);
}

static void on_term(int sig)
{
    (void)sig;
    stop = 1;
}

static _Noreturn void child(int socket)
{
    FCGX_Request q;
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    connect_all();
    FCGX_InitRequest(&q, socket, 0);
    while (FCGX_Accept_r(&q) >= 0) {
        struct session *s = session_of(FCGX_GetParam("HTTP_COOKIE", q.envp));
        if (s)
            answer(&q, s);
        else
            FCGX_PutS("Status: 401\r\n\r\n", q.out);
        FCGX_Finish_r(&q);
    }
    _exit(0);
}

int main(int argc, char **argv)
{
    config = argc == 2 ? json_load_file(argv[1], 0, NULL) : NULL;
    if (!config)
        die("usage: floor CONFIG.json");
    pid_t pids[CHILDREN_MAX];
    int n = (int)json_integer_value(json_object_get(config, "children"));
    FCGX_Init();
    umask(0);
    int socket = FCGX_OpenSocket(setting(NULL, "socket"), 512);
    struct sigaction end = {.sa_handler = on_term};
    if (socket < 0 || n < 1 || n > CHILDREN_MAX)
        die("socket or children");
    for (int i = 0; i < n; i++)
        if ((pids[i] = fork()) == 0)
            child(socket);
    sigaction(SIGTERM, &end, NULL);
    while (!stop)
        pause();
    for (int i = 0; i < n; i++)
        kill(pids[i], SIGKILL);
    return 0;
}
