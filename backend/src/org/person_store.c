#include "org/person_store.h"

#include "kernel/clock.h"
#include "org/org.h"

#define PERSON_READ                                                                                             \
    "SELECT p.id, p.org_id, o.name, p.name, p.title, p.duty, p.phone_secret, p.mobile_secret, p.email_secret, " \
    "p.version, p.updated_at FROM people p JOIN orgs o ON o.id = p.org_id WHERE "
#define PERSON_FILTER                                                                                            \
    " AND (:org IS NULL OR p.org_id = :org) AND (:duty IS NULL OR p.duty = :duty) "                              \
    "AND (:q IS NULL OR p.name LIKE CONCAT('%', :q, '%') OR p.mobile_index = :mobile OR p.phone_index = :phone " \
    "OR p.email_index = :email)"
#define PERSON_LIST(S, IX) PERSON_READ S(p) PERSON_FILTER " ORDER BY p.name, p.id LIMIT :offset, :size"
SQL_SCOPED(person_list_sql, PERSON_LIST);
#define PERSON_COUNT(S, IX) "SELECT COUNT(*) FROM (SELECT 1 FROM people p WHERE " S(p) PERSON_FILTER " LIMIT 10001) x"
SQL_SCOPED(person_count_sql, PERSON_COUNT);
#define PERSON_ONE(S, IX) PERSON_READ S(p) " AND p.id = :id"
SQL_SCOPED(person_one_sql, PERSON_ONE);
SQL(person_insert_sql,
    "INSERT INTO people (id, name, title, duty, phone_secret, phone_index, mobile_secret, mobile_index, email_secret, "
    "email_index, created_at, updated_at, " ORG_COLUMNS ") VALUES (:id, :name, :title, :duty, :phone, :phone_index, :mobile, "
    ":mobile_index, :email, :email_index, :now, :now, " ORG_VALUES ")");
#define PERSON_UPDATE(S, IX)                                                                                                     \
    "UPDATE people p SET p.name = :name, p.duty = :duty, p.title = IF(:title_given, :title, p.title), "                          \
    "p.phone_secret = IF(:phone_given, :phone, p.phone_secret), p.phone_index = IF(:phone_given, :phone_index, p.phone_index), " \
    "p.mobile_secret = IF(:mobile_given, :mobile, p.mobile_secret), "                                                            \
    "p.mobile_index = IF(:mobile_given, :mobile_index, p.mobile_index), "                                                        \
    "p.email_secret = IF(:email_given, :email, p.email_secret), p.email_index = IF(:email_given, :email_index, p.email_index), " \
    "p.version = p.version + 1, p.updated_at = :now "                                                                            \
    "WHERE p.id = :id AND p.version = :version AND" S(p)
SQL_SCOPED(person_update_sql, PERSON_UPDATE);
SQL_SYSTEM(person_named_sql, "the organisation was found inside the scope",
           "SELECT id, version FROM people WHERE org_id = :org AND name = :name LIMIT 2 FOR UPDATE");
#define PERSON_HERE(S, IX) "SELECT COUNT(*) FROM people p WHERE p.id = :id AND" S(p)
SQL_SCOPED(person_here_sql, PERSON_HERE);
#define PERSON_DELETE(S, IX) "DELETE p FROM people p WHERE p.id = :id AND" S(p)
SQL_SCOPED(person_delete_sql, PERSON_DELETE);

static struct sql_arg looked_for(const char *name, const struct person_number *n, enum person_secret which)
{
    return n->given ? A_BYTES(name, n->index[which], BLIND_BYTES) : A_NULL(name);
}

#define LIST_ARGS(r, n)                                                                                              \
    A_SCOPE(&(r)->who->scope), A_OPT("org", param_str(r, "org")), A_OPT("duty", param_str(r, "duty")),               \
        A_OPT("q", param_str(r, "q")), looked_for("mobile", n, PERSON_MOBILE), looked_for("phone", n, PERSON_PHONE), \
        looked_for("email", n, PERSON_EMAIL)

struct error *person_rows(struct request *r, const struct person_number *n, const struct page *p, struct rows *out)
{
    return db_query(r->db, r->arena, &person_list_sql, ARGS(LIST_ARGS(r, n), A_INT("offset", p->offset), A_INT("size", p->size)),
                    out);
}

struct error *person_count(struct request *r, const struct person_number *n, int64_t *out)
{
    return db_int(r->db, r->arena, &person_count_sql, ARGS(LIST_ARGS(r, n)), 0, out);
}

struct error *person_row(struct request *r, const char *id, struct rows *out, bool *found)
{
    return db_one(r->db, r->arena, &person_one_sql, ARGS(A_SCOPE(&r->who->scope), A_Z("id", id)), out, found);
}

static struct sql_arg sealed(const char *name, struct str s)
{
    return s.n ? A_BYTES(name, s.p, s.n) : A_NULL(name);
}

#define RECORD_ARGS(r, x)                                                                                \
    A_Z("id", (x)->id), A_STR("name", (x)->name), A_OPT("title", (x)->title), A_STR("duty", (x)->duty),  \
        sealed("phone", (x)->sealed[PERSON_PHONE]), sealed("phone_index", (x)->index[PERSON_PHONE]),     \
        sealed("mobile", (x)->sealed[PERSON_MOBILE]), sealed("mobile_index", (x)->index[PERSON_MOBILE]), \
        sealed("email", (x)->sealed[PERSON_EMAIL]), sealed("email_index", (x)->index[PERSON_EMAIL]),     \
        A_TIME((r)->arena, "now", clock_now_us())

struct error *person_insert(struct request *r, const struct person_record *x, const struct org_stamp *org)
{
    return db_exec(r->db, r->arena, &person_insert_sql, ARGS(RECORD_ARGS(r, x), ORG_ARGS(org)), NULL);
}

struct error *person_named(struct request *r, const char *org_id, struct str name, char id[37], int64_t *version, size_t *n)
{
    struct rows x;
    TRY(db_query(r->db, r->arena, &person_named_sql, ARGS(A_Z("org", org_id), A_STR("name", name)), &x));
    for (*n = 0; rows_next(&x); ++*n) {
        str_copy(id, 37, row_text(&x, 0));
        *version = row_int(&x, 1);
    }
    return rows_end(&x);
}

struct error *person_change(struct request *r, const struct person_record *x, uint64_t *affected)
{
    return db_exec(r->db, r->arena, &person_update_sql,
                   ARGS(A_SCOPE(&r->who->scope), RECORD_ARGS(r, x), A_INT("version", x->version),
                        A_INT("title_given", x->title_given), A_INT("phone_given", x->given[PERSON_PHONE]),
                        A_INT("mobile_given", x->given[PERSON_MOBILE]), A_INT("email_given", x->given[PERSON_EMAIL])),
                   affected);
}

struct error *person_remove(struct request *r, const char *id, uint64_t *affected)
{
    return db_exec(r->db, r->arena, &person_delete_sql, ARGS(A_SCOPE(&r->who->scope), A_Z("id", id)), affected);
}

struct error *person_in_scope(struct db *db, struct arena *a, const struct scope *scope, const char *id, bool *found)
{
    int64_t n;
    TRY(db_int(db, a, &person_here_sql, ARGS(A_SCOPE(scope), A_Z("id", id)), 0, &n));
    *found = n > 0;
    return NULL;
}
