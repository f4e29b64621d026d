#include "audit/purge.h"

#include "kernel/clock.h"

#define WHY "the trail is the platform's"
SQL_SYSTEM(purge_rows_sql, WHY,
           "SELECT p.id, p.before_at, p.reason, p.state, p.asked_by, u.display_name, p.asked_at, d.display_name, p.decided_at, "
           "p.deleted, j.error FROM audit_purges p JOIN users u ON u.id = p.asked_by LEFT JOIN users d ON d.id = p.decided_by "
           "LEFT JOIN jobs j ON j.id = p.job_id ORDER BY p.asked_at DESC LIMIT 200");
SQL(purge_insert_sql,
    "INSERT INTO audit_purges (id, before_at, reason, asked_by, asked_at) VALUES (:id, :before, :reason, :by, :now)");
SQL(purge_lock_sql,
    "SELECT id, asked_by, decided_by, before_at, mac FROM audit_purges WHERE id = :id AND state = 'asked' FOR UPDATE");
SQL(purge_decided_sql, "UPDATE audit_purges SET state = :state, decided_by = :by, decided_at = :now, mac = :mac, job_id = :job "
                       "WHERE id = :id AND state = 'asked'");
SQL(purge_find_sql, "SELECT id, asked_by, decided_by, before_at, mac FROM audit_purges WHERE id = :id AND state = 'approved'");
SQL(purge_segments_sql, "SELECT id FROM audit_segments WHERE final AND sealed_at < :before ORDER BY id LIMIT 100");
SQL_SYSTEM(purge_delete_sql, WHY, "DELETE FROM audit_log WHERE segment = :segment ORDER BY n DESC LIMIT 5000");
SQL(purge_segment_gone_sql, "DELETE FROM audit_segments WHERE id = :segment");
SQL(purge_done_sql, "UPDATE audit_purges SET state = 'done', deleted = :deleted WHERE id = :id AND state = 'approved'");
SQL(purged_sql, "SELECT id, asked_by, decided_by, before_at, mac FROM audit_purges WHERE state IN ('approved', 'done')");

struct error *purge_rows(struct request *r, struct rows *out)
{
    return db_query(r->db, r->arena, &purge_rows_sql, NO_ARGS, out);
}

struct error *purge_insert(struct request *r, const char *id, int64_t before)
{
    return db_exec(r->db, r->arena, &purge_insert_sql,
                   ARGS(A_Z("id", id), A_TIME(r->arena, "before", before), A_STR("reason", body_str(r, "reason")),
                        A_Z("by", r->who->id), A_TIME(r->arena, "now", clock_now_us())),
                   NULL);
}

static void read_purge(struct rows *x, struct purge *out)
{
    *out = (struct purge){0};
    str_copy(out->id, sizeof out->id, row_text(x, 0));
    str_copy(out->asked_by, sizeof out->asked_by, row_text(x, 1));
    str_copy(out->decided_by, sizeof out->decided_by, row_text(x, 2));
    clock_sql(row_time(x, 3), out->before);
    if (row_text(x, 4).n == DIGEST_BYTES)
        memcpy(out->mac, row_text(x, 4).p, DIGEST_BYTES);
}

static struct error *one(struct db *db, struct arena *a, const struct sql_stmt *sql, const char *id, struct purge *out, bool *found)
{
    struct rows x;
    TRY(db_one(db, a, sql, ARGS(A_Z("id", id)), &x, found));
    if (!*found)
        return NULL;
    read_purge(&x, out);
    return rows_end(&x);
}

struct error *purge_lock(struct request *r, const char *id, struct purge *out, bool *found)
{
    return one(r->db, r->arena, &purge_lock_sql, id, out, found);
}

struct error *purge_find(struct services *s, struct arena *a, const char *id, struct purge *out, bool *found)
{
    return one(s->db, a, &purge_find_sql, id, out, found);
}

struct error *purge_decided(struct request *r, const struct purge *p, const char *state, const char *job)
{
    unsigned char mac[DIGEST_BYTES];
    purge_mac(r->services->keys, p, mac);
    return db_exec(r->db, r->arena, &purge_decided_sql,
                   ARGS(A_Z("id", p->id), A_Z("state", state), A_Z("by", p->decided_by), A_TIME(r->arena, "now", clock_now_us()),
                        A_BYTES("mac", mac, sizeof mac), A_Z("job", job)),
                   NULL);
}

struct error *purge_segments(struct services *s, struct arena *a, const char *before, struct rows *out)
{
    return db_query(s->db, a, &purge_segments_sql, ARGS(A_Z("before", before)), out);
}

struct error *purge_delete(struct services *s, struct arena *a, const char *segment, uint64_t *deleted)
{
    return db_exec(s->db, a, &purge_delete_sql, ARGS(A_Z("segment", segment)), deleted);
}

struct error *purge_segment_gone(struct services *s, struct arena *a, const char *segment)
{
    return db_exec(s->db, a, &purge_segment_gone_sql, ARGS(A_Z("segment", segment)), NULL);
}

struct error *purge_done(struct services *s, struct arena *a, const char *id, int64_t deleted)
{
    return db_exec(s->db, a, &purge_done_sql, ARGS(A_Z("id", id), A_INT("deleted", deleted)), NULL);
}

struct error *purged_before(struct services *s, struct arena *a, char out[27], int64_t *forged)
{
    struct rows x;
    memset(out, 0, 27);
    *forged = 0;
    TRY(db_query(s->db, a, &purged_sql, NO_ARGS, &x));
    while (rows_next(&x)) {
        struct purge p;
        unsigned char mac[DIGEST_BYTES];
        read_purge(&x, &p);
        purge_mac(s->keys, &p, mac);
        if (!bytes_equal(mac, p.mac, sizeof mac))
            ++*forged;
        else if (memcmp(p.before, out, sizeof p.before) > 0)
            memcpy(out, p.before, sizeof p.before);
    }
    return rows_end(&x);
}
