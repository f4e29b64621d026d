/* Deletes what was decided, a few thousand rows at a time; killed in between it goes on where it was. */
#include "audit/audit.h"
#include "audit/purge.h"

enum { SEGMENTS_AT_ONCE = 100 };

static struct error *delete_some(struct job *j, const char *segment, bool *gone)
{
    uint64_t n;
    TRY(purge_delete(j->services, j->arena, segment, &n));
    *gone = n == 0;
    if (*gone)
        TRY(purge_segment_gone(j->services, j->arena, segment));
    j->rows_done += (int64_t)n;
    return job_progress(j, NULL);
}

static struct error *delete_segment(struct job *j, const char *segment)
{
    for (bool gone = false; !gone;) {
        struct arena_mark mark = arena_mark(j->arena);
        TRY(db_begin(j->services->db, j->arena));
        TRY(db_finish(j->services->db, j->arena, delete_some(j, segment, &gone)));
        arena_reset_to(j->arena, mark);
    }
    return NULL;
}

static struct error *finish(struct job *j, const struct purge *p)
{
    struct audit_actor who = audit_actor_of_job(j->created_by, &j->org, j->id);
    const struct audit_entry entry = {
        .action = "audit.purged",
        .subject_kind = "audit_purge",
        .subject_id = p->id,
        .after = str_of(arena_printf(j->arena, "{\"before\":\"%s\",\"deleted\":%lld}", p->before, (long long)j->rows_done)),
        .job_id = j->id};
    TRY(purge_done(j->services, j->arena, p->id, j->rows_done));
    TRY(audit_write(j->services, j->arena, &who, &entry));
    return job_done(j, NULL);
}

static struct error *purge_run(struct job *j)
{
    struct purge p;
    bool found;
    unsigned char mac[DIGEST_BYTES];
    TRY(purge_find(j->services, j->arena, job_param(j, "purge_id").p, &p, &found));
    if (!found)
        return job_fail(j, "no such decision");
    purge_mac(j->services->keys, &p, mac);
    if (!bytes_equal(mac, p.mac, sizeof mac))
        return job_fail(j, "the decision was altered past the platform");
    for (size_t n = SEGMENTS_AT_ONCE; n == SEGMENTS_AT_ONCE;) {
        struct rows rows;
        char *segments[SEGMENTS_AT_ONCE];
        n = 0;
        TRY(purge_segments(j->services, j->arena, p.before, &rows));
        while (n < SEGMENTS_AT_ONCE && rows_next(&rows))
            segments[n++] = row_dup(&rows, j->arena, 0);
        TRY(rows_end(&rows));
        for (size_t i = 0; i < n; i++)
            TRY(delete_segment(j, segments[i]));
    }
    TRY(db_begin(j->services->db, j->arena));
    return db_finish(j->services->db, j->arena, finish(j, &p));
}
JOB(audit_purge, purge_run);
