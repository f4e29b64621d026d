/* /flows: flows as they are drawn */
#include "flow/definition_store.h"
#include "flow/instance_store.h"
#include "json/write.h"
#include "kernel/id.h"
#include "org/org.h"
#include "org/realm.h"

struct error *flow_kinds(struct request *r);
struct error *flow_list(struct request *r);
struct error *flow_create(struct request *r);
struct error *flow_get(struct request *r);
struct error *flow_update(struct request *r);
struct error *flow_publish(struct request *r);
struct error *flow_retire(struct request *r);
struct error *flow_delete(struct request *r);
struct error *flow_versions(struct request *r);
struct error *flow_version(struct request *r);
struct error *flow_check(struct request *r);

static void put_words(struct jw *w, const char *key, const char *const *list)
{
    jw_array_begin(w, key);
    for (; *list; list++)
        jw_z(w, NULL, *list);
    jw_array_end(w);
}

struct error *flow_kinds(struct request *r)
{
    list_begin(r);
    struct jw w = jw_of(&r->reply);
    for (size_t i = 0; flow_kind_at(i); i++) {
        const struct flow_rules *k = &flow_kind_at(i)->rules;
        jw_object_begin(&w, NULL);
        jw_z(&w, "kind", k->kind);
        jw_z(&w, "label_zh", k->label_zh);
        jw_z(&w, "label_en", k->label_en);
        put_words(&w, "results", k->results);
        put_words(&w, "outcomes", k->outcomes);
        put_words(&w, "permissions", k->permissions);
        jw_array_begin(&w, "variables");
        for (const struct flow_variable *v = k->variables; v->name; v++) {
            jw_object_begin(&w, NULL);
            jw_z(&w, "name", v->name);
            jw_z(&w, "label_zh", v->label_zh);
            jw_z(&w, "label_en", v->label_en);
            jw_z(&w, "type", v->type == 'n' ? "number" : "text");
            jw_object_end(&w);
        }
        jw_array_end(&w);
        jw_object_end(&w);
    }
    return list_end_whole(r);
}

struct error *flow_list(struct request *r)
{
    struct rows x;
    TRY(flow_rows(r, &x));
    list_begin(r);
    struct jw w = jw_of(&r->reply);
    while (rows_next(&x)) {
        jw_object_begin(&w, NULL);
        jw_str(&w, "id", row_text(&x, 0));
        jw_row_text(&w, "realm_org_id", &x, 1);
        jw_row_text(&w, "realm_name", &x, 2);
        jw_str(&w, "kind", row_text(&x, 3));
        jw_str(&w, "name", row_text(&x, 4));
        jw_str(&w, "state", row_text(&x, 5));
        jw_int(&w, "n", row_int(&x, 6));
        jw_row_bool(&w, "has_draft", &x, 7);
        jw_int(&w, "version", row_int(&x, 8));
        jw_row_time(&w, "updated_at", &x, 9);
        jw_row_text(&w, "updated_by_name", &x, 10);
        jw_int(&w, "running", row_int(&x, 11));
        jw_object_end(&w);
    }
    TRY(rows_end(&x));
    return list_end_whole(r);
}

static struct str flow_text(struct arena *a, const struct flow_row *f, bool with_xml)
{
    struct buf b = buf_new(a, 4096, 2 * BPMN_BYTES_MAX + 8192);
    struct jw w = jw_of(&b);
    jw_object_begin(&w, NULL);
    jw_str(&w, "id", f->id);
    jw_opt(&w, "realm_org_id", f->realm);
    jw_opt(&w, "realm_name", f->realm_name);
    jw_str(&w, "kind", f->kind);
    jw_str(&w, "name", f->name);
    jw_str(&w, "state", f->state);
    jw_int(&w, "n", f->n);
    jw_bool(&w, "has_draft", f->draft.n > 0);
    jw_int(&w, "version", f->version);
    jw_time(&w, "updated_at", f->updated_at);
    jw_opt(&w, "updated_by_name", f->updated_by);
    jw_int(&w, "running", f->running);
    if (with_xml)
        jw_str(&w, "xml", f->draft.n ? f->draft : f->published);
    jw_object_end(&w);
    return buf_done(&b);
}

static struct error *seen(struct request *r, bool lock, struct flow_row *f)
{
    bool found;
    TRY(flow_one(r, param_str(r, "id"), lock, f, &found));
    return found ? NULL : not_found(r);
}

struct error *flow_get(struct request *r)
{
    struct flow_row f;
    TRY(seen(r, false, &f));
    buf_str(&r->reply, flow_text(r->arena, &f, true));
    return reply_written(r, 200);
}

static struct error *answer(struct request *r, int status, struct str id, const struct org_stamp *stamp, struct str before)
{
    struct flow_row f;
    bool found;
    TRY(flow_one(r, id, false, &f, &found));
    if (!found)
        return not_found(r);
    request_audit(r, "flow", f.id.p, stamp, before, flow_text(r->arena, &f, false));
    buf_str(&r->reply, flow_text(r->arena, &f, true));
    return reply_written(r, status);
}

/* ---- what is drawn ---- */
static struct error *known(struct request *r, const struct flow_node *n, const char *org, const char *user)
{
    struct org_stamp stamp;
    const char *name;
    bool found;
    TRY(org ? org_stamp_get(r->db, r->arena, org, &stamp, &found)
            : holder_of(r->db, r->arena, user, n->permission, &name, &stamp, &found));
    if (found)
        return NULL;
    return error_field(r->arena, ERR_INVALID, n->id, org ? "unknown_org" : "unknown_user", "%s",
                       org ? "the organisation is not active" : "the account is not active or may not decide this step");
}

/* Those whom a step names must be able to take it. */
static struct error *people_known(struct request *r, const struct flow_model *m)
{
    for (unsigned i = 0; i < m->node_count; i++) {
        const struct flow_node *n = &m->nodes[i];
        if (n->type != FLOW_TASK)
            continue;
        if (strncmp(n->org, "org:", 4) == 0)
            TRY(known(r, n, n->org + 4, NULL));
        if (n->person && strncmp(n->person, "user:", 5) == 0)
            TRY(known(r, n, NULL, n->person + 5));
        for (unsigned k = 0; k < n->signer_count; k++)
            TRY(known(r, n, NULL, n->signers[k]));
    }
    return NULL;
}

static struct error *read_drawing(struct request *r, struct str kind, struct str xml)
{
    const struct flow_kind *k = flow_kind_of(kind);
    struct flow_model model;
    if (!k)
        return invalid(r, "kind", "enum", "nothing of this kind runs on flows");
    TRY(bpmn_read(r->arena, &k->rules, xml, &model));
    return people_known(r, &model);
}

struct error *flow_check(struct request *r)
{
    TRY(read_drawing(r, body_str(r, "kind"), body_str(r, "xml")));
    return reply_empty(r, 204);
}

/* ---- changing ---- */
struct error *flow_create(struct request *r)
{
    struct flow_row f = {.id = str_of(arena_strdup(r->arena, id_new().s)),
                         .kind = body_str(r, "kind"),
                         .name = str_trim(body_str(r, "name")),
                         .draft = body_str(r, "xml")};
    struct org_stamp stamp;
    char realm[37];
    TRY(realm_for_write(r, body_str(r, "realm"), realm, &stamp));
    f.realm = str_of(realm);
    if (!f.name.n)
        return invalid(r, "name", "required", "the name is empty");
    TRY(read_drawing(r, f.kind, f.draft));
    TRY(flow_room(r));
    TRY(flow_insert(r, &f));
    return answer(r, 201, f.id, &stamp, STR(""));
}

/* A flow that the caller may change, as it stands, and with the version that he knows. */
static struct error *taken(struct request *r, int64_t version, struct flow_row *f, struct org_stamp *stamp, struct str *before)
{
    TRY(seen(r, true, f));
    TRY(realm_may_write(r, f->realm, stamp));
    *before = flow_text(r->arena, f, false);
    return version == f->version ? NULL : stale_version(r, f->version);
}

static struct error *change(struct request *r, struct flow_row *f, const struct org_stamp *stamp, struct str before)
{
    uint64_t n;
    TRY(flow_change(r, f, &n));
    return n ? answer(r, 200, f->id, stamp, before) : stale_version(r, f->version);
}

struct error *flow_update(struct request *r)
{
    struct flow_row f;
    struct org_stamp stamp;
    struct str before;
    TRY(taken(r, body_int(r, "version", 0), &f, &stamp, &before));
    f.name = str_trim(body_str(r, "name"));
    if (!f.name.n)
        return invalid(r, "name", "required", "the name is empty");
    if (body_has(r, "xml")) {
        f.draft = body_str(r, "xml");
        TRY(read_drawing(r, f.kind, f.draft));
    }
    return change(r, &f, &stamp, before);
}

struct error *flow_publish(struct request *r)
{
    struct flow_row f;
    struct org_stamp stamp;
    struct str before;
    uint64_t n;
    TRY(taken(r, body_int(r, "version", 0), &f, &stamp, &before));
    if (!f.draft.n && str_is(f.state, "active"))
        return conflict(r, "there is nothing new to publish");
    TRY(read_drawing(r, f.kind, f.draft.n ? f.draft : f.published));
    TRY(flow_enforce(r, &f, body_str(r, "note"), &n));
    return n ? answer(r, 200, f.id, &stamp, before) : stale_version(r, f.version);
}

struct error *flow_retire(struct request *r)
{
    struct flow_row f;
    struct org_stamp stamp;
    struct str before;
    TRY(taken(r, body_int(r, "version", 0), &f, &stamp, &before));
    if (!str_is(f.state, "active"))
        return conflict(r, "it is not in force");
    f.state = STR("retired");
    return change(r, &f, &stamp, before);
}

struct error *flow_delete(struct request *r)
{
    struct flow_row f;
    struct org_stamp stamp;
    struct str before;
    uint64_t n;
    TRY(taken(r, param_int(r, "version", 0), &f, &stamp, &before));
    if (f.n)
        return error_new(r->arena, ERR_IN_USE, "a flow that was published stays, as records went through it; retire it");
    TRY(flow_remove(r, f.id, f.version, &n));
    request_audit(r, "flow", f.id.p, &stamp, before, STR(""));
    return reply_empty(r, 204);
}

/* ---- versions ---- */
static void put_version(struct jw *w, struct rows *x)
{
    jw_object_begin(w, NULL);
    jw_int(w, "n", row_int(x, 0));
    jw_row_text(w, "note", x, 1);
    jw_row_time(w, "published_at", x, 2);
    jw_row_text(w, "published_by_name", x, 3);
    if (!row_null(x, 4))
        jw_row_text(w, "xml", x, 4);
    jw_object_end(w);
}

struct error *flow_versions(struct request *r)
{
    struct flow_row f;
    struct rows x;
    TRY(seen(r, false, &f));
    TRY(flow_version_rows(r, f.id, 0, &x));
    list_begin(r);
    struct jw w = jw_of(&r->reply);
    while (rows_next(&x))
        put_version(&w, &x);
    TRY(rows_end(&x));
    return list_end_whole(r);
}

struct error *flow_version(struct request *r)
{
    struct flow_row f;
    struct rows x;
    TRY(seen(r, false, &f));
    TRY(flow_version_rows(r, f.id, param_int(r, "n", 0), &x));
    struct jw w = jw_of(&r->reply);
    bool found = rows_next(&x);
    if (found)
        put_version(&w, &x);
    TRY(rows_end(&x));
    return found ? reply_written(r, 200) : not_found(r);
}
