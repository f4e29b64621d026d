#include "ingest/source_store.h"

#include "kernel/clock.h"
#include "kernel/id.h"

#define SOURCE_COLUMNS                                                                                                         \
    "s.id, s.name, s.org_id, o.name, s.client_id, s.space_id, p.name, s.format, s.trust, s.tz, s.victim, s.state, s.version, " \
    "(SELECT COALESCE(SUM(b.line_count), 0) FROM event_batches b WHERE b.source_id = s.id AND b.received_at >= :day), "        \
    "(SELECT MAX(b.received_at) FROM event_batches b WHERE b.source_id = s.id) "
#define SOURCE_FROM(IX) \
    "FROM sources s FORCE INDEX (ix_sources_" IX ") JOIN orgs o ON o.id = s.org_id JOIN address_spaces p ON p.id = s.space_id "
#define SOURCE_PAGE(S, IX) "SELECT " SOURCE_COLUMNS SOURCE_FROM(IX) "WHERE" S(s) "ORDER BY s.name, s.id LIMIT :size OFFSET :offset"
SQL_SCOPED(source_page_sql, SOURCE_PAGE);
#define SOURCE_COUNT(S, IX) \
    "SELECT COUNT(*) FROM (SELECT 1 FROM sources s FORCE INDEX (ix_sources_" IX ") WHERE" S(s) "LIMIT :cap) x"
SQL_SCOPED(source_count_sql, SOURCE_COUNT);
#define SOURCE_ONE(S, IX)                                                                                                \
    "SELECT " SOURCE_COLUMNS "FROM sources s JOIN orgs o ON o.id = s.org_id JOIN address_spaces p ON p.id = s.space_id " \
    "WHERE s.id = :id AND" S(s)
SQL_SCOPED(source_one_sql, SOURCE_ONE);

SQL(source_insert_sql,
    "INSERT INTO sources (id, name, client_id, space_id, format, trust, tz, victim, created_at, updated_at, " ORG_COLUMNS ") "
    "VALUES (:id, :name, :client, :space, :format, :trust, :tz, :victim, :now, :now, " ORG_VALUES ")");
SQL_SYSTEM(source_update_sql, "read inside the scope before",
           "UPDATE sources SET name = :name, client_id = :client, space_id = :space, format = :format, trust = :trust, tz = :tz, "
           "victim = :victim, state = :state, updated_at = :now, version = version + 1 WHERE id = :id AND version = :version");
SQL(source_space_sql, "SELECT COUNT(*) FROM address_spaces WHERE id = :space AND (kind <> 'private' OR org_id = :org)");
#define CLIENT_KNOWN(S, IX) "SELECT COUNT(*) FROM clients c WHERE c.id = :client AND" S(c)
SQL_SCOPED(source_client_sql, CLIENT_KNOWN);

#define SENDING "SELECT s.id, s.org_id, s.space_id, s.format, s.tz, s.victim, s.state FROM sources s WHERE "
SQL_SYSTEM(source_of_client_sql, "a client sends through what is bound to it",
           SENDING "s.client_id = :client AND s.format = :format AND s.state = 'active' ORDER BY s.id LIMIT 2");
SQL_SYSTEM(source_by_client_sql, "a client sends through what is bound to it",
           SENDING "s.id = :id AND s.client_id = :client AND s.state = 'active'");
#define BY_ID(S, IX) SENDING "s.id = :id AND s.state = 'active' AND" S(s)
SQL_SCOPED(source_by_id_sql, BY_ID);
SQL_SYSTEM(source_default_sql, "the sender's own default", SENDING "s.default_key = :key");
SQL(source_make_sql,
    "INSERT INTO sources (id, name, client_id, space_id, format, default_key, created_at, updated_at, " ORG_COLUMNS ") "
    "VALUES (:id, :name, :client, :space, :format, :key, :now, :now, " ORG_VALUES ") ON DUPLICATE KEY UPDATE name = name");

enum { DAY_S = 86400 };

/* ---- the list and one of it ---- */
struct error *source_count(struct request *r, int64_t *out)
{
    return db_int(r->db, r->arena, &source_count_sql, ARGS(A_SCOPE(&r->who->scope), A_INT("cap", TOTAL_CAP + 1)), 0, out);
}

static struct sql_arg since(struct request *r)
{
    return A_TIME(r->arena, "day", clock_now_us() - DAY_S * 1000000LL);
}

struct error *source_rows(struct request *r, const struct page *p, struct rows *out)
{
    return db_query(r->db, r->arena, &source_page_sql,
                    ARGS(A_SCOPE(&r->who->scope), since(r), A_INT("size", p->size), A_INT("offset", p->offset)), out);
}

struct error *source_row(struct request *r, struct str id, struct rows *out, bool *found)
{
    return db_one(r->db, r->arena, &source_one_sql, ARGS(A_SCOPE(&r->who->scope), since(r), A_STR("id", id)), out, found);
}

struct error *source_read(struct request *r, struct str id, struct source_record *out, bool *found)
{
    struct rows rows;
    TRY(source_row(r, id, &rows, found));
    if (!*found)
        return NULL;
    *out = (struct source_record){.name = str_of(row_dup(&rows, r->arena, 1)),
                                  .client = str_of(row_dup(&rows, r->arena, 4)),
                                  .space = str_of(row_dup(&rows, r->arena, 5)),
                                  .format = str_of(row_dup(&rows, r->arena, 7)),
                                  .trust = row_int(&rows, 8),
                                  .tz = str_of(row_dup(&rows, r->arena, 9)),
                                  .victim = str_of(row_dup(&rows, r->arena, 10)),
                                  .state = str_of(row_dup(&rows, r->arena, 11)),
                                  .version = row_int(&rows, 12)};
    str_copy(out->org.org_id, sizeof out->org.org_id, row_text(&rows, 2));
    return rows_end(&rows);
}

#define RECORD_ARGS(x)                                                                                                \
    A_STR("name", (x)->name), A_OPT("client", (x)->client), A_STR("space", (x)->space), A_STR("format", (x)->format), \
        A_INT("trust", (x)->trust), A_STR("tz", (x)->tz), A_STR("victim", (x)->victim)

struct error *source_insert(struct request *r, const char *id, const struct source_record *x)
{
    return db_exec(r->db, r->arena, &source_insert_sql,
                   ARGS(A_Z("id", id), RECORD_ARGS(x), A_TIME(r->arena, "now", clock_now_us()), ORG_ARGS(&x->org)), NULL);
}

struct error *source_update_row(struct request *r, struct str id, const struct source_record *x, bool *moved)
{
    uint64_t n = 0;
    TRY(db_exec(r->db, r->arena, &source_update_sql,
                ARGS(A_STR("id", id), RECORD_ARGS(x), A_STR("state", x->state), A_INT("version", x->version),
                     A_TIME(r->arena, "now", clock_now_us())),
                &n));
    *moved = n == 1;
    return NULL;
}

struct error *source_space_known(struct request *r, struct str space, const char *org_id, bool *out)
{
    int64_t n;
    TRY(db_int(r->db, r->arena, &source_space_sql, ARGS(A_STR("space", space), A_Z("org", org_id)), 0, &n));
    *out = n == 1;
    return NULL;
}

struct error *source_client_known(struct request *r, struct str client, bool *out)
{
    int64_t n;
    TRY(db_int(r->db, r->arena, &source_client_sql, ARGS(A_STR("client", client), A_SCOPE(&r->who->scope)), 0, &n));
    *out = n == 1;
    return NULL;
}

/* ---- sending ---- */
static bool read_sending(struct rows *rows, struct source *out)
{
    *out = (struct source){.rules.victim = VICTIM_AUTO};
    str_copy(out->id, sizeof out->id, row_text(rows, 0));
    str_copy(out->org_id, sizeof out->org_id, row_text(rows, 1));
    str_copy(out->space_id, sizeof out->space_id, row_text(rows, 2));
    str_copy(out->format, sizeof out->format, row_text(rows, 3));
    return source_rules(row_text(rows, 0), row_text(rows, 4), row_text(rows, 5), &out->rules) &&
           str_is(row_text(rows, 6), "active");
}

bool source_rules(struct str id, struct str tz, struct str victim, struct format_source *out)
{
    *out = (struct format_source){.victim = str_is(victim, "destination") ? VICTIM_DESTINATION
                                            : str_is(victim, "source")    ? VICTIM_SOURCE
                                                                          : VICTIM_AUTO};
    return id_bytes(id, out->id) && event_tz(tz, &out->tz_minutes);
}

struct error *source_of_client(struct request *r, struct str format, struct source *out, int *found)
{
    struct rows rows;
    *found = 0;
    TRY(db_query(r->db, r->arena, &source_of_client_sql, ARGS(A_Z("client", r->who->id), A_STR("format", format)), &rows));
    while (rows_next(&rows))
        *found += read_sending(&rows, out);
    return rows_end(&rows);
}

struct error *source_by_id(struct request *r, struct str id, struct source *out, bool *found)
{
    struct rows rows;
    if (r->who->kind == PRINCIPAL_CLIENT)
        TRY(db_one(r->db, r->arena, &source_by_client_sql, ARGS(A_STR("id", id), A_Z("client", r->who->id)), &rows, found));
    else
        TRY(db_one(r->db, r->arena, &source_by_id_sql, ARGS(A_STR("id", id), A_SCOPE(&r->who->scope)), &rows, found));
    if (!*found)
        return NULL;
    *found = read_sending(&rows, out);
    return rows_end(&rows);
}

static struct error *make_default(struct request *r, struct str format, const char *key)
{
    char space[37];
    bool client = r->who->kind == PRINCIPAL_CLIENT;
    const char *of = client ? r->who->name : r->who->org_name;
    size_t n = strlen(of) < 100 ? strlen(of) : 100;
    while (n && !str_utf8((struct str){of, n}, NULL))
        n--;
    TRY(org_private_space(r->db, r->arena, &r->who->org, space));
    return db_exec(r->db, r->arena, &source_make_sql,
                   ARGS(A_Z("id", id_new().s), A_Z("name", arena_printf(r->arena, "%.*s " STR_FMT, (int)n, of, STR_ARG(format))),
                        client ? A_Z("client", r->who->id) : A_NULL("client"), A_Z("space", space), A_STR("format", format),
                        A_Z("key", key), A_TIME(r->arena, "now", clock_now_us()), ORG_ARGS(&r->who->org)),
                   NULL);
}

struct error *source_default(struct request *r, struct str format, struct source *out)
{
    bool found, active = true;
    struct rows rows;
    const char *of = r->who->kind == PRINCIPAL_CLIENT ? r->who->id : r->who->org.org_id;
    const char *key = arena_printf(r->arena, "%s:" STR_FMT, of, STR_ARG(format));
    for (int try = 0; try < 2; try++) {
        TRY(db_one(r->db, r->arena, &source_default_sql, ARGS(A_Z("key", key)), &rows, &found));
        if (found) {
            active = read_sending(&rows, out);
            TRY(rows_end(&rows));
            break;
        }
        TRY(make_default(r, format, key));
    }
    if (!active || !str_is(format, out->format))
        return invalid(r, "source", "disabled", "the default source was changed: name another one");
    return NULL;
}
