#include "statistics/tally_store.h"

#include "kernel/clock.h"

#define WHY "counts have no scope of their own; a page reads the place that its caller's scope is"
SQL(tally_note_sql, "INSERT INTO asset_count_notes (org_id, noted_at) VALUES (:org, :now) ON DUPLICATE KEY UPDATE "
                    "noted_at = VALUES(noted_at)");
SQL_SYSTEM(tally_note_below_sql, "the tree has changed below an organisation",
           "INSERT INTO asset_count_notes (org_id, noted_at) SELECT o.id, :now FROM orgs o WHERE :org IN (o.org_l1, o.org_l2, "
           "o.org_l3, o.org_l4, o.org_l5, o.org_l6, o.id) ON DUPLICATE KEY UPDATE noted_at = VALUES(noted_at)");
SQL(tally_noted_sql, "SELECT org_id, noted_at FROM asset_count_notes ORDER BY noted_at LIMIT :most");
SQL(tally_note_done_sql, "DELETE FROM asset_count_notes WHERE org_id = :org AND noted_at = :at");
SQL(tally_hold_sql, "SELECT 1 FROM asset_count_state WHERE id = 1 FOR UPDATE");
SQL(tally_counted_sql, "UPDATE asset_count_state SET counted_at = :now WHERE id = 1");
SQL(tally_checked_sql, "UPDATE asset_count_state SET checked_at = :now, drift = :drift WHERE id = 1");
SQL_SYSTEM(
    tally_assets_sql, WHY,
    "SELECT id, class_code, category_code, state_code, importance, network_env, mlps_level, origin_code, source_code, brand, "
    "os_name, os_version, internet_exposed, IF(class_code = 'hardware', JSON_VALUE(attributes, '$.is_virtual'), NULL), "
    "IF(class_code = 'system', JSON_VALUE(attributes, '$.user_count'), NULL), "
    "IF(class_code = 'software', JSON_VALUE(attributes, '$.vendor'), NULL) FROM assets FORCE INDEX (ix_assets_org) "
    "WHERE org_id = :org AND id > :after ORDER BY id LIMIT :most");
SQL(tally_read_sql, "SELECT class_code, dimension, value, n FROM asset_counts WHERE place = :place LIMIT 20000");
SQL(tally_sum_sql, "SELECT c.class_code, c.dimension, c.value, SUM(c.n) FROM asset_count_places p JOIN asset_counts c ON "
                   "c.place = CONCAT('u', p.org_id) WHERE p.place = :place GROUP BY c.class_code, c.dimension, c.value "
                   "HAVING SUM(c.n) <> 0 LIMIT 20000");
SQL(tally_write_sql,
    "INSERT INTO asset_counts (place, class_code, dimension, value, n) VALUES (:place, :class, :dimension, :value, :n) "
    "ON DUPLICATE KEY UPDATE n = n + VALUES(n)");
SQL(tally_places_sql, "SELECT place FROM asset_count_places WHERE org_id = :org");
SQL_SYSTEM(tally_places_now_sql, WHY,
           "SELECT o.org_l1, o.org_l2, o.org_l3, o.org_l4, o.org_l5, o.org_l6, o.sector_code FROM orgs o WHERE o.id = :org");
SQL(tally_places_clear_sql, "DELETE FROM asset_count_places WHERE org_id = :org");
SQL(tally_places_set_sql, "INSERT INTO asset_count_places (org_id, place) VALUES (:org, :place)");
SQL_SYSTEM(tally_orgs_sql, WHY,
           "SELECT x.org_id FROM (SELECT o.id AS org_id FROM orgs o WHERE o.id > :after UNION SELECT p.org_id FROM "
           "asset_count_places p WHERE p.org_id > :after) x ORDER BY x.org_id LIMIT 500");
SQL(tally_place_names_sql,
    "SELECT DISTINCT place FROM asset_counts WHERE place > :after AND place NOT LIKE 'u%' ORDER BY place LIMIT 500");
SQL(tally_sweep_sql, "DELETE FROM asset_counts WHERE place = :place AND n = 0 LIMIT 5000");
#define SUM_OF(w) "COALESCE(SUM(IF(" w ", n, 0)), 0)"
#define DAY_FIGURES                                                                                                                           \
    SUM_OF("dimension = 'total'")                                                                                                             \
    ", " SUM_OF("dimension = 'total' AND class_code = 'system'") ", " SUM_OF("dimension = 'server_kind' AND value = 'physical'") ", " SUM_OF( \
        "dimension = 'server_kind' AND value = 'virtual'") ", " SUM_OF(DOMESTIC) ", " SUM_OF(KNOWN)
/* Of hardware and software, whose origin says how much is home-made. */
#define MADE "dimension = 'origin' AND class_code IN ('hardware', 'software') AND value "
#define DOMESTIC MADE "= '1'"
#define KNOWN MADE "IN ('1', '2', '3')"
SQL(tally_day_places_sql,
    "SELECT MAX(place) FROM (SELECT DISTINCT place FROM asset_counts WHERE place > :after AND place NOT LIKE 'u%' "
    "ORDER BY place LIMIT 500) x");
SQL(tally_day_sql,
    "INSERT IGNORE INTO asset_days (place, day, total, systems, physical, virtual, domestic, origins) "
    "SELECT place, :day, " DAY_FIGURES " FROM asset_counts WHERE place > :after AND place <= :upto AND place NOT LIKE 'u%' "
    "AND dimension IN ('total', 'server_kind', 'origin') GROUP BY place");

SQL(statistics_state_sql,
    "SELECT counted_at, checked_at, drift, (SELECT MIN(noted_at) FROM asset_count_notes) FROM asset_count_state");
SQL(statistics_days_sql,
    "SELECT DATE_FORMAT(day, '%Y-%m-%d'), total, systems, physical, virtual, domestic, origins FROM asset_days WHERE place = :place AND "
    "day >= :since ORDER BY day LIMIT 400");
#define FIGURES                                                                                                         \
    "c.class_code, SUM(IF(c.dimension = 'total', c.n, 0)), SUM(IF(c.dimension = 'origin' AND c.value = '1', c.n, 0)), " \
    "SUM(IF(c.dimension = 'origin' AND c.value IN ('1', '2', '3'), c.n, 0))"
#define COUNTED "c.dimension IN ('total', 'origin')"
#define INSIDE "(:inside IS NULL OR :inside IN (o.org_l1, o.org_l2, o.org_l3, o.org_l4, o.org_l5, o.org_l6))"
#define ORGS(S, IX)                                                                  \
    "SELECT o.id, o.name, o.region_code, " FIGURES                                   \
    " FROM orgs o JOIN asset_counts c ON c.place = CONCAT(:kind, o.id) AND " COUNTED \
    " WHERE" S(o) " AND (:below IS NULL OR o.parent_id = :below) AND " INSIDE " GROUP BY o.id, c.class_code LIMIT 100000"
SQL_SCOPED(statistics_orgs_sql, ORGS);
#define SECTORS(S, IX)                                                                                                      \
    "SELECT COALESCE(o.sector_code, ''), COALESCE(s.label_zh, ''), COALESCE(s.label_en, ''), " FIGURES " FROM orgs o JOIN " \
    "asset_counts c ON c.place = CONCAT('u', o.id) AND " COUNTED                                                            \
    " LEFT JOIN sectors s ON s.code = o.sector_code WHERE" S(o) " AND " INSIDE " GROUP BY o.sector_code, c.class_code LIMIT 10000"
SQL_SCOPED(statistics_sectors_sql, SECTORS);

#define NOW(a) A_TIME(a, "now", clock_now_us())

struct error *tally_note(struct services *s, struct arena *a, const struct str *orgs, size_t n)
{
    char now[27];
    clock_sql(clock_now_us(), now);
    return n ? db_exec_many(s->db, a, &tally_note_sql, n, COLUMNS(C_TEXT("org", orgs), C_SAME(A_Z("now", now))), NULL) : NULL;
}

struct error *tally_note_below(struct services *s, struct arena *a, const char *org)
{
    return db_exec(s->db, a, &tally_note_below_sql, ARGS(A_Z("org", org), NOW(a)), NULL);
}

struct error *tally_noted(struct services *s, struct arena *a, size_t most, struct tally_note *out, size_t *n)
{
    struct rows r;
    TRY(db_query(s->db, a, &tally_noted_sql, ARGS(A_INT("most", (int64_t)most)), &r));
    for (*n = 0; *n < most && rows_next(&r); (*n)++) {
        str_copy(out[*n].org, sizeof out->org, row_text(&r, 0));
        out[*n].at = row_time(&r, 1);
    }
    return rows_end(&r);
}

struct error *tally_note_done(struct services *s, struct arena *a, const struct tally_note *note)
{
    return db_exec(s->db, a, &tally_note_done_sql, ARGS(A_Z("org", note->org), A_TIME(a, "at", note->at)), NULL);
}

struct error *tally_hold(struct services *s, struct arena *a)
{
    int64_t one;
    return db_int(s->db, a, &tally_hold_sql, NO_ARGS, 0, &one);
}

struct error *tally_counted(struct services *s, struct arena *a)
{
    return db_exec(s->db, a, &tally_counted_sql, ARGS(NOW(a)), NULL);
}

struct error *tally_checked(struct services *s, struct arena *a, int64_t drift)
{
    return db_exec(s->db, a, &tally_checked_sql, ARGS(NOW(a), A_INT("drift", drift)), NULL);
}

struct error *tally_assets(struct services *s, struct arena *a, const char *org, const char *after, size_t most, struct rows *out)
{
    return db_query(
        s->db, a, &tally_assets_sql,
        ARGS(A_Z("org", org), A_Z("after", *after ? after : "00000000-0000-0000-0000-000000000000"), A_INT("most", (int64_t)most)),
        out);
}

void tally_asset_row(struct rows *r, struct arena *a, char id[37], struct counted *out)
{
    struct str *texts[] = {&out->class,  &out->category, &out->state, &out->importance, &out->network,   &out->mlps,
                           &out->origin, &out->source,   &out->brand, &out->os,         &out->os_version};
    str_copy(id, 37, row_text(r, 0));
    *out = (struct counted){.exposed = row_int(r, 12) != 0};
    for (unsigned i = 0; i < sizeof texts / sizeof *texts; i++)
        *texts[i] = str_of(row_dup(r, a, i + 1));
    struct str is_virtual = row_text(r, 13);
    out->is_virtual = str_is(is_virtual, "1") || str_is(is_virtual, "true");
    out->users = row_int(r, 14);
    out->vendor = str_of(row_dup(r, a, 15));
}

static struct error *read_tally(struct rows *r, struct tally *out)
{
    while (rows_next(r))
        tally_add(out, str_of(row_dup(r, out->arena, 0)), str_of(row_dup(r, out->arena, 1)), row_text(r, 2), row_int(r, 3));
    return rows_end(r);
}

struct error *tally_read(struct services *s, struct arena *a, const char *place, struct tally *out)
{
    struct rows r;
    TRY(db_query(s->db, a, &tally_read_sql, ARGS(A_Z("place", place)), &r));
    return read_tally(&r, out);
}

struct error *tally_sum(struct services *s, struct arena *a, const char *place, struct tally *out)
{
    struct rows r;
    TRY(db_query(s->db, a, &tally_sum_sql, ARGS(A_Z("place", place)), &r));
    return read_tally(&r, out);
}

struct error *tally_write(struct services *s, struct arena *a, const char *place, const struct tally *d, int sign)
{
    struct str *class = arena_array(a, d->count + 1, sizeof *class), *dimension = arena_array(a, d->count + 1, sizeof *class),
               *value = arena_array(a, d->count + 1, sizeof *class);
    int64_t *n = arena_array(a, d->count + 1, sizeof *n);
    size_t count = 0;
    for (size_t i = 0; i < d->count; i++)
        if (d->rows[i].n) {
            class[count] = d->rows[i].class;
            dimension[count] = d->rows[i].dimension;
            value[count] = d->rows[i].value;
            n[count++] = sign * d->rows[i].n;
        }
    return count ? db_exec_many(s->db, a, &tally_write_sql, count,
                                COLUMNS(C_SAME(A_Z("place", place)), C_TEXT("class", class), C_TEXT("dimension", dimension),
                                        C_BYTES("value", value), C_INT("n", n, NULL)),
                                NULL)
                 : NULL;
}

struct error *tally_places(struct services *s, struct arena *a, const char *org, char (*out)[PLACE_BYTES], size_t *n)
{
    struct rows r;
    TRY(db_query(s->db, a, &tally_places_sql, ARGS(A_Z("org", org)), &r));
    for (*n = 0; *n < PLACES_EACH && rows_next(&r); (*n)++)
        str_copy(out[*n], PLACE_BYTES, row_text(&r, 0));
    return rows_end(&r);
}

static void add_place(char (*out)[PLACE_BYTES], size_t *n, char kind, struct str id)
{
    if (!id.n)
        return;
    out[*n][0] = kind;
    str_copy(out[(*n)++] + 1, PLACE_BYTES - 1, id);
}

struct error *tally_places_now(struct services *s, struct arena *a, const char *org, char (*out)[PLACE_BYTES], size_t *n)
{
    struct rows r;
    bool found;
    *n = 0;
    TRY(db_one(s->db, a, &tally_places_now_sql, ARGS(A_Z("org", org)), &r, &found));
    if (!found)
        return NULL;
    for (unsigned i = 0; i < 6; i++)
        add_place(out, n, 'o', row_text(&r, i));
    add_place(out, n, 's', row_text(&r, 6));
    add_place(out, n, 'a', STR("ll"));
    return rows_end(&r);
}

struct error *tally_places_set(struct services *s, struct arena *a, const char *org, const char (*list)[PLACE_BYTES], size_t n)
{
    TRY(db_exec(s->db, a, &tally_places_clear_sql, ARGS(A_Z("org", org)), NULL));
    for (size_t i = 0; i < n; i++)
        TRY(db_exec(s->db, a, &tally_places_set_sql, ARGS(A_Z("org", org), A_Z("place", list[i])), NULL));
    return NULL;
}

struct error *tally_orgs(struct services *s, struct arena *a, const char *after, struct rows *out)
{
    return db_query(s->db, a, &tally_orgs_sql, ARGS(A_Z("after", *after ? after : "00000000-0000-0000-0000-000000000000")), out);
}

struct error *tally_place_names(struct services *s, struct arena *a, const char *after, struct rows *out)
{
    return db_query(s->db, a, &tally_place_names_sql, ARGS(A_Z("after", after)), out);
}

struct error *tally_sweep(struct services *s, struct arena *a, const char *place)
{
    return db_exec(s->db, a, &tally_sweep_sql, ARGS(A_Z("place", place)), NULL);
}

struct error *tally_day(struct services *s, struct arena *a, const char *day, const char *after, char at[PLACE_BYTES])
{
    struct rows r;
    bool found;
    at[0] = '\0';
    TRY(db_one(s->db, a, &tally_day_places_sql, ARGS(A_Z("after", after)), &r, &found));
    if (!found)
        return NULL;
    str_copy(at, PLACE_BYTES, row_text(&r, 0));
    TRY(rows_end(&r));
    return at[0] ? db_exec(s->db, a, &tally_day_sql, ARGS(A_Z("day", day), A_Z("after", after), A_Z("upto", at)), NULL) : NULL;
}

/* ---- what pages read ---- */
struct error *statistics_state(struct request *r, struct rows *out, bool *found)
{
    return db_one(r->db, r->arena, &statistics_state_sql, NO_ARGS, out, found);
}

struct error *statistics_days(struct request *r, const char *place, const char *since, struct rows *out)
{
    return db_query(r->db, r->arena, &statistics_days_sql, ARGS(A_Z("place", place), A_Z("since", since)), out);
}

struct error *statistics_orgs(struct request *r, bool own, const char *below, const char *inside, struct rows *out)
{
    return db_query(
        r->db, r->arena, &statistics_orgs_sql,
        ARGS(A_SCOPE(&r->who->scope), A_Z("kind", own ? "u" : "o"), A_OPT("below", str_of(below)), A_OPT("inside", str_of(inside))),
        out);
}

struct error *statistics_sectors(struct request *r, const char *inside, struct rows *out)
{
    return db_query(r->db, r->arena, &statistics_sectors_sql, ARGS(A_SCOPE(&r->who->scope), A_OPT("inside", str_of(inside))), out);
}
