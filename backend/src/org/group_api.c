/* /groups */
#include "json/write.h"
#include "kernel/id.h"
#include "org/group_store.h"
#include "org/org_store.h"
#include "org/realm.h"

enum { GROUPS_A_REALM = 200 };

struct error *group_list(struct request *r);
struct error *group_get(struct request *r);
struct error *group_create(struct request *r);
struct error *group_update(struct request *r);
struct error *group_delete(struct request *r);
struct error *group_member_list(struct request *r);

/* "level:2,sector:01,sector:02", sorted by kind; NULL without a rule. */
static void put_rule(struct jw *w, struct rows *g)
{
    static const char *const kinds[][2] = {
        {"sector", "sectors"}, {"region", "regions"}, {"level", "levels"}, {"type", "types"}, {"mark", "marks"}};
    if (row_null(g, 5)) {
        jw_null(w, "rule");
        return;
    }
    jw_object_begin(w, "rule");
    for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++) {
        struct str words = row_text(g, 5);
        jw_array_begin(w, kinds[i][1]);
        while (words.n) {
            struct str value = str_cut(&words, ',');
            struct str kind = str_cut(&value, ':');
            if (str_is(kind, kinds[i][0]))
                jw_str(w, NULL, value);
        }
        jw_array_end(w);
    }
    jw_object_end(w);
}

static void put_head(struct request *r, struct jw *w, struct rows *g)
{
    jw_str(w, "id", row_text(g, 0));
    jw_row_text(w, "realm", g, 1);
    jw_row_text(w, "realm_name", g, 2);
    jw_str(w, "name", row_text(g, 3));
    jw_row_text(w, "remark", g, 4);
    put_rule(w, g);
    jw_int(w, "by_hand", row_int(g, 6));
    jw_bool(w, "may_write", row_null(g, 1) ? r->who->scope.kind == SCOPE_ALL : row_int(g, 9) != 0);
    jw_int(w, "version", row_int(g, 7));
    jw_row_time(w, "updated_at", g, 8);
}

struct error *group_list(struct request *r)
{
    struct rows rows;
    TRY(group_rows(r, &rows));
    list_begin(r);
    struct jw w = jw_of(&r->reply);
    while (rows_next(&rows)) {
        jw_object_begin(&w, NULL);
        put_head(r, &w, &rows);
        jw_object_end(&w);
    }
    TRY(rows_end(&rows));
    return list_end_whole(r);
}

static struct error *put_hand(struct request *r, struct jw *w, const char *id, const char *key, bool excluded)
{
    struct rows rows;
    TRY(group_hand_rows(r, id, &rows));
    jw_array_begin(w, key);
    while (rows_next(&rows)) {
        if ((row_int(&rows, 2) != 0) != excluded)
            continue;
        jw_object_begin(w, NULL);
        jw_str(w, "id", row_text(&rows, 0));
        jw_str(w, "name", row_text(&rows, 1));
        jw_object_end(w);
    }
    jw_array_end(w);
    return rows_end(&rows);
}

struct group_now {
    struct str text, realm;
    int64_t version;
};

static struct error *read_group(struct request *r, const char *id, struct group_now *out)
{
    struct rows rows;
    bool found;
    TRY(group_row(r, id, &rows, &found));
    if (!found)
        return not_found(r);
    struct buf b = buf_new(r->arena, 1024, 1 << 20);
    struct jw w = jw_of(&b);
    jw_object_begin(&w, NULL);
    put_head(r, &w, &rows);
    out->realm = str_of(row_dup(&rows, r->arena, 1));
    out->version = row_int(&rows, 7);
    TRY(rows_end(&rows));
    TRY(put_hand(r, &w, id, "orgs", false));
    TRY(put_hand(r, &w, id, "excluded", true));
    jw_object_end(&w);
    out->text = buf_done(&b);
    return NULL;
}

struct error *group_get(struct request *r)
{
    struct group_now now;
    TRY(read_group(r, param_str(r, "id").p, &now));
    buf_str(&r->reply, now.text);
    return reply_written(r, 200);
}

static struct error *check_codes(struct request *r, json_t *rule)
{
    size_t i;
    json_t *code;
    bool known;
    json_array_foreach(json_object_get(rule, "sectors"), i, code) {
        TRY(org_sector_known(r, str_of(json_string_value(code)), str_of(json_string_value(code)), &known));
        if (!known)
            return invalid(r, arena_printf(r->arena, "rule/sectors/%zu", i), "unknown", "no such sector");
    }
    json_array_foreach(json_object_get(rule, "regions"), i, code) {
        TRY(org_region_known(r, json_string_value(code), &known));
        if (!known)
            return invalid(r, arena_printf(r->arena, "rule/regions/%zu", i), "unknown", "no such region");
    }
    return NULL;
}

static bool rule_says_something(json_t *rule)
{
    const char *key;
    json_t *list;
    json_object_foreach(rule, key, list)
        if (json_array_size(list))
            return true;
    return false;
}

static struct error *record_of(struct request *r, struct group_record *g)
{
    const char *stranger;
    g->name = str_trim(body_str(r, "name"));
    g->remark = body_str(r, "remark");
    g->orgs = body_get(r, "orgs");
    g->excluded = body_get(r, "excluded");
    g->rule = json_is_object(body_get(r, "rule")) ? body_get(r, "rule") : NULL;
    g->version = body_int(r, "version", 0);
    if (!g->name.n)
        return invalid(r, "name", "required", "the name is empty");
    if (g->rule && !rule_says_something(g->rule))
        return invalid(r, "rule", "required", "a rule names at least one value");
    if (!g->rule && !json_array_size(g->orgs))
        return invalid(r, "orgs", "required", "a group has members by hand or a rule");
    TRY(check_codes(r, g->rule));
    TRY(group_stranger(r, g->realm, g->orgs, &stranger));
    if (stranger[0])
        return invalid(r, "orgs", "unknown", "organisation %s is not active in the group's realm", stranger);
    TRY(group_stranger(r, g->realm, g->excluded, &stranger));
    return stranger[0] ? invalid(r, "excluded", "unknown", "organisation %s is not active in the group's realm", stranger) : NULL;
}

static struct error *taken(struct request *r, struct error *e)
{
    return e && e->code == ERR_DUPLICATE ? error_field(r->arena, ERR_DUPLICATE, "name", "taken", "the realm has such a group") : e;
}

/* Nobody is a member by hand and kept out at once: the primary key says so. */
static struct error *fill(struct request *r, const struct group_record *g)
{
    struct error *e = group_fill(r, g);
    return e && e->code == ERR_DUPLICATE ? invalid(r, "excluded", "both", "an organisation is member by hand and kept out") : e;
}

static struct error *answer(struct request *r, int status, const char *id, const struct org_stamp *whose, struct str before)
{
    struct group_now now;
    TRY(read_group(r, id, &now));
    request_audit(r, "group", id, whose, before, now.text);
    buf_str(&r->reply, now.text);
    return reply_written(r, status);
}

struct error *group_create(struct request *r)
{
    struct group_record g = {0};
    struct org_stamp whose;
    int64_t n;
    TRY(realm_for_write(r, body_str(r, "realm"), g.realm, &whose));
    TRY(record_of(r, &g));
    TRY(group_total(r, g.realm, &n));
    if (n >= GROUPS_A_REALM)
        return conflict(r, "a realm has at most %d groups", GROUPS_A_REALM);
    memcpy(g.id, id_new().s, sizeof g.id);
    TRY(taken(r, group_insert(r, &g)));
    TRY(fill(r, &g));
    return answer(r, 201, arena_strdup(r->arena, g.id), &whose, STR(""));
}

struct error *group_update(struct request *r)
{
    struct group_record g = {0};
    struct group_now was;
    struct org_stamp whose;
    uint64_t n;
    const char *id = param_str(r, "id").p;
    TRY(read_group(r, id, &was));
    TRY(realm_may_write(r, was.realm, &whose));
    str_copy(g.id, sizeof g.id, str_of(id));
    str_copy(g.realm, sizeof g.realm, was.realm);
    TRY(record_of(r, &g));
    TRY(taken(r, group_change(r, &g, &n)));
    if (!n)
        return stale_version(r, was.version);
    TRY(fill(r, &g));
    return answer(r, 200, id, &whose, was.text);
}

struct error *group_delete(struct request *r)
{
    struct group_now was;
    struct org_stamp whose;
    const char *id = param_str(r, "id").p;
    TRY(read_group(r, id, &was));
    TRY(realm_may_write(r, was.realm, &whose));
    TRY(group_remove(r, id));
    request_audit(r, "group", id, &whose, was.text, STR(""));
    return reply_empty(r, 204);
}

struct error *group_member_list(struct request *r)
{
    struct group_now now;
    struct page p;
    struct rows rows;
    int64_t total;
    const char *id = param_str(r, "id").p;
    TRY(page_of(r, &p));
    TRY(read_group(r, id, &now));
    TRY(group_member_count(r, id, &total));
    TRY(group_member_rows(r, id, &p, &rows));
    list_begin(r);
    struct jw w = jw_of(&r->reply);
    while (rows_next(&rows)) {
        jw_object_begin(&w, NULL);
        jw_str(&w, "id", row_text(&rows, 0));
        jw_str(&w, "name", row_text(&rows, 1));
        jw_str(&w, "region_code", row_text(&rows, 2));
        jw_row_text(&w, "sector_code", &rows, 3);
        jw_row_bool(&w, "by_hand", &rows, 4);
        jw_object_end(&w);
    }
    TRY(rows_end(&rows));
    return list_end(r, &p, total, NULL);
}
