#include "workorders/mapping.h"

#include <stdlib.h>

#include "json/read.h"

const struct str mapping_facts[] = {STR("reference"), STR("ticket"), STR("state"), STR("title"), STR("content"),
                                    STR("number"),    STR("level"),  STR("unit"),  STR("due"),   STR("link")};
const size_t mapping_fact_count = sizeof mapping_facts / sizeof *mapping_facts;

static struct str text_of(json_t *o, const char *name)
{
    json_t *v = json_object_get(o, name);
    return json_is_string(v) ? (struct str){json_string_value(v), json_string_length(v)} : (struct str){0};
}

static bool one_is_inside(struct str a, struct str b)
{
    return a.n == b.n ? str_eq(a, b) : a.n < b.n ? str_starts(b, a) && b.p[a.n] == '.' : one_is_inside(b, a);
}

const char *mapping_wrong(struct arena *a, json_t *mapping)
{
    struct fact *known = arena_array(a, mapping_fact_count, sizeof *known);
    const struct facts facts = {known, mapping_fact_count};
    json_t *fields = json_object_get(mapping, "fields"), *x, *y;
    size_t i, k;
    for (i = 0; i < mapping_fact_count; i++)
        known[i] = (struct fact){mapping_facts[i], STR("")};
    json_array_foreach(fields, i, x) {
        if (template_unknown(text_of(x, "value"), &facts).p)
            return arena_printf(a, "fields/%zu/value", i);
        json_array_foreach(fields, k, y)
            if (k < i && one_is_inside(text_of(x, "name"), text_of(y, "name")))
                return arena_printf(a, "fields/%zu/name", i);
    }
    return NULL;
}

struct str mapping_state(json_t *mapping, struct str ours)
{
    size_t i;
    json_t *x;
    json_array_foreach(json_object_get(mapping, "states"), i, x)
        if (str_eq(text_of(x, "ours"), ours))
            return text_of(x, "theirs");
    return ours;
}

/* Objects on the way are made; mapping_wrong has seen to it that none is a text. */
static void put_at(struct arena *a, json_t *object, struct str path, json_t *value)
{
    while (true) {
        const char *name = str_dup(a, str_cut(&path, '.'));
        if (!path.n) {
            json_object_set_new(object, name, value);
            return;
        }
        json_t *next = json_object_get(object, name);
        if (!next) {
            next = json_object();
            json_object_set_new(object, name, next);
        }
        object = next;
    }
}

struct str mapping_body(struct arena *a, json_t *mapping, const struct facts *facts)
{
    json_t *body = json_object(), *x;
    size_t i;
    json_array_foreach(json_object_get(mapping, "fields"), i, x) {
        struct buf b = buf_new(a, 256, MAPPING_BODY_MAX);
        template_render(&b, text_of(x, "value"), facts, ESCAPE_NONE);
        put_at(a, body, text_of(x, "name"), json_stringn(b.p, b.n));
    }
    char *text = json_dumps(body, JSON_COMPACT);
    struct str out = {0};
    if (text && strlen(text) <= MAPPING_BODY_MAX)
        out = str_of(arena_strdup(a, text));
    free(text);
    json_decref(body);
    return out;
}

bool mapping_action(json_t *mapping, struct str theirs, enum dispatch_action *action, struct str *result)
{
    size_t i;
    json_t *x;
    json_array_foreach(json_object_get(mapping, "actions"), i, x) {
        if (!theirs.n || !str_eq(text_of(x, "theirs"), theirs))
            continue;
        *result = text_of(x, "ours");
        *action = str_is(*result, "sign") ? DISPATCH_SIGN : DISPATCH_FEEDBACK;
        return true;
    }
    return false;
}

struct str mapping_at(struct arena *a, json_t *mapping, const char *name, json_t *document)
{
    struct str path = text_of(mapping, name);
    uint64_t at;
    while (path.n) {
        struct str part = str_cut(&path, '.');
        if (json_is_array(document))
            document = str_u64(part, &at) ? json_array_get(document, at) : NULL;
        else
            document = json_object_get(document, str_dup(a, part));
    }
    if (json_is_string(document))
        return (struct str){json_string_value(document), json_string_length(document)};
    if (json_is_integer(document))
        return str_of(arena_printf(a, "%" JSON_INTEGER_FORMAT, json_integer_value(document)));
    return (struct str){0};
}
