#include "notify/event.h"

#include "packs/seed.h"

enum { PACK_ARENA = 4 << 20 };

struct error *notice_pack(struct services *s, struct arena *a, json_t **out)
{
    static json_t *pack;
    if (!pack) {
        struct arena *kept = arena_new(PACK_ARENA);
        struct error *e = pack_read(s, kept, "notices.json", &pack);
        if (e)
            return error_new(a, e->code, "%s", e->detail ? e->detail : "notices.json");
    }
    *out = pack;
    return NULL;
}

static const char *text(json_t *o, const char *name)
{
    return json_string_value(json_object_get(o, name));
}

static struct str label(json_t *o, struct str lang)
{
    return str_of(text(o, str_is(lang, "en") ? "label_en" : "label_zh"));
}

struct str event_words(json_t *pack, struct str event, struct str lang)
{
    size_t i;
    json_t *x;
    json_array_foreach(json_object_get(pack, "events"), i, x)
        if (str_is(event, text(x, "code")))
            return label(x, lang);
    return event;
}

struct str level_words(json_t *pack, int level, struct str lang)
{
    size_t i;
    json_t *x;
    json_array_foreach(json_object_get(pack, "levels"), i, x)
        if (json_integer_value(json_object_get(x, "level")) == level)
            return label(x, lang);
    return STR("");
}

struct facts facts_known(json_t *pack, struct arena *a, struct str lang)
{
    json_t *list = json_object_get(pack, "facts"), *x;
    struct fact *f = arena_array(a, json_array_size(list) + 1, sizeof *f);
    size_t i;
    json_array_foreach(list, i, x)
        f[i] = (struct fact){str_of(text(x, "name")), label(x, lang)};
    return (struct facts){f, json_array_size(list)};
}
