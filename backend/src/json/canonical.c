#include "json/canonical.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void put_text(struct buf *b, const char *p, size_t n)
{
    static const char *const names[32] = {['\b'] = "\\b", ['\t'] = "\\t", ['\n'] = "\\n", ['\f'] = "\\f", ['\r'] = "\\r"};
    buf_c(b, '"');
    for (size_t i = 0; i < n; i++) {
        unsigned char c = (unsigned char)p[i];
        if (c < 32 && names[c])
            buf_z(b, names[c]);
        else if (c < 32)
            buf_printf(b, "\\u%04x", c);
        else {
            if (c == '"' || c == '\\')
                buf_c(b, '\\');
            buf_c(b, (char)c);
        }
    }
    buf_c(b, '"');
}

/* ECMAScript's Number::toString: the fewest digits that read back, as an integer up to 21 of them. */
static void put_real(struct buf *b, double v)
{
    char text[40], digits[24];
    if (v == 0) {
        buf_c(b, '0');
        return;
    }
    int precision = 0;
    do
        snprintf(text, sizeof text, "%.*e", precision, v);
    while (strtod(text, NULL) != v && precision++ < 17);
    char *e = strchr(text, 'e');
    int power = atoi(e + 1), n = 0;
    for (char *p = text; p < e; p++)
        if (*p >= '0' && *p <= '9')
            digits[n++] = *p;
    digits[n] = '\0';
    if (v < 0)
        buf_c(b, '-');
    int point = power + 1;
    if (point > 21 || point < -5) {
        buf_c(b, digits[0]);
        if (n > 1) {
            buf_c(b, '.');
            buf_z(b, digits + 1);
        }
        buf_printf(b, "e%c%d", power < 0 ? '-' : '+', abs(power));
        return;
    }
    if (point <= 0) {
        buf_z(b, "0.");
        for (int i = point; i < 0; i++)
            buf_c(b, '0');
        buf_z(b, digits);
        return;
    }
    for (int i = 0; i < n || i < point; i++) {
        if (i == point)
            buf_c(b, '.');
        buf_c(b, i < n ? digits[i] : '0');
    }
}

static int by_key(const void *x, const void *y)
{
    return strcmp(*(const char *const *)x, *(const char *const *)y);
}

static void put_object(struct buf *b, json_t *o)
{
    size_t n = 0;
    const char **keys = malloc((json_object_size(o) + 1) * sizeof *keys), *key;
    json_t *v;
    if (!keys)
        abort();
    json_object_foreach(o, key, v)
        keys[n++] = key;
    qsort(keys, n, sizeof *keys, by_key);
    buf_c(b, '{');
    for (size_t i = 0; i < n; i++) {
        if (i)
            buf_c(b, ',');
        put_text(b, keys[i], strlen(keys[i]));
        buf_c(b, ':');
        json_canonical(b, json_object_get(o, keys[i]));
    }
    buf_c(b, '}');
    free(keys);
}

void json_canonical(struct buf *b, json_t *v)
{
    size_t i;
    json_t *one;
    switch (json_typeof(v)) {
    case JSON_OBJECT:
        put_object(b, v);
        return;
    case JSON_ARRAY:
        buf_c(b, '[');
        json_array_foreach(v, i, one) {
            if (i)
                buf_c(b, ',');
            json_canonical(b, one);
        }
        buf_c(b, ']');
        return;
    case JSON_STRING:
        put_text(b, json_string_value(v), json_string_length(v));
        return;
    case JSON_INTEGER:
        buf_i64(b, json_integer_value(v));
        return;
    case JSON_REAL:
        put_real(b, json_real_value(v));
        return;
    default:
        buf_z(b, json_is_true(v) ? "true" : json_is_false(v) ? "false" : "null");
    }
}
