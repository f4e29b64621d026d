#include "json/read.h"

#include <stdlib.h>

#include <stdbool.h>
#include <string.h>

/* Depth of brackets outside strings; checked before the parser recurses. */
static bool deeper_than(struct str s, size_t max)
{
    size_t depth = 0;
    bool in_string = false;
    for (size_t i = 0; i < s.n; i++) {
        char c = s.p[i];
        if (in_string) {
            if (c == '\\')
                i++;
            else if (c == '"')
                in_string = false;
        } else if (c == '"') {
            in_string = true;
        } else if (c == '{' || c == '[') {
            if (++depth > max)
                return true;
        } else if ((c == '}' || c == ']') && depth) {
            depth--;
        }
    }
    return false;
}

static void drop_json(void *p)
{
    json_decref(p);
}

/* The key that stands twice, out of the parser's "... near '"key"'". */
static const char *repeated_key(struct arena *a, const char *text)
{
    const char *from = strstr(text, "near '\""), *to = strrchr(text, '"');
    if (!from || to <= from + 6)
        return "body";
    from += 7;
    return arena_strndup(a, from, (size_t)(to - from));
}

/* As everywhere, out of memory ends the process: jansson by itself would call the text malformed. */
static void *must_have(size_t n)
{
    void *p = malloc(n);
    if (!p)
        abort();
    return p;
}

__attribute__((constructor)) static void set_memory(void)
{
    json_set_alloc_funcs(must_have, free);
}

struct error *json_read(struct arena *a, struct str text, size_t max_depth, json_t **out)
{
    if (deeper_than(text, max_depth))
        return error_field(a, ERR_TOO_DEEP, "body", "depth", "at most %zu levels are taken", max_depth);
    json_error_t why;
    json_t *v = json_loadb(text.p, text.n, JSON_REJECT_DUPLICATES | JSON_DECODE_ANY, &why);
    if (!v && json_error_code(&why) == json_error_duplicate_key)
        return error_field(a, ERR_DUPLICATE_KEY, repeated_key(a, why.text), "duplicate",
                           "line %d, column %d: a key stands twice in one object", why.line, why.column);
    if (!v)
        return error_field(a, ERR_MALFORMED, "body", "json", "line %d, column %d: not valid JSON", why.line, why.column);
    arena_cleanup(a, drop_json, v);
    *out = v;
    return NULL;
}
