#include <stdio.h>
#include <stdlib.h>

#include "sql/sql_internal.h"

extern struct sql_stmt *const __start_sql_registry[] __attribute__((weak));
extern struct sql_stmt *const __stop_sql_registry[] __attribute__((weak));

static unsigned count;

size_t sql_registry_count(void)
{
    return count;
}

const struct sql_stmt *sql_registry_at(size_t i)
{
    return __start_sql_registry[i];
}

static _Noreturn void refuse(const struct sql_stmt *s, const char *why)
{
    fprintf(stderr, "{\"level\":\"fatal\",\"msg\":\"statement %s: %s\"}\n", s->name, why);
    exit(70);
}

void sql_registry_init(void)
{
    if (count)
        return;
    for (struct sql_stmt *const *p = __start_sql_registry; p < __stop_sql_registry; p++) {
        struct sql_stmt *s = *p;
        s->slot = count++;
        for (unsigned k = 0; k < SCOPE_KINDS; k++) {
            if (!s->text[k])
                continue;
            struct sql_parsed parsed;
            const char *why = sql_parse(s->text[k], &parsed);
            if (why)
                refuse(s, why);
            free(parsed.text);
        }
    }
}

static bool name_char(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '_';
}

/* Copies a quoted run, quote included; returns what follows it. */
static const char *copy_quoted(const char *p, char **to)
{
    char quote = *p;
    *(*to)++ = *p++;
    while (*p && *p != quote)
        *(*to)++ = *p++;
    if (*p)
        *(*to)++ = *p++;
    return p;
}

const char *sql_parse(const char *sql, struct sql_parsed *out)
{
    char *text = malloc(strlen(sql) + 1), *to = text;
    if (!text)
        return "out of memory";
    *out = (struct sql_parsed){.text = text};
    for (const char *p = sql; *p;) {
        if (*p == '\'' || *p == '`') {
            p = copy_quoted(p, &to);
        } else if (*p == '?') {
            free(text);
            return "use :name, not ?";
        } else if (*p == ':' && name_char(p[1]) && !(p > sql && p[-1] == ':')) {
            const char *name = ++p;
            while (name_char(*p))
                p++;
            if (out->params == SQL_MAX_PARAMS || p - name >= SQL_NAME_MAX) {
                free(text);
                return "too many parameters or a name too long";
            }
            memcpy(out->name[out->params], name, (size_t)(p - name));
            out->name[out->params++][p - name] = '\0';
            *to++ = '?';
        } else {
            *to++ = *p++;
        }
    }
    *to = '\0';
    return NULL;
}
