#include "ingest/retention.h"

#include <stdio.h>

#include "kernel/clock.h"
#include "kernel/id.h"
#include "kernel/log.h"
#include "queue/job.h"
#include "queue/lease.h"

enum {
    KEYS_AT_ONCE = 5000,
    KEYS_CHUNKS = 20, /* each time: 144 million keys a day are looked at */
    BATCHES_AT_ONCE = 100,
    BATCHES_CHUNKS = 100,
    KEYS_MS = 60000,
    DAYS_MS = 600000,
    LEASE_S = 300,
    DROPS_MAX = 64,
    DAYS_SLACK = 2, /* a batch outlives its events by the hours between two clocks */
    KEY_BYTES = 16
};

/* The keys hang together by nothing but themselves: they are looked through in their own order. */
SQL(keys_end_sql, "SELECT MAX(k.dedup_key) FROM (SELECT dedup_key FROM event_keys WHERE dedup_key > :after ORDER BY dedup_key "
                  "LIMIT :most) k");
SQL_SYSTEM(keys_drop_sql, "the platform's own duty",
           "DELETE FROM event_keys WHERE dedup_key > :after AND dedup_key <= :upto AND seen_on < :before AND NOT EXISTS "
           "(SELECT 1 FROM events e WHERE e.id = event_keys.event_id AND e.day = event_keys.day AND e.format <> 0 AND "
           "COALESCE(e.status, '') NOT IN ('closed', 'ignored'))");
/* From the oldest: name and the day below which it holds. */
SQL(event_days_sql, "SELECT partition_name, TRIM(BOTH '''' FROM partition_description) FROM information_schema.partitions "
                    "WHERE table_schema = DATABASE() AND table_name = 'events' AND partition_description <> 'MAXVALUE' "
                    "ORDER BY partition_ordinal_position LIMIT 1000");
SQL(batches_drop_sql,
    "DELETE FROM event_batches WHERE id < :before AND (kept_to IS NULL OR kept_to < :day) ORDER BY id LIMIT :most");
SQL(batch_keep_sql, "UPDATE event_batches SET kept_to = GREATEST(COALESCE(kept_to, :day), :day) WHERE id = :id");

static const char *day_before(struct arena *a, int64_t days)
{
    char text[27];
    clock_sql(clock_now_us() - days * 86400000000, text);
    return arena_printf(a, "%.10s", text);
}

/* One step of the walk over all keys; after moves on, and to the beginning when the end was reached. */
static struct error *keys_step(struct services *s, struct arena *a, unsigned char after[KEY_BYTES], bool *ended)
{
    struct rows rows;
    bool found;
    const struct sql_arg from = A_BYTES("after", after, KEY_BYTES);
    TRY(db_one(s->db, a, &keys_end_sql, ARGS(from, A_INT("most", KEYS_AT_ONCE)), &rows, &found));
    struct str end = found ? row_text(&rows, 0) : STR("");
    *ended = end.n != KEY_BYTES;
    const char *upto = *ended ? NULL : str_dup(a, end);
    TRY(rows_end(&rows));
    if (*ended) {
        memset(after, 0, KEY_BYTES);
        return NULL;
    }
    TRY(db_exec(s->db, a, &keys_drop_sql,
                ARGS(from, A_BYTES("upto", upto, KEY_BYTES), A_Z("before", day_before(a, s->config->keep_key_days))), NULL));
    memcpy(after, upto, KEY_BYTES);
    return NULL;
}

static struct error *keys_walk(struct services *s, struct arena *a, unsigned char after[KEY_BYTES], int steps)
{
    for (bool ended = false; !ended && steps != 0; steps -= steps > 0) {
        struct arena_mark mark = arena_mark(a);
        TRY(keys_step(s, a, after, &ended));
        arena_reset_to(a, mark);
    }
    return NULL;
}

/* Where this process is in its walk; the next one begins anew, which only costs time. */
static struct error *keys_expire(struct services *s, struct arena *a)
{
    static unsigned char after[KEY_BYTES];
    return keys_walk(s, a, after, KEYS_CHUNKS);
}
DUTY(event_keys_expire, KEYS_MS, keys_expire);

/* The partitions that are due leave in one statement, unless somebody reads the table for longer: then another time.
 * oldest becomes the first day that the table still keeps apart, "" when that is not known. */
static struct error *days_drop(struct services *s, struct arena *a, char oldest[11])
{
    struct rows rows;
    struct buf b = buf_new(a, 1024, DROPS_MAX * 32);
    const char *due = day_before(a, s->config->keep_event_days);
    int n = 0;
    bool kept = false;
    oldest[0] = '\0';
    buf_lit(&b, "SET STATEMENT lock_wait_timeout = 5 FOR ALTER TABLE events DROP PARTITION ");
    TRY(db_query(s->db, a, &event_days_sql, NO_ARGS, &rows));
    while (rows_next(&rows)) {
        struct str name = str_of(row_dup(&rows, a, 0));
        if (strcmp(row_dup(&rows, a, 1), due) <= 0 && n < DROPS_MAX) {
            buf_printf(&b, "%s" STR_FMT, n++ ? ", " : "", STR_ARG(name));
            continue;
        }
        if (!kept && name.n == 9) /* pYYYYMMDD: the day from which it holds */
            snprintf(oldest, 11, "%.4s-%.2s-%.2s", name.p + 1, name.p + 5, name.p + 7);
        kept = true;
    }
    TRY(rows_end(&rows));
    if (!n)
        return NULL;
    TRY(db_script(s->db, a, buf_done(&b).p));
    log_info("events", "%d partitions before %s dropped", n, due);
    return NULL;
}

static struct error *batches_drop(struct services *s, struct arena *a, const char *oldest, int chunks)
{
    int64_t first;
    uint64_t gone = BATCHES_AT_ONCE;
    if (!clock_from_sql(str_of(oldest), &first))
        return NULL;
    uuid before = id_at(first - DAYS_SLACK * 86400000000, 0); /* ids are in the order of reception */
    const struct sql_arg *args = ARGS(A_Z("before", before.s), A_Z("day", oldest), A_INT("most", BATCHES_AT_ONCE));
    for (; gone == BATCHES_AT_ONCE && chunks != 0; chunks -= chunks > 0)
        TRY(db_exec(s->db, a, &batches_drop_sql, args, &gone));
    return NULL;
}

/* Whoever makes days ahead changes the same table: one at a time. */
static struct error *days_expire_some(struct services *s, struct arena *a, int chunks, bool *mine)
{
    char oldest[11];
    *mine = true;
    if (!s->config->keep_event_days)
        return NULL;
    TRY(lease_take(s, a, "event_days", LEASE_S, mine));
    if (!*mine)
        return NULL;
    struct error *e = days_drop(s, a, oldest);
    TRY(lease_drop(s, a, "event_days"));
    return e || !oldest[0] ? e : batches_drop(s, a, oldest, chunks);
}

static struct error *days_expire(struct services *s, struct arena *a)
{
    bool mine;
    return days_expire_some(s, a, BATCHES_CHUNKS, &mine);
}
DUTY(event_days_expire, DAYS_MS, days_expire);

struct error *event_retention(struct services *s, struct arena *a)
{
    unsigned char after[KEY_BYTES] = {0};
    bool mine;
    TRY(days_expire_some(s, a, -1, &mine));
    if (!mine)
        return error_new(a, ERR_CONFLICT, "the days of events are being changed; try again");
    return keys_walk(s, a, after, -1);
}

struct error *batch_keep_until(struct services *s, struct arena *a, const char *batch_id, const char *day)
{
    return db_exec(s->db, a, &batch_keep_sql, ARGS(A_Z("id", batch_id), A_Z("day", day)), NULL);
}
