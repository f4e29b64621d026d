#include "ingest/days.h"

#include "kernel/clock.h"
#include "queue/job.h"
#include "queue/lease.h"

enum { DAYS_AHEAD = 60, MONTHS_BEHIND = 13, LEASE_S = 300, EVERY_MS = 6 * 3600 * 1000, TEXT_MAX = 32 * 1024 };

/* The first day that no partition ends at: DATE text of the highest bound below the catch-all. */
SQL(event_days_last_sql,
    "SELECT MAX(TRIM(BOTH '''' FROM partition_description)) FROM information_schema.partitions WHERE table_schema = DATABASE() "
    "AND table_name = 'events' AND partition_description <> 'MAXVALUE'");

/* "PARTITION p20261124 VALUES LESS THAN ('2026-11-25')," for the time from one bound to the next. */
static void put_partition(struct buf *b, int64_t from, int64_t to)
{
    int64_t year, to_year;
    unsigned month, day, to_month, to_day;
    clock_civil(from, &year, &month, &day);
    clock_civil(to, &to_year, &to_month, &to_day);
    buf_printf(b, "PARTITION p%04d%02u%02u VALUES LESS THAN ('%04d-%02u-%02u'),", (int)year, month, day, (int)to_year, to_month,
               to_day);
}

static int64_t month_start(int64_t day)
{
    int64_t year;
    unsigned month, of_month;
    clock_civil(day, &year, &month, &of_month);
    return day - of_month + 1;
}

/* Of a new table: everything before the first month goes to p_first, then whole months up to this one. */
static int64_t put_months(struct buf *b, int64_t last, int64_t today)
{
    int64_t from = month_start(today);
    for (int i = 0; i < MONTHS_BEHIND; i++)
        from = month_start(from - 1);
    if (last < from)
        put_partition(b, last, from);
    for (int64_t next; (next = month_start(from + 31)) <= today; from = next)
        put_partition(b, from, next);
    return from;
}

struct error *event_days_ahead(struct services *s, struct arena *a)
{
    bool mine;
    struct rows rows;
    TRY(lease_take(s, a, "event_days", LEASE_S, &mine));
    if (!mine)
        return NULL;
    int64_t last_us = 0, today = clock_now_us() / 86400000000;
    bool found;
    TRY(db_one(s->db, a, &event_days_last_sql, NO_ARGS, &rows, &found));
    if (found)
        clock_from_sql(row_text(&rows, 0), &last_us);
    TRY(rows_end(&rows));
    int64_t last = last_us / 86400000000, first = last;
    struct buf b = buf_new(a, 4096, TEXT_MAX);
    buf_lit(&b, "ALTER TABLE events REORGANIZE PARTITION p_ahead INTO (");
    if (last < today - 366)
        last = put_months(&b, last, today);
    for (; last < today + DAYS_AHEAD; last++)
        put_partition(&b, last, last + 1);
    buf_lit(&b, "PARTITION p_ahead VALUES LESS THAN (MAXVALUE))");
    if (last > first)
        TRY(db_script(s->db, a, buf_done(&b).p));
    return lease_drop(s, a, "event_days");
}
DUTY(event_days_kept_ahead, EVERY_MS, event_days_ahead);
