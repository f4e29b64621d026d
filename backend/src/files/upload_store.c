#include "files/files_store.h"
#include "kernel/clock.h"
#include "queue/job.h"

#define OWN "an upload is its maker's own until it is a file"
SQL_SYSTEM(upload_insert_sql, OWN,
           "INSERT INTO uploads (id, name, use_kind, bytes, part_bytes, created_by, created_at) "
           "VALUES (:id, :name, 'attachment', :bytes, :part_bytes, :me, :now)");
SQL_SYSTEM(upload_find_sql, OWN, "SELECT name, bytes, part_bytes FROM uploads WHERE id = :id AND created_by = :me");
SQL_SYSTEM(upload_lock_sql, OWN, "SELECT name, bytes, part_bytes FROM uploads WHERE id = :id AND created_by = :me FOR UPDATE");
SQL_SYSTEM(uploads_open_sql, OWN, "SELECT COUNT(*) FROM uploads WHERE created_by = :me");
SQL(upload_parts_sql,
    "SELECT part_no, file_id, LOWER(HEX(sha256)), bytes FROM upload_parts WHERE upload_id = :id ORDER BY part_no");
SQL(upload_part_put_sql, "REPLACE INTO upload_parts (upload_id, part_no, file_id, sha256, bytes) "
                         "VALUES (:id, :part, :file, UNHEX(:sha256), :bytes)");
SQL(upload_parts_drop_sql, "DELETE FROM upload_parts WHERE upload_id = :id");
SQL_SYSTEM(upload_drop_sql, OWN, "DELETE FROM uploads WHERE id = :id");
SQL_SYSTEM(uploads_old_sql, "nobody goes on with them", "SELECT id FROM uploads WHERE created_at < :before LIMIT 50");

struct error *upload_insert(struct request *r, const char *id, struct str name, int64_t bytes)
{
    return db_exec(r->db, r->arena, &upload_insert_sql,
                   ARGS(A_Z("id", id), A_STR("name", name), A_INT("bytes", bytes), A_INT("part_bytes", UPLOAD_PART),
                        A_Z("me", r->who->id), A_TIME(r->arena, "now", clock_now_us())),
                   NULL);
}

struct error *upload_find(struct request *r, const char *id, bool lock, struct upload_row *out, bool *found)
{
    struct rows rows;
    TRY(db_one(r->db, r->arena, lock ? &upload_lock_sql : &upload_find_sql, ARGS(A_Z("id", id), A_Z("me", r->who->id)), &rows,
               found));
    if (!*found)
        return NULL;
    *out = (struct upload_row){row_dup(&rows, r->arena, 0), row_int(&rows, 1), row_int(&rows, 2)};
    return rows_end(&rows);
}

struct error *uploads_open(struct request *r, int64_t *out)
{
    return db_int(r->db, r->arena, &uploads_open_sql, ARGS(A_Z("me", r->who->id)), 0, out);
}

struct error *upload_part_rows(struct db *db, struct arena *a, const char *id, struct rows *out)
{
    return db_query(db, a, &upload_parts_sql, ARGS(A_Z("id", id)), out);
}

struct error *upload_part_put(struct request *r, const char *id, int64_t part, const char *file_id, const char *sha256_hex,
                              uint64_t bytes)
{
    return db_exec(
        r->db, r->arena, &upload_part_put_sql,
        ARGS(A_Z("id", id), A_INT("part", part), A_Z("file", file_id), A_Z("sha256", sha256_hex), A_INT("bytes", (int64_t)bytes)),
        NULL);
}

struct error *upload_remove(struct services *s, struct arena *a, const char *id)
{
    enum { PARTS = 128 };
    struct rows rows;
    char *files[PARTS], *hexes[PARTS];
    size_t n = 0;
    TRY(upload_part_rows(s->db, a, id, &rows));
    while (n < PARTS && rows_next(&rows)) {
        files[n] = row_dup(&rows, a, 1);
        hexes[n++] = row_dup(&rows, a, 2);
    }
    TRY(rows_end(&rows));
    TRY(db_exec(s->db, a, &upload_parts_drop_sql, ARGS(A_Z("id", id)), NULL));
    TRY(db_exec(s->db, a, &upload_drop_sql, ARGS(A_Z("id", id)), NULL));
    for (size_t i = 0; i < n; i++)
        TRY(files_drop(s, a, files[i], hexes[i]));
    return NULL;
}

static struct error *remove_one(struct services *s, struct arena *a, const char *id)
{
    TRY(db_begin(s->db, a));
    struct error *e = upload_remove(s, a, id);
    return db_finish(s->db, a, e);
}

static struct error *sweep_uploads(struct services *s, struct arena *a)
{
    struct rows rows;
    char *ids[50];
    size_t n = 0;
    int64_t before = clock_now_us() - (int64_t)UPLOAD_HOURS * 3600000000;
    TRY(db_query(s->db, a, &uploads_old_sql, ARGS(A_TIME(a, "before", before)), &rows));
    while (n < 50 && rows_next(&rows))
        ids[n++] = row_dup(&rows, a, 0);
    TRY(rows_end(&rows));
    for (size_t i = 0; i < n; i++)
        TRY(remove_one(s, a, ids[i]));
    return NULL;
}
DUTY(upload_sweep, 600000, sweep_uploads);
