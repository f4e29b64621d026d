/* /assets/{id}/relations, /assets/impact and /assets/{id}/responders */
#include <jansson.h>
#include <stdlib.h>

#include "assets/asset_store.h"
#include "assets/relation.h"
#include "json/write.h"
#include "kernel/id.h"

struct error *relation_list(struct request *r);
struct error *relation_create(struct request *r);
struct error *relation_remove(struct request *r);
struct error *relation_kind_list(struct request *r);
struct error *asset_impact(struct request *r);
struct error *responder_list(struct request *r);

struct error *relation_kind_list(struct request *r)
{
    static const char *const names[] = {"code", "from_class", "to_class", "label_zh", "label_en", "back_zh", "back_en", "carries"};
    struct rows x;
    TRY(relation_kind_rows(r->services, r->arena, &x));
    list_begin(r);
    struct jw w = jw_of(&r->reply);
    while (rows_next(&x)) {
        jw_object_begin(&w, NULL);
        for (unsigned i = 0; i < sizeof names / sizeof *names; i++)
            jw_str(&w, names[i], row_text(&x, i));
        jw_object_end(&w);
    }
    TRY(rows_end(&x));
    return list_end_whole(r);
}

static struct error *read_asset(struct request *r, const char *id, struct asset *out)
{
    bool found;
    TRY(asset_read(r->services, r->arena, &r->who->scope, id, out, &found));
    return found ? NULL : not_found(r);
}

struct error *relation_list(struct request *r)
{
    const char *id = param_str(r, "id").p;
    struct asset x;
    struct rows rows;
    int64_t hidden;
    TRY(read_asset(r, id, &x));
    TRY(relation_hidden(r, id, &hidden));
    TRY(relation_rows(r, id, &rows));
    struct jw w = jw_of(&r->reply);
    jw_object_begin(&w, NULL);
    jw_array_begin(&w, "items");
    while (rows_next(&rows)) {
        jw_object_begin(&w, NULL);
        jw_str(&w, "id", row_text(&rows, REL_ID));
        jw_str(&w, "kind", row_text(&rows, REL_KIND));
        jw_bool(&w, "back", row_int(&rows, REL_BACK) != 0);
        jw_str(&w, "source_code", row_text(&rows, REL_SOURCE));
        jw_row_time(&w, "created_at", &rows, REL_AT);
        jw_object_begin(&w, "other");
        jw_str(&w, "id", row_text(&rows, REL_OTHER));
        jw_str(&w, "asset_no", row_text(&rows, REL_NO));
        jw_str(&w, "name", row_text(&rows, REL_NAME));
        jw_str(&w, "class_code", row_text(&rows, REL_CLASS));
        jw_str(&w, "state_code", row_text(&rows, REL_STATE));
        jw_str(&w, "org_id", row_text(&rows, REL_ORG));
        jw_str(&w, "org_name", row_text(&rows, REL_ORG_NAME));
        jw_object_end(&w);
        jw_object_end(&w);
    }
    TRY(rows_end(&rows));
    jw_array_end(&w);
    jw_int(&w, "hidden", hidden);
    jw_object_end(&w);
    return reply_written(r, 200);
}

static struct str ends_json(struct request *r, struct str kind, const struct asset *from, const struct asset *to)
{
    struct buf b = buf_new(r->arena, 512, 4096);
    struct jw w = jw_of(&b);
    jw_object_begin(&w, NULL);
    jw_str(&w, "kind", kind);
    jw_z(&w, "from_id", from->id);
    jw_str(&w, "from_name", from->f[ASSET_NAME]);
    jw_z(&w, "to_id", to->id);
    jw_str(&w, "to_name", to->f[ASSET_NAME]);
    jw_object_end(&w);
    return buf_done(&b);
}

struct error *relation_create(struct request *r)
{
    struct asset here, other;
    struct str from_class, to_class, kind = body_str(r, "kind");
    bool found, back = body_bool(r, "back", false);
    int64_t have;
    TRY(read_asset(r, param_str(r, "id").p, &here));
    TRY(relation_kind(r, kind, &from_class, &to_class, &found));
    if (!found)
        return invalid(r, "kind", "enum", "no such kind of relation");
    TRY(asset_read(r->services, r->arena, &r->who->scope, body_str(r, "other_id").p, &other, &found));
    if (!found)
        return invalid(r, "other_id", "unknown", "no such asset in your scope");
    if (strcmp(here.id, other.id) == 0)
        return invalid(r, "other_id", "same", "an asset has no relation to itself");
    const struct asset *from = back ? &other : &here, *to = back ? &here : &other;
    if (!str_eq(from->f[ASSET_CLASS], from_class) || !str_eq(to->f[ASSET_CLASS], to_class))
        return invalid(r, "other_id", "class", "this relation joins " STR_FMT " and " STR_FMT, STR_ARG(from_class),
                       STR_ARG(to_class));
    TRY(relation_count(r, here.id, &have));
    if (have >= RELATIONS_EACH)
        return conflict(r, "an asset has at most %d relations", RELATIONS_EACH);
    const char *id = arena_strdup(r->arena, id_new().s);
    struct error *e = relation_insert(r, id, kind, from->id, to->id, r->who->kind == PRINCIPAL_CLIENT ? "06" : "01");
    if (e && e->code == ERR_DUPLICATE)
        return error_field(r->arena, ERR_DUPLICATE, "other_id", "taken", "this relation is there already");
    if (e)
        return e;
    request_audit(r, "asset", here.id, &here.org, STR(""), ends_json(r, kind, from, to));
    struct jw w = jw_of(&r->reply);
    jw_object_begin(&w, NULL);
    jw_z(&w, "id", id);
    jw_object_end(&w);
    return reply_written(r, 201);
}

struct error *relation_remove(struct request *r)
{
    const char *id = param_str(r, "relation_id").p;
    struct asset here, other;
    struct rows x;
    bool found;
    TRY(read_asset(r, param_str(r, "id").p, &here));
    TRY(relation_one(r, id, &x, &found));
    if (!found)
        return not_found(r);
    const char *kind = row_dup(&x, r->arena, 0), *from = row_dup(&x, r->arena, 1), *to = row_dup(&x, r->arena, 2);
    TRY(rows_end(&x));
    bool back = strcmp(to, here.id) == 0;
    if (!back && strcmp(from, here.id) != 0)
        return not_found(r);
    TRY(read_asset(r, back ? from : to, &other));
    TRY(relation_delete(r, id));
    request_audit(r, "asset", here.id, &here.org, ends_json(r, str_of(kind), back ? &other : &here, back ? &here : &other),
                  STR(""));
    return reply_empty(r, 204);
}

/* ---- what is affected ---- */
static const char *ids_of(struct arena *a, const struct impact_node *list, size_t n)
{
    struct buf b = buf_new(a, n * 39 + 3, RELATION_NODES * 39 + 3);
    buf_c(&b, '[');
    for (size_t i = 0; i < n; i++)
        buf_printf(&b, "%s\"%s\"", i ? "," : "", list[i].id);
    buf_c(&b, ']');
    return buf_done(&b).p;
}

struct seen {
    struct str id, person, org, fields[IMP_SUBJECTS + 1];
};

static struct error *read_seen(struct request *r, const struct impact_node *list, size_t n, struct seen *out, size_t *count)
{
    struct rows x;
    *count = 0;
    TRY(impact_rows(r, ids_of(r->arena, list, n), &x));
    while (*count < n && rows_next(&x)) {
        struct seen *s = &out[(*count)++];
        for (unsigned i = 0; i <= IMP_SUBJECTS; i++)
            s->fields[i] = str_of(row_dup(&x, r->arena, i));
        s->id = s->fields[IMP_ID];
    }
    return rows_end(&x);
}

static const struct seen *seen_of(const struct seen *list, size_t n, const char *id)
{
    for (size_t i = 0; i < n; i++)
        if (str_is(list[i].id, id))
            return &list[i];
    return NULL;
}

struct walk {
    struct impact impact;
    struct seen *seen; /* by node, id empty where it is outside the scope */
    size_t outside;
};

/* Reads what was reached last and drops from the walk what the caller may not see. */
static struct error *look(struct request *r, struct walk *x)
{
    struct impact *m = &x->impact;
    size_t n = m->count - m->fresh, found;
    struct seen *part = arena_array(r->arena, n + 1, sizeof *part);
    TRY(read_seen(r, m->nodes + m->fresh, n, part, &found));
    for (size_t i = m->fresh; i < m->count; i++) {
        const struct seen *s = seen_of(part, found, m->nodes[i].id);
        x->seen[i] = s ? *s : (struct seen){0};
        x->outside += !s;
    }
    return NULL;
}

static struct error *walk(struct request *r, struct walk *x)
{
    struct impact_edge *edges = arena_array(r->arena, 20000, sizeof *edges);
    for (bool more = x->impact.count > 0; more;) {
        struct impact_node *from = arena_array(r->arena, x->impact.count - x->impact.fresh + 1, sizeof *from);
        struct rows rows;
        size_t n = 0, count = 0;
        TRY(look(r, x));
        for (size_t i = x->impact.fresh; i < x->impact.count; i++)
            if (x->seen[i].id.n)
                from[n++] = x->impact.nodes[i];
        if (!n)
            return NULL;
        TRY(impact_edges(r, ids_of(r->arena, from, n), &rows));
        while (count < 20000 && rows_next(&rows)) {
            struct impact_edge *e = &edges[count++];
            str_copy(e->from, sizeof e->from, row_text(&rows, 0));
            str_copy(e->to, sizeof e->to, row_text(&rows, 1));
            str_copy(e->kind, sizeof e->kind, row_text(&rows, 2));
        }
        TRY(rows_end(&rows));
        more = impact_step(&x->impact, edges, count);
        if (!more && x->impact.count > x->impact.fresh)
            TRY(look(r, x));
    }
    return NULL;
}

static int64_t number(struct str s)
{
    return s.n ? strtoll(s.p, NULL, 10) : 0;
}

static void put_seen(struct jw *w, const struct seen *s, const struct impact_node *n)
{
    static const char *const names[] = {"id",         "asset_no",     "class_code", "category_code", "name",       "state_code",
                                        "importance", "main_address", "org_id",     "org_name",      "person_name"};
    jw_object_begin(w, NULL);
    for (unsigned i = 0; i < sizeof names / sizeof *names; i++)
        jw_opt(w, names[i], s->fields[i]);
    jw_int(w, "users", number(s->fields[IMP_USERS]));
    jw_int(w, "subjects", number(s->fields[IMP_SUBJECTS]));
    if (n) {
        jw_int(w, "depth", n->depth);
        jw_opt(w, "via", str_of(n->via));
        jw_opt(w, "kind", str_of(n->kind));
    }
    jw_object_end(w);
}

static struct error *put_places(struct request *r, struct jw *w, const struct walk *x)
{
    const struct impact *m = &x->impact;
    struct impact_node *list = arena_array(r->arena, RELATION_NODES, sizeof *list);
    struct seen *seen = arena_array(r->arena, RELATION_NODES, sizeof *seen);
    struct rows rows;
    size_t n = 0, found = 0;
    TRY(impact_places(r, ids_of(r->arena, m->nodes, m->count), &rows));
    while (n < RELATION_NODES && rows_next(&rows))
        str_copy(list[n++].id, sizeof list->id, row_text(&rows, 0));
    TRY(rows_end(&rows));
    if (n)
        TRY(read_seen(r, list, n, seen, &found));
    jw_array_begin(w, "places");
    for (size_t i = 0; i < found; i++)
        if (!seen_of(x->seen, m->count, seen[i].id.p))
            put_seen(w, &seen[i], NULL);
    jw_array_end(w);
    return NULL;
}

static size_t organisations(const struct walk *x)
{
    size_t count = 0;
    for (size_t i = 0; i < x->impact.count; i++) {
        bool before = !x->seen[i].id.n;
        for (size_t k = 0; k < i && !before; k++)
            before = x->seen[k].id.n && str_eq(x->seen[k].fields[IMP_ORG], x->seen[i].fields[IMP_ORG]);
        count += !before;
    }
    return count;
}

struct error *asset_impact(struct request *r)
{
    struct walk x = {.seen = arena_zalloc(r->arena, RELATION_NODES * sizeof *x.seen)};
    json_t *ids = body_get(r, "asset_ids"), *one;
    struct str *starts = arena_array(r->arena, json_array_size(ids) + 1, sizeof *starts);
    int64_t users = 0, subjects = 0;
    size_t i;
    json_array_foreach(ids, i, one)
        starts[i] = str_of(json_string_value(one));
    impact_begin(r->arena, starts, json_array_size(ids), &x.impact);
    TRY(walk(r, &x));
    struct jw w = jw_of(&r->reply);
    jw_object_begin(&w, NULL);
    jw_array_begin(&w, "items");
    for (i = 0; i < x.impact.count; i++)
        if (x.seen[i].id.n) {
            put_seen(&w, &x.seen[i], &x.impact.nodes[i]);
            users += number(x.seen[i].fields[IMP_USERS]);
            subjects += number(x.seen[i].fields[IMP_SUBJECTS]);
        }
    jw_array_end(&w);
    TRY(put_places(r, &w, &x));
    jw_int(&w, "outside", (int64_t)x.outside);
    jw_bool(&w, "more", x.impact.more);
    jw_int(&w, "users", users);
    jw_int(&w, "subjects", subjects);
    jw_int(&w, "organisations", (int64_t)organisations(&x));
    jw_object_end(&w);
    return reply_written(r, 200);
}

/* ---- who comes to help ---- */
struct responder {
    struct str fields[RES_REGION + 1];
    enum nearness near;
    double km;
    int64_t minutes;
    double rating;
    json_t *attributes;
};

static int by_nearness(const void *p, const void *q)
{
    const struct responder *a = p, *b = q;
    if (a->near != b->near)
        return a->near < b->near ? -1 : 1;
    if (a->km >= 0 && b->km >= 0 && a->km != b->km)
        return a->km < b->km ? -1 : 1;
    if (a->minutes != b->minutes)
        return a->minutes < b->minutes ? -1 : 1;
    return a->rating > b->rating ? -1 : a->rating < b->rating;
}

static void drop_json(void *p)
{
    json_decref(p);
}

static bool has_skill(json_t *attributes, struct str skill)
{
    size_t i;
    json_t *one;
    json_array_foreach(json_object_get(attributes, "specialty"), i, one)
        if (str_is(skill, json_string_value(one)))
            return true;
    return !skill.n;
}

static void read_responder(struct request *r, struct rows *x, const struct place *here, struct responder *out)
{
    struct str text = row_text(x, RES_ATTRIBUTES);
    json_t *all = text.n ? json_loadb(text.p, text.n, 0, NULL) : json_object();
    const char *region = json_string_value(json_object_get(all, "region_code"));
    arena_cleanup(r->arena, drop_json, all);
    for (unsigned i = 0; i <= RES_REGION; i++)
        if (i != RES_ATTRIBUTES)
            out->fields[i] = str_of(row_dup(x, r->arena, i));
    json_t *lon = json_object_get(all, "longitude"), *lat = json_object_get(all, "latitude");
    struct place there = {.region = region ? str_of(region) : out->fields[RES_REGION],
                          .longitude = json_number_value(lon),
                          .latitude = json_number_value(lat),
                          .located = json_is_number(lon) && json_is_number(lat)};
    json_t *minutes = json_object_get(all, "response_minutes");
    out->attributes = all;
    out->near = place_nearness(here, &there);
    out->km = place_km(here, &there);
    out->minutes = json_is_number(minutes) ? (int64_t)json_number_value(minutes) : INT64_MAX;
    out->rating = json_number_value(json_object_get(all, "rating"));
}

static void put_responder(struct request *r, struct jw *w, const struct responder *p)
{
    static const char *const nearness[] = {"county", "prefecture", "province", "beyond"};
    jw_object_begin(w, NULL);
    jw_str(w, "id", p->fields[RES_ID]);
    jw_str(w, "asset_no", p->fields[RES_NO]);
    jw_opt(w, "category_code", p->fields[RES_CATEGORY]);
    jw_str(w, "name", p->fields[RES_NAME]);
    jw_str(w, "org_id", p->fields[RES_ORG]);
    jw_str(w, "org_name", p->fields[RES_ORG_NAME]);
    jw_z(w, "nearness", nearness[p->near]);
    if (p->km >= 0)
        jw_int(w, "km", (int64_t)(p->km + 0.5));
    if (p->minutes != INT64_MAX)
        jw_int(w, "response_minutes", p->minutes);
    char *skills = json_dumps(json_object_get(p->attributes, "specialty"), JSON_COMPACT);
    jw_raw(w, "specialty", str_of(skills ? arena_strdup(r->arena, skills) : "[]"));
    free(skills);
    jw_opt(w, "leader", str_of(json_string_value(json_object_get(p->attributes, "leader"))));
    jw_bool(w, "on_duty", json_is_true(json_object_get(p->attributes, "on_duty")));
    jw_object_end(w);
}

struct error *responder_list(struct request *r)
{
    enum { MOST = 5000, ANSWERED = 50 };
    struct place here;
    struct rows rows;
    bool found;
    size_t n = 0;
    struct str skill = param_str(r, "specialty");
    TRY(responder_place(r, param_str(r, "id").p, &here, &found));
    if (!found)
        return not_found(r);
    struct responder *list = arena_array(r->arena, MOST, sizeof *list);
    TRY(responder_rows(r, &rows));
    while (n < MOST && rows_next(&rows)) {
        list[n] = (struct responder){0};
        read_responder(r, &rows, &here, &list[n]);
        const char *status = json_string_value(json_object_get(list[n].attributes, "status"));
        bool free = !status || strcmp(status, "1") == 0;
        n += free && has_skill(list[n].attributes, skill);
    }
    TRY(rows_end(&rows));
    qsort(list, n, sizeof *list, by_nearness);
    list_begin(r);
    struct jw w = jw_of(&r->reply);
    for (size_t i = 0; i < n && i < ANSWERED; i++)
        put_responder(r, &w, &list[i]);
    return list_end_whole(r);
}
