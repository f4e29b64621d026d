#include "kernel/config.h"

#include <errno.h>
#include <stdio.h>

#include "kernel/str.h"

enum { FILE_MAX_BYTES = 64 * 1024, LINES_MAX = 500 };

enum kind { TEXT, PATH, NUMBER, HEX8, LEVEL, URL };

#define MANDATORY NULL
static const struct setting {
    const char *key;
    enum kind kind;
    size_t at;
    const char *absent; /* used when the file does not say; NULL: it must */
    int64_t min, max;   /* NUMBER */
} settings[] = {
#define SETTING(f, k, default_text, lo, hi)                     \
    {                                                           \
#f, k, offsetof(struct config, f), default_text, lo, hi \
    }
    SETTING(installation_id, HEX8, MANDATORY, 0, 0),
    SETTING(state_dir, PATH, MANDATORY, 0, 0),
    SETTING(share_dir, PATH, MANDATORY, 0, 0),
    SETTING(migrations_dir, PATH, MANDATORY, 0, 0),
    SETTING(openapi, PATH, MANDATORY, 0, 0),
    SETTING(web_root, PATH, MANDATORY, 0, 0),
    SETTING(files_dir, PATH, MANDATORY, 0, 0),
    SETTING(base_url, URL, MANDATORY, 0, 0),
    SETTING(db_socket, PATH, MANDATORY, 0, 0),
    SETTING(db_name, TEXT, MANDATORY, 0, 0),
    SETTING(db_user, TEXT, MANDATORY, 0, 0),
    SETTING(db_password, TEXT, MANDATORY, 0, 0),
    SETTING(redis_cache, PATH, MANDATORY, 0, 0),
    SETTING(redis_queue, PATH, MANDATORY, 0, 0),
    SETTING(api_socket, PATH, MANDATORY, 0, 0),
    SETTING(slow_socket, PATH, MANDATORY, 0, 0),
    SETTING(api_children, NUMBER, "8", 1, 256),
    SETTING(slow_children, NUMBER, "4", 1, 256),
    SETTING(workers, NUMBER, "2", 1, 64),
    SETTING(person_rate, NUMBER, "50", 0, 1000000),
    SETTING(person_burst, NUMBER, "200", 1, 1000000),
    SETTING(client_rate, NUMBER, "500", 0, 1000000),
    SETTING(client_burst, NUMBER, "2000", 1, 1000000),
    SETTING(keep_event_days, NUMBER, "400", 0, 36500),
    SETTING(keep_key_days, NUMBER, "35", 2, 3650),
    SETTING(keep_file_days, NUMBER, "7", 1, 3650),
    SETTING(reserve_mb, NUMBER, "256", 0, 1048576),
    SETTING(log_level, LEVEL, "info", 0, 0),
    SETTING(tz, TEXT, "Asia/Shanghai", 0, 0),
    SETTING(trusted_proxies, TEXT, "", 0, 0),
    SETTING(host, TEXT, "local", 0, 0),
    SETTING(file_peers, TEXT, "", 0, 0),
    SETTING(clamd_socket, TEXT, "", 0, 0),
};
enum { SETTINGS = sizeof settings / sizeof *settings };

static const char *hex8(struct str v)
{
    bool good = v.n == 8;
    for (size_t i = 0; good && i < v.n; i++)
        good = (v.p[i] >= '0' && v.p[i] <= '9') || (v.p[i] >= 'a' && v.p[i] <= 'f');
    return good ? NULL : "must be 8 hexadecimal digits (0-9, a-f)";
}

static const char *level(struct str v)
{
    bool good = str_is(v, "debug") || str_is(v, "info") || str_is(v, "warn") || str_is(v, "error");
    return good ? NULL : "must be debug, info, warn or error";
}

static const char *url(struct str v)
{
    size_t skip = str_starts(v, STR("http://")) ? 7 : str_starts(v, STR("https://")) ? 8 : 0;
    bool good = skip && v.n > skip && !memchr(v.p + skip, '/', v.n - skip) && !memchr(v.p, ' ', v.n);
    return good ? NULL : "must be http:// or https:// with a host and no path";
}

/* NULL or what is wrong with the value. */
static const char *store(struct arena *a, const struct setting *s, struct str v, struct config *out)
{
    void *to = (char *)out + s->at;
    const char *why = NULL;
    int64_t number;
    if (s->kind == NUMBER) {
        if (!str_i64(v, &number) || number < s->min || number > s->max)
            return arena_printf(a, "must be a whole number from %lld to %lld", (long long)s->min, (long long)s->max);
        *(int64_t *)to = number;
        return NULL;
    }
    if (s->kind == PATH && (!v.n || v.p[0] != '/'))
        why = "must be an absolute path";
    else if (s->kind == HEX8)
        why = hex8(v);
    else if (s->kind == LEVEL)
        why = level(v);
    else if (s->kind == URL)
        why = url(v);
    else if (!v.n && s->absent == MANDATORY)
        why = "must not be empty";
    *(const char **)to = str_dup(a, v);
    return why;
}

static const struct setting *find(struct str key)
{
    for (size_t i = 0; i < SETTINGS; i++)
        if (str_is(key, settings[i].key))
            return &settings[i];
    return NULL;
}

static struct error *bad(struct arena *a, const char *key, const char *why)
{
    return error_field(a, ERR_INVALID, key, "setting", "%s", why);
}

static struct error *take_line(struct arena *a, struct str line, bool *seen, struct config *out)
{
    struct str value = line;
    struct str key = str_trim(str_cut(&value, '='));
    const char *name = str_dup(a, key);
    if (key.n == line.n || !memchr(line.p, '=', line.n))
        return bad(a, name, "the line is not `key = value`");
    const struct setting *s = find(key);
    if (!s)
        return bad(a, name, "no such setting");
    if (seen[s - settings])
        return bad(a, name, "set twice");
    seen[s - settings] = true;
    const char *why = store(a, s, str_trim(value), out);
    return why ? bad(a, name, why) : NULL;
}

static struct error *read_file(struct arena *a, const char *path, struct str *out)
{
    FILE *f = fopen(path, "re");
    if (!f)
        return bad(a, path, strerror(errno));
    char *text = arena_alloc(a, FILE_MAX_BYTES + 1);
    size_t n = fread(text, 1, FILE_MAX_BYTES + 1, f);
    bool broken = ferror(f);
    fclose(f);
    if (broken || n > FILE_MAX_BYTES)
        return bad(a, path, broken ? "cannot be read" : "is larger than 64 KiB");
    if (memchr(text, 0, n))
        return bad(a, path, "contains a NUL byte");
    *out = (struct str){text, n};
    return NULL;
}

struct error *config_load(struct arena *a, const char *path, struct config *out)
{
    struct str rest;
    bool seen[SETTINGS] = {false};
    memset(out, 0, sizeof *out);
    TRY(read_file(a, path, &rest));
    for (int lines = 0; rest.n; lines++) {
        if (lines == LINES_MAX)
            return bad(a, path, "has more than 500 lines");
        struct str line = str_trim(str_cut(&rest, '\n'));
        if (line.n && line.p[0] != '#')
            TRY(take_line(a, line, seen, out));
    }
    for (size_t i = 0; i < SETTINGS; i++) {
        if (seen[i])
            continue;
        if (settings[i].absent == MANDATORY)
            return bad(a, settings[i].key, "is missing");
        const char *why = store(a, &settings[i], str_of(settings[i].absent), out);
        if (why)
            return bad(a, settings[i].key, why);
    }
    return NULL;
}
