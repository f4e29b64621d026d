#include "ingest/event_read_store.h"

#include "ingest/event_store.h"
#include "kernel/clock.h"

#define SEEN(S) "(" S(w) " OR EXISTS (SELECT 1 FROM dispatches d WHERE d.warning_id = w.id AND" S(d) ")) "
#define EVENT_COLUMNS(S)                                                                                                      \
    "SELECT e.id, e.occurred_at, e.received_at, COALESCE(e.last_seen_at, e.occurred_at), e.name, e.format, e.category, "      \
    "e.severity, e.src_ip, e.src_port, e.dst_ip, e.dst_port, e.victim_ip, e.protocol, e.url, e.domain, e.rule_id, e.status, " \
    "e.merge_count, e.verdict, e.method, e.confidence, e.org_id, o.name, e.asset_id, a.name, e.source_id, s.name, "           \
    "(SELECT w.id FROM warnings w WHERE w.event_id = e.id AND " SEEN(S) "ORDER BY w.created_at DESC LIMIT 1), "               \
                                                                        "e.batch_id, e.line_no, s.space_id, s.org_id "
#define EVENT_JOINS \
    "JOIN sources s ON s.id = e.source_id LEFT JOIN orgs o ON o.id = e.org_id LEFT JOIN assets a ON a.id = e.asset_id "
/* The days prune the partitions; the id is the time. */
#define WINDOW "e.day >= :from_day AND e.day <= :to_day AND "
#define FILTERS                                                                                       \
    "AND (:from IS NULL OR e.occurred_at >= :from) AND (:to IS NULL OR e.occurred_at < :to) "         \
    "AND (:severity < 0 OR e.severity = :severity) AND (:verdict < 0 OR e.verdict = :verdict) "       \
    "AND (:format < 0 OR e.format = :format) AND (:source IS NULL OR e.source_id = :source) "         \
    "AND (:address IS NULL OR e.victim_ip = :address OR e.src_ip = :address OR e.dst_ip = :address) " \
    "AND (:q IS NULL OR e.name LIKE CONCAT('%', :q, '%') OR e.rule_id = :q OR e.domain LIKE CONCAT('%', :q, '%')) "
#define NEWEST "ORDER BY e.id DESC LIMIT :size OFFSET :offset"

#define PAGE(S, IX)                                                    \
    EVENT_COLUMNS(S)                                                   \
    "FROM (SELECT e.id, e.day FROM events e WHERE " WINDOW S(e) NEWEST \
        ") k "                                                         \
        "JOIN events e ON e.id = k.id AND e.day = k.day " EVENT_JOINS "ORDER BY e.id DESC"
SQL_SCOPED(event_page_plain_sql, PAGE);
#define PAGE_FILTERED(S, IX)                                                                       \
    EVENT_COLUMNS(S)                                                                               \
    "FROM (SELECT e.id, e.day FROM events e WHERE " WINDOW "e.id < :after AND" S(e) FILTERS NEWEST \
        ") k "                                                                                     \
        "JOIN events e ON e.id = k.id AND e.day = k.day " EVENT_JOINS "ORDER BY e.id DESC"
SQL_SCOPED(event_page_filtered_sql, PAGE_FILTERED);
#define COUNT(S, IX) "SELECT COUNT(*) FROM (SELECT 1 FROM events e WHERE " WINDOW S(e) "LIMIT :cap) x"
SQL_SCOPED(event_count_plain_sql, COUNT);
#define COUNT_FILTERED(S, IX) "SELECT COUNT(*) FROM (SELECT 1 FROM events e WHERE " WINDOW S(e) FILTERS "LIMIT :cap) x"
SQL_SCOPED(event_count_filtered_sql, COUNT_FILTERED);
/* What nobody owns hangs together in the index of the level. */
#define NOBODYS(S, IX)                                                                                     \
    EVENT_COLUMNS(S)                                                                                       \
    "FROM (SELECT e.id, e.day FROM events e FORCE INDEX (ix_events_l2) WHERE e.org_l2 IS NULL AND " WINDOW \
    "e.id < :after AND" S(e) FILTERS NEWEST ") k JOIN events e ON e.id = k.id AND e.day = k.day " EVENT_JOINS "ORDER BY e.id DESC"
SQL_SCOPED(event_page_nobodys_sql, NOBODYS);
#define COUNT_NOBODYS(S, IX)                                                                                                  \
    "SELECT COUNT(*) FROM (SELECT 1 FROM events e FORCE INDEX (ix_events_l2) WHERE e.org_l2 IS NULL AND " WINDOW S(e) FILTERS \
        "LIMIT :cap) x"
SQL_SCOPED(event_count_nobodys_sql, COUNT_NOBODYS);
#define ONE(S, IX) EVENT_COLUMNS(S) "FROM events e " EVENT_JOINS "WHERE e.id = :id AND e.day = :day AND" S(e)
SQL_SCOPED(event_one_sql, ONE);

static bool plain(const struct event_filter *f)
{
    return !f->q.n && !f->source.n && !f->after.n && !f->from && !f->to && f->severity < 0 && f->verdict < 0 && f->format < 0 &&
           !f->has_address;
}

static const char *day_text(struct arena *a, int64_t us, const char *open)
{
    if (!us)
        return open;
    char *text = arena_alloc(a, 27);
    clock_sql(us, text);
    text[10] = '\0';
    return text;
}

/* A page after an event has nothing of the days behind it. */
static const char *last_day(struct arena *a, const struct event_filter *f)
{
    char *day = arena_alloc(a, 11);
    return f->after.n && event_day(f->after, day) ? day : day_text(a, f->to, "9999-12-31");
}

#define FILTER_ARGS(r, f)                                                                                                         \
    A_SCOPE(&(f)->scope), A_Z("from_day", day_text((r)->arena, (f)->from, "1970-01-01")), A_Z("to_day", last_day((r)->arena, f)), \
        A_TIME((r)->arena, "from", (f)->from), A_TIME((r)->arena, "to", (f)->to), A_INT("severity", (f)->severity),               \
        A_INT("verdict", (f)->verdict), A_INT("format", (f)->format), A_OPT("source", (f)->source),                               \
        A_BYTES("address", (f)->has_address ? (f)->address.b : NULL, sizeof(f)->address.b), A_OPT("q", (f)->q),                   \
        A_STR("after", (f)->after.n ? (f)->after : STR("ffffffff-ffff-ffff-ffff-ffffffffffff"))

static bool nobodys(const struct event_filter *f)
{
    return f->verdict == VERDICT_UNOWNED || f->verdict == VERDICT_AMBIGUOUS;
}

struct error *event_page(struct request *r, const struct event_filter *f, const struct page *p, struct rows *out)
{
    return db_query(r->db, r->arena,
                    plain(f)     ? &event_page_plain_sql
                    : nobodys(f) ? &event_page_nobodys_sql
                                 : &event_page_filtered_sql,
                    ARGS(FILTER_ARGS(r, f), A_INT("size", p->size), A_INT("offset", f->after.n ? 0 : p->offset)), out);
}

struct error *event_count(struct request *r, const struct event_filter *f, int64_t *out)
{
    struct event_filter whole = *f; /* the cursor moves the page, not the total */
    whole.after = (struct str){NULL, 0};
    return db_int(r->db, r->arena,
                  plain(&whole) ? &event_count_plain_sql
                  : nobodys(f)  ? &event_count_nobodys_sql
                                : &event_count_filtered_sql,
                  ARGS(FILTER_ARGS(r, &whole), A_INT("cap", TOTAL_CAP + 1)), 0, out);
}

struct error *event_one(struct request *r, struct str id, struct rows *out, bool *found)
{
    char day[11];
    *found = event_day(id, day);
    if (!*found)
        return NULL;
    return db_one(r->db, r->arena, &event_one_sql, ARGS(A_SCOPE(&r->who->scope), A_STR("id", id), A_Z("day", day)), out, found);
}
