#include "kernel/error.h"

#include <errno.h>
#include <stdbool.h>
#include <string.h>

static const struct {
    int status;
    const char *name, *en, *zh;
} table[ERR_COUNT] = {
    [ERR_NONE] = {200, "none", "", ""},
#define ERROR(symbol, status, code, en, zh) [symbol] = {status, code, en, zh},
#include "kernel/errors.def"
#undef ERROR
};

struct error *error_new(struct arena *a, enum error_code code, const char *fmt, ...)
{
    struct error *e = arena_zalloc(a, sizeof *e);
    va_list ap;
    va_start(ap, fmt);
    e->code = code;
    e->detail = arena_vprintf(a, fmt, ap);
    va_end(ap);
    return e;
}

struct error *error_field(struct arena *a, enum error_code code, const char *field, const char *rule, const char *fmt, ...)
{
    struct error *e = arena_zalloc(a, sizeof *e);
    va_list ap;
    va_start(ap, fmt);
    e->code = code;
    e->field = arena_strdup(a, field);
    e->rule = rule;
    e->detail = arena_vprintf(a, fmt, ap);
    va_end(ap);
    return e;
}

struct error *error_write(struct arena *a, const char *detail)
{
    bool full = errno == ENOSPC || errno == EDQUOT;
    return error_new(a, full ? ERR_NO_ROOM : ERR_UNAVAILABLE, "%s", detail);
}

void error_below(struct arena *a, struct error *e, const char *base)
{
    for (; e; e = e->next)
        if (e->field)
            e->field = arena_printf(a, "%s/%s", base, e->field);
}

int error_status(enum error_code code)
{
    return table[code].status;
}

const char *error_name(enum error_code code)
{
    return table[code].name;
}

const char *error_title(enum error_code code, const char *lang)
{
    return lang && strncmp(lang, "en", 2) == 0 ? table[code].en : table[code].zh;
}
