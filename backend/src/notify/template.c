#include "notify/template.h"

#include "json/write.h"

/* A place that begins at text: its name and length. */
static bool place_at(struct str text, struct str *name, size_t *length)
{
    size_t i = 2;
    if (!str_starts(text, STR("{{")))
        return false;
    while (i < text.n && ((text.p[i] >= 'a' && text.p[i] <= 'z') || text.p[i] == '_'))
        i++;
    if (i == 2 || text.n - i < 2 || text.p[i] != '}' || text.p[i + 1] != '}')
        return false;
    *name = (struct str){text.p + 2, i - 2};
    *length = i + 2;
    return true;
}

struct str fact_value(const struct facts *f, struct str name)
{
    for (size_t i = 0; i < f->n; i++)
        if (str_eq(f->list[i].name, name))
            return (struct str){f->list[i].value.p ? f->list[i].value.p : "", f->list[i].value.n};
    return (struct str){NULL, 0};
}

struct str template_unknown(struct str text, const struct facts *known)
{
    struct str name;
    size_t length;
    for (size_t i = 0; i < text.n; i++)
        if (place_at((struct str){text.p + i, text.n - i}, &name, &length) && !fact_value(known, name).p)
            return name;
    return (struct str){NULL, 0};
}

static void put_url(struct buf *out, struct str s)
{
    static const char plain[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~";
    for (size_t i = 0; i < s.n; i++)
        if (s.p[i] && strchr(plain, s.p[i]))
            buf_c(out, s.p[i]);
        else
            buf_printf(out, "%%%02X", (unsigned char)s.p[i]);
}

/* Control characters become spaces: a value must not begin a line of its own. */
static void put_line(struct buf *out, struct str s)
{
    for (size_t i = 0; i < s.n; i++)
        buf_c(out, (unsigned char)s.p[i] < 0x20 || s.p[i] == 0x7f ? ' ' : s.p[i]);
}

static void put_json(struct buf *out, struct str s)
{
    struct buf quoted = buf_new(out->arena, s.n + 16, 6 * s.n + 16);
    jw_string(&quoted, s);
    buf_put(out, quoted.p + 1, quoted.n - 2);
}

static void put_value(struct buf *out, struct str s, enum escape how)
{
    if (how == ESCAPE_URL)
        put_url(out, s);
    else if (how == ESCAPE_JSON)
        put_json(out, s);
    else if (how == ESCAPE_LINE)
        put_line(out, s);
    else
        buf_str(out, s);
}

void template_render(struct buf *out, struct str text, const struct facts *f, enum escape how)
{
    for (size_t i = 0; i < text.n;) {
        struct str name, value = {NULL, 0};
        size_t length = 0;
        if (place_at((struct str){text.p + i, text.n - i}, &name, &length))
            value = fact_value(f, name);
        if (value.p)
            put_value(out, value, how);
        else
            buf_c(out, text.p[i]);
        i += value.p ? length : 1;
    }
}
