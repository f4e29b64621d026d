/* /settings, /sign-in-policy */
#include "json/write.h"
#include "settings/setting_store.h"

struct error *setting_list(struct request *r);
struct error *setting_change(struct request *r);
struct error *sign_in_policy_get(struct request *r);
struct error *sign_in_policy_change(struct request *r);

enum { SETTINGS_MAX = 100 };
static const struct setting *of_group[SETTINGS_MAX];

static size_t group_of(const char *group)
{
    size_t n = 0;
    for (size_t i = 0; setting_at(i) && n < SETTINGS_MAX; i++) {
        if (strcmp(setting_at(i)->group, group) != 0)
            continue;
        size_t at = n++;
        for (; at && of_group[at - 1]->order > setting_at(i)->order; at--)
            of_group[at] = of_group[at - 1];
        of_group[at] = setting_at(i);
    }
    return n;
}

struct changed {
    int64_t at;
    const char *by;
};

static struct error *read_changes(struct request *r, size_t n, struct changed *out)
{
    struct rows x;
    TRY(setting_rows(r->db, r->arena, &x));
    while (rows_next(&x))
        for (size_t i = 0; i < n; i++)
            if (str_is(row_text(&x, 0), of_group[i]->name))
                out[i] = (struct changed){row_time(&x, 2), row_dup(&x, r->arena, 3)};
    return rows_end(&x);
}

static struct error *list(struct request *r, const char *group)
{
    size_t n = group_of(group);
    struct changed *changed = arena_zalloc(r->arena, (n + 1) * sizeof *changed);
    TRY(read_changes(r, n, changed));
    list_begin(r);
    struct jw w = jw_of(&r->reply);
    for (size_t i = 0; i < n; i++) {
        const struct setting *x = of_group[i];
        int64_t value;
        TRY(setting_get(r->services, r->arena, x, &value));
        jw_object_begin(&w, NULL);
        jw_z(&w, "name", x->name);
        jw_z(&w, "label_zh", x->label_zh);
        jw_z(&w, "label_en", x->label_en);
        jw_z(&w, "help_zh", x->help_zh);
        jw_z(&w, "help_en", x->help_en);
        jw_z(&w, "unit", x->unit);
        jw_int(&w, "value", value);
        jw_int(&w, "shipped", x->shipped);
        jw_int(&w, "least", x->least);
        jw_int(&w, "most", x->most);
        jw_time(&w, "updated_at", changed[i].at);
        jw_z(&w, "updated_by_name", changed[i].by);
        jw_object_end(&w);
    }
    return list_end_whole(r);
}

static struct error *change(struct request *r, const char *group)
{
    struct str name = body_str(r, "name");
    int64_t value = body_int(r, "value", 0), was;
    size_t n = group_of(group), i = 0;
    while (i < n && !str_is(name, of_group[i]->name))
        i++;
    if (i == n)
        return invalid(r, "name", "enum", "there is no such setting here");
    const struct setting *x = of_group[i];
    if (value < x->least || value > x->most)
        return invalid(r, "value", "range", "from %lld to %lld", (long long)x->least, (long long)x->most);
    TRY(setting_get(r->services, r->arena, x, &was));
    TRY(setting_put(r, x, value));
    r->raises[GENERATION_CONFIG] = true;
    request_audit(r, "setting", NULL, &r->who->org,
                  str_of(arena_printf(r->arena, "{\"name\":\"%s\",\"value\":%lld}", x->name, (long long)was)),
                  str_of(arena_printf(r->arena, "{\"name\":\"%s\",\"value\":%lld}", x->name, (long long)value)));
    return reply_empty(r, 204);
}

struct error *setting_list(struct request *r)
{
    return list(r, SETTINGS_GENERAL);
}

struct error *setting_change(struct request *r)
{
    return change(r, SETTINGS_GENERAL);
}

struct error *sign_in_policy_get(struct request *r)
{
    return list(r, SETTINGS_SIGN_IN);
}

struct error *sign_in_policy_change(struct request *r)
{
    return change(r, SETTINGS_SIGN_IN);
}
