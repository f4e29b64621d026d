#include "assets/change.h"

#include <stdlib.h>

#include "json/write.h"

const char *const change_action_name[CHANGE_ACTIONS] = {"register", "update", "retire", "import"};

struct str change_content(struct arena *a, const struct asset *x)
{
    struct buf b = buf_new(a, 1024, 512 * 1024);
    struct jw w = jw_of(&b);
    jw_object_begin(&w, NULL);
    jw_raw(&w, "record", asset_json(a, x));
    jw_array_begin(&w, "addresses");
    for (size_t i = 0; i < x->address_count; i++) {
        jw_object_begin(&w, NULL);
        jw_z(&w, "kind", address_kind_name[x->addresses[i].kind]);
        jw_str(&w, "value", x->addresses[i].value);
        jw_opt(&w, "space", x->addresses[i].space);
        jw_object_end(&w);
    }
    jw_array_end(&w);
    jw_object_end(&w);
    return buf_done(&b);
}

static void drop_json(void *p)
{
    json_decref(p);
}

static bool read_address(struct arena *a, json_t *o, struct asset_address *out)
{
    enum address_kind kind;
    struct str space = str_of(json_string_value(json_object_get(o, "space")));
    if (!address_kind_of(str_of(json_string_value(json_object_get(o, "kind"))), &kind) ||
        !asset_address_parse(a, kind, str_of(json_string_value(json_object_get(o, "value"))), out))
        return false;
    out->space = space;
    return true;
}

bool change_record(struct arena *a, struct str content, struct asset *out)
{
    json_t *all = json_loadb(content.p, content.n, 0, NULL), *o;
    size_t i;
    if (!all)
        return false;
    arena_cleanup(a, drop_json, all);
    char *text = json_dumps(json_object_get(all, "record"), JSON_COMPACT);
    struct str record = str_of(text ? arena_strdup(a, text) : "");
    free(text);
    if (!asset_from_json(a, record, out))
        return false;
    out->address_count = 0;
    json_array_foreach(json_object_get(all, "addresses"), i, o) {
        struct asset_address *d = &out->addresses[out->address_count];
        *d = (struct asset_address){0};
        if (out->address_count == ASSET_MAX_ADDRESSES || !read_address(a, o, d))
            return false;
        out->address_count++;
    }
    return true;
}
