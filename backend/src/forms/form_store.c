#include "forms/form_store.h"

#include <stdlib.h>

#include "forms/attribute.h"
#include "forms/kind.h"
#include "kernel/clock.h"
#include "kernel/id.h"
#include "kernel/log.h"
#include "org/realm.h"
#include "packs/seed.h"

#define CHECKED "the handler has checked the realm"
#define SEEN(S) "(f.realm_org_id IS NULL OR (z.id IS NOT NULL AND" S(z) "))"
#define FROM_FORMS "FROM forms f LEFT JOIN orgs z ON z.id = f.realm_org_id LEFT JOIN users u ON u.id = f.updated_by "

#define FORM_ROWS(S, IX)                                                                                                          \
    "SELECT f.id, f.realm_org_id, z.name, f.kind, f.code, f.label_zh, f.label_en, f.state, f.n, f.draft IS NOT NULL, f.version, " \
    "f.updated_at, u.display_name " FROM_FORMS "WHERE" SEEN(S) " AND (:kind IS NULL OR f.kind = :kind) "                          \
                                                               "ORDER BY f.kind, f.code, z.depth, z.name LIMIT 1000"
SQL_SCOPED(form_rows_sql, FORM_ROWS);
#define FORM_COLUMNS                                                                                                     \
    "SELECT f.id, f.realm_org_id, z.name, f.kind, f.code, f.label_zh, f.label_en, f.state, f.n, f.draft, v.definition, " \
    "f.version, f.updated_at, u.display_name " FROM_FORMS "LEFT JOIN form_versions v ON v.form_id = f.id AND v.n = f.n "
#define FORM_ONE(S, IX) FORM_COLUMNS "WHERE f.id = :id AND" SEEN(S)
SQL_SCOPED(form_one_sql, FORM_ONE);
#define FORM_LOCK(S, IX) FORM_COLUMNS "WHERE f.id = :id AND" SEEN(S) " FOR UPDATE"
SQL_SCOPED(form_lock_sql, FORM_LOCK);
SQL_SYSTEM(form_versions_sql, "the handler has read the form",
           "SELECT v.n, v.note, v.published_at, u.display_name, IF(:n > 0, v.definition, NULL) FROM form_versions v "
           "LEFT JOIN users u ON u.id = v.published_by WHERE v.form_id = :id AND (:n = 0 OR v.n = :n) ORDER BY v.n DESC LIMIT 500");
SQL_SYSTEM(form_in_force_sql, "a form of a realm applies to all below it",
           FORM_COLUMNS
           "WHERE f.kind = :kind AND f.code = :code AND f.state = 'active' AND" IN_REALMS(f) "ORDER BY" REALM_ORDER(f) "LIMIT 1");
SQL_SYSTEM(forms_load_sql, "a form of a realm applies to all below it",
           "SELECT f.id, COALESCE(f.realm_org_id, ''), f.code, f.n, v.definition, f.label_zh, f.label_en FROM forms f "
           "JOIN form_versions v ON v.form_id = f.id AND v.n = f.n LEFT JOIN orgs z ON z.id = f.realm_org_id "
           "WHERE f.kind = :kind AND f.state = 'active' AND (f.realm_org_id IS NULL OR z.is_realm) ORDER BY f.code LIMIT 1000");
SQL_SYSTEM(form_insert_sql, CHECKED,
           "INSERT INTO forms (id, realm_org_id, kind, code, label_zh, label_en, draft, created_at, updated_at, updated_by) "
           "VALUES (:id, :realm, :kind, :code, :zh, :en, :draft, :now, :now, :by)");
SQL_SYSTEM(
    form_change_sql, CHECKED,
    "UPDATE forms SET label_zh = :zh, label_en = :en, draft = :draft, state = :state, version = version + 1, updated_at = :now, "
    "updated_by = :by WHERE id = :id AND version = :version");
SQL_SYSTEM(form_version_insert_sql, CHECKED,
           "INSERT INTO form_versions (form_id, n, definition, note, published_at, published_by) "
           "SELECT id, n + 1, draft, :note, :now, :by FROM forms WHERE id = :id AND version = :version AND draft IS NOT NULL");
SQL_SYSTEM(form_publish_sql, CHECKED,
           "UPDATE forms SET n = n + 1, draft = NULL, state = 'active', version = version + 1, updated_at = :now, updated_by = :by "
           "WHERE id = :id AND version = :version AND draft IS NOT NULL");
SQL_SYSTEM(form_remove_sql, CHECKED, "DELETE FROM forms WHERE id = :id AND version = :version AND n = 0");
SQL_SYSTEM(form_room_sql, CHECKED, "SELECT COUNT(*) FROM forms");
SQL_SYSTEM(form_seed_sql, "seeding",
           "INSERT IGNORE INTO forms (id, kind, code, label_zh, label_en, state, created_at, updated_at) "
           "VALUES (:id, :kind, :code, :zh, :en, 'active', :now, :now)");
SQL_SYSTEM(form_seeded_sql, "seeding",
           "SELECT f.id, v.definition FROM forms f LEFT JOIN form_versions v ON v.form_id = f.id AND v.n = f.n "
           "WHERE f.kind = :kind AND f.code = :code AND f.realm_org_id IS NULL AND f.updated_by IS NULL");
SQL_SYSTEM(form_version_seed_sql, "seeding",
           "INSERT INTO form_versions (form_id, n, definition, note, published_at) "
           "SELECT id, n + 1, :definition, :note, :now FROM forms WHERE id = :id");
SQL_SYSTEM(form_seed_next_sql, "seeding", "UPDATE forms SET n = n + 1, version = version + 1, updated_at = :now WHERE id = :id");

#define NOW(r) A_TIME((r)->arena, "now", clock_now_us())
#define BY(r) A_Z("by", (r)->who->id)

struct error *form_rows(struct request *r, struct str kind, struct rows *out)
{
    return db_query(r->db, r->arena, &form_rows_sql, ARGS(A_SCOPE(&r->who->scope), A_OPT("kind", kind)), out);
}

static struct str dup(struct arena *a, struct rows *r, unsigned col)
{
    return str_of(row_dup(r, a, col));
}

static struct error *read_row(struct arena *a, struct rows *x, struct form_row *out)
{
    *out = (struct form_row){.id = dup(a, x, 0),
                             .realm = dup(a, x, 1),
                             .realm_name = dup(a, x, 2),
                             .kind = dup(a, x, 3),
                             .code = dup(a, x, 4),
                             .label_zh = dup(a, x, 5),
                             .label_en = dup(a, x, 6),
                             .state = dup(a, x, 7),
                             .n = row_int(x, 8),
                             .draft = dup(a, x, 9),
                             .published = dup(a, x, 10),
                             .version = row_int(x, 11),
                             .updated_at = row_time(x, 12),
                             .updated_by = dup(a, x, 13)};
    return rows_end(x);
}

struct error *form_one(struct request *r, struct str id, bool lock, struct form_row *out, bool *found)
{
    struct rows x;
    TRY(db_one(r->db, r->arena, lock ? &form_lock_sql : &form_one_sql, ARGS(A_SCOPE(&r->who->scope), A_STR("id", id)), &x, found));
    return *found ? read_row(r->arena, &x, out) : NULL;
}

struct error *form_version_rows(struct request *r, struct str id, int64_t n, struct rows *out)
{
    return db_query(r->db, r->arena, &form_versions_sql, ARGS(A_STR("id", id), A_INT("n", n)), out);
}

struct error *form_in_force(struct request *r, struct str kind, struct str code, const struct org_stamp *org, struct form_row *out,
                            bool *found)
{
    struct realms realms;
    struct rows x;
    TRY(realm_chain(r->db, r->arena, org, &realms));
    TRY(db_one(r->db, r->arena, &form_in_force_sql, ARGS(REALM_ARGS(&realms), A_STR("kind", kind), A_STR("code", code)), &x,
               found));
    return *found ? read_row(r->arena, &x, out) : NULL;
}

#define ROW_ARGS(r, f) \
    A_STR("id", (f)->id), A_STR("zh", (f)->label_zh), A_STR("en", (f)->label_en), A_OPT("draft", (f)->draft), NOW(r), BY(r)

struct error *form_insert(struct request *r, const struct form_row *f)
{
    return db_exec(r->db, r->arena, &form_insert_sql,
                   ARGS(ROW_ARGS(r, f), A_OPT("realm", f->realm), A_STR("kind", f->kind), A_STR("code", f->code)), NULL);
}

struct error *form_change(struct request *r, const struct form_row *f, uint64_t *affected)
{
    return db_exec(r->db, r->arena, &form_change_sql, ARGS(ROW_ARGS(r, f), A_STR("state", f->state), A_INT("version", f->version)),
                   affected);
}

struct error *form_publish_draft(struct request *r, const struct form_row *f, struct str note, uint64_t *affected)
{
    const struct sql_arg *args = ARGS(A_STR("id", f->id), A_INT("version", f->version), A_OPT("note", note), NOW(r), BY(r));
    TRY(db_exec(r->db, r->arena, &form_version_insert_sql, args, affected));
    return *affected ? db_exec(r->db, r->arena, &form_publish_sql,
                               ARGS(A_STR("id", f->id), A_INT("version", f->version), NOW(r), BY(r)), affected)
                     : NULL;
}

struct error *form_remove(struct request *r, struct str id, int64_t version, uint64_t *affected)
{
    return db_exec(r->db, r->arena, &form_remove_sql, ARGS(A_STR("id", id), A_INT("version", version)), affected);
}

struct error *form_room(struct request *r)
{
    int64_t n;
    TRY(db_int(r->db, r->arena, &form_room_sql, NO_ARGS, 0, &n));
    return n < FORMS_MAX ? NULL : conflict(r, "there are %d forms already", FORMS_MAX);
}

/* ---- for those who fill in ---- */
struct error *forms_load(struct services *s, struct arena *a, struct arena *keep, const char *kind, struct form_set *out)
{
    struct rows x;
    *out = (struct form_set){.forms = arena_array(keep, FORMS_MAX, sizeof *out->forms)};
    TRY(db_query(s->db, a, &forms_load_sql, ARGS(A_Z("kind", kind)), &x));
    while (out->count < FORMS_MAX && rows_next(&x)) {
        struct form *f = &out->forms[out->count];
        struct str text = row_text(&x, 4);
        json_t *definition = json_loadb(text.p, text.n, 0, NULL);
        *f = (struct form){
            .id = row_dup(&x, keep, 0), .kind = kind, .realm = dup(keep, &x, 1), .code = row_dup(&x, keep, 2), .n = row_int(&x, 3)};
        struct error *e = form_read(keep, definition, f);
        json_decref(definition);
        if (e)
            log_warn("forms", "form %s no longer compiles: %s %s", f->id, e->field, e->detail);
        else
            out->count++;
    }
    return rows_end(&x);
}

/* ---- seeding ---- */
static const char *z(json_t *o, const char *name)
{
    return json_string_value(json_object_get(o, name));
}

/* A form that nobody has edited gets what is shipped now as its next version; an edited one stays as it is. */
static struct error *seed_one(struct services *s, struct arena *a, json_t *o, const char *release)
{
    struct str kind = str_of(z(o, "kind")), code = str_of(z(o, "code"));
    const struct sql_arg now = A_TIME(a, "now", clock_now_us());
    struct rows x;
    bool found;
    TRY(db_exec(s->db, a, &form_seed_sql,
                ARGS(A_Z("id", id_new().s), A_STR("kind", kind), A_STR("code", code), A_Z("zh", z(o, "label_zh")),
                     A_Z("en", z(o, "label_en")), now),
                NULL));
    TRY(db_one(s->db, a, &form_seeded_sql, ARGS(A_STR("kind", kind), A_STR("code", code)), &x, &found));
    if (!found)
        return NULL;
    struct str id = dup(a, &x, 0), had = dup(a, &x, 1);
    TRY(rows_end(&x));
    char *text = json_dumps(json_object_get(o, "definition"), JSON_COMPACT);
    if (!text)
        return error_new(a, ERR_INTERNAL, "the form " STR_FMT " cannot be written", STR_ARG(code));
    struct str definition = str_of(arena_strdup(a, text));
    free(text);
    if (str_eq(definition, had))
        return NULL;
    TRY(db_exec(s->db, a, &form_version_seed_sql, ARGS(A_STR("id", id), A_STR("definition", definition), A_Z("note", release), now),
                NULL));
    TRY(db_exec(s->db, a, &form_seed_next_sql, ARGS(A_STR("id", id), now), NULL));
    return attributes_refresh(s, a, kind, code, NULL, &(struct org_stamp){0});
}

static struct error *forms_seed(struct services *s, struct arena *a)
{
    json_t *pack, *o;
    size_t i;
    TRY(pack_read(s, a, "forms.json", &pack));
    json_array_foreach(json_object_get(pack, "forms"), i, o)
        TRY(seed_one(s, a, o, z(pack, "release")));
    return NULL;
}
SEEDER(forms, 32, forms_seed);
