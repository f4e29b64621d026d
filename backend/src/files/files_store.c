#include "files/files_store.h"

#include <stdlib.h>
#include <unistd.h>

#include "kernel/clock.h"
#include "kernel/log.h"
#include "org/org.h"
#include "queue/job.h"

SQL(file_insert_sql,
    "INSERT INTO files (id, sha256, bytes, name, media_type, use_kind, subject_kind, subject_id, created_by, created_at, " ORG_COLUMNS
    ") VALUES (:id, UNHEX(:sha256), :bytes, :name, :media_type, :use, :subject_kind, :subject_id, :created_by, :now, " ORG_VALUES
    ")");
SQL(file_copy_sql, "INSERT INTO file_copies (sha256, host, created_at) VALUES (UNHEX(:sha256), :host, :now) "
                   "ON DUPLICATE KEY UPDATE gone = FALSE");
SQL(file_copy_at_sql, "SELECT COUNT(*) FROM file_copies WHERE sha256 = UNHEX(:sha256) AND host = :host AND NOT gone");
SQL(file_copies_gone_sql, "SELECT LOWER(HEX(sha256)) FROM file_copies WHERE host = :host AND gone LIMIT 200");
SQL_SYSTEM(file_find_sql, "the right comes from the file's record; files_api decides",
           "SELECT HEX(sha256), name, media_type, subject_kind, subject_id, created_by FROM files WHERE id = :id");
#define FILE_IN_SCOPE(S, IX) "SELECT COUNT(*) FROM files f WHERE f.id = :id AND" S(f)
SQL_SCOPED(file_in_scope_sql, FILE_IN_SCOPE);
SQL_SYSTEM(file_orphans_sql, "nobody's files",
           "SELECT id, LOWER(HEX(sha256)) FROM files WHERE subject_id IS NULL AND created_at < :before LIMIT 200");
SQL_SYSTEM(file_disown_sql, "nobody's files", "DELETE FROM files WHERE id = :id AND subject_id IS NULL");
SQL_SYSTEM(file_delete_sql, "whose record has let it go", "DELETE FROM files WHERE id = :id");
SQL_SYSTEM(file_used_sql, "are the bytes still named?", "SELECT COUNT(*) FROM files WHERE sha256 = UNHEX(:sha256)");
SQL(file_copy_lock_sql, "SELECT COUNT(*) FROM file_copies WHERE sha256 = UNHEX(:sha256) FOR UPDATE");
SQL(file_copy_gone_sql, "UPDATE file_copies SET gone = :gone WHERE sha256 = UNHEX(:sha256)");
SQL(file_copy_delete_sql, "DELETE FROM file_copies WHERE sha256 = UNHEX(:sha256) AND host = :host");

struct error *file_copy_here(struct services *s, struct arena *a, const char *sha256_hex)
{
    return db_exec(s->db, a, &file_copy_sql,
                   ARGS(A_Z("sha256", sha256_hex), A_Z("host", s->config->host), A_TIME(a, "now", clock_now_us())), NULL);
}

struct error *file_copy_at(struct services *s, struct arena *a, const char *sha256_hex, struct str host, bool *out)
{
    int64_t n;
    TRY(db_int(s->db, a, &file_copy_at_sql, ARGS(A_Z("sha256", sha256_hex), A_STR("host", host)), 0, &n));
    *out = n > 0;
    return NULL;
}

struct error *files_insert(struct services *s, struct arena *a, const char *id, const struct new_file *f,
                           const struct org_stamp *org)
{
    const struct sql_arg *args = ARGS(A_Z("id", id), A_Z("sha256", f->sha256_hex), A_INT("bytes", (int64_t)f->bytes),
                                      A_Z("name", f->name), A_Z("media_type", f->media_type), A_Z("use", f->use),
                                      A_Z("subject_kind", f->subject_kind), A_Z("subject_id", f->subject_id),
                                      A_OPT("created_by", str_of(f->created_by)), A_TIME(a, "now", clock_now_us()), ORG_ARGS(org));
    TRY(db_exec(s->db, a, &file_insert_sql, args, NULL));
    TRY(file_copy_here(s, a, f->sha256_hex));
    /* The row is ours now; the sweeper may have taken the same bytes between their placing and this. */
    if (access(files_path(s, a, f->sha256_hex), F_OK) != 0)
        return error_new(a, ERR_UNAVAILABLE, "the file was swept away; send it again");
    return NULL;
}

struct error *file_find(struct request *r, const char *id, struct file_row *out, bool *found)
{
    struct rows rows;
    int64_t seen;
    TRY(db_one(r->db, r->arena, &file_find_sql, ARGS(A_Z("id", id)), &rows, found));
    if (!*found)
        return NULL;
    *out = (struct file_row){.name = row_dup(&rows, r->arena, 1),
                             .media_type = row_dup(&rows, r->arena, 2),
                             .subject_kind = row_dup(&rows, r->arena, 3),
                             .subject_id = row_dup(&rows, r->arena, 4),
                             .created_by = row_dup(&rows, r->arena, 5)};
    struct str hex = row_text(&rows, 0);
    for (size_t i = 0; i < 64 && i < hex.n; i++)
        out->sha256_hex[i] = (char)(hex.p[i] >= 'A' && hex.p[i] <= 'F' ? hex.p[i] + 32 : hex.p[i]);
    TRY(rows_end(&rows));
    TRY(db_int(r->db, r->arena, &file_in_scope_sql, ARGS(A_Z("id", id), A_SCOPE(&r->who->scope)), 0, &seen));
    out->in_scope = seen > 0;
    return NULL;
}

static struct error *drop_here(struct services *s, struct arena *a, const char *hex)
{
    TRY(db_exec(s->db, a, &file_copy_delete_sql, ARGS(A_Z("sha256", hex), A_Z("host", s->config->host)), NULL));
    unlink(files_path(s, a, hex));
    return NULL;
}

/* The bytes go while the row of their copy is locked: whoever uploads the same meanwhile waits, and then sees it. */
static struct error *drop_bytes(struct services *s, struct arena *a, const char *hex)
{
    int64_t copies, used;
    TRY(db_int(s->db, a, &file_copy_lock_sql, ARGS(A_Z("sha256", hex)), 0, &copies));
    TRY(db_int(s->db, a, &file_used_sql, ARGS(A_Z("sha256", hex)), 1, &used));
    if (used > 0)
        return NULL;
    TRY(db_exec(s->db, a, &file_copy_gone_sql, ARGS(A_Z("sha256", hex), A_INT("gone", 1)), NULL));
    return drop_here(s, a, hex);
}

/* What another host has let go: its bytes here, unless somebody has sent the same again meanwhile. */
static struct error *drop_gone(struct services *s, struct arena *a, const char *hex)
{
    int64_t copies, used;
    TRY(db_int(s->db, a, &file_copy_lock_sql, ARGS(A_Z("sha256", hex)), 0, &copies));
    TRY(db_int(s->db, a, &file_used_sql, ARGS(A_Z("sha256", hex)), 1, &used));
    return used > 0 ? db_exec(s->db, a, &file_copy_gone_sql, ARGS(A_Z("sha256", hex), A_INT("gone", 0)), NULL)
                    : drop_here(s, a, hex);
}

static struct error *sweep_copies(struct services *s, struct arena *a)
{
    struct rows rows;
    char *hexes[200];
    size_t n = 0;
    TRY(db_query(s->db, a, &file_copies_gone_sql, ARGS(A_Z("host", s->config->host)), &rows));
    while (n < 200 && rows_next(&rows))
        hexes[n++] = row_dup(&rows, a, 0);
    TRY(rows_end(&rows));
    for (size_t i = 0; i < n; i++) {
        TRY(db_begin(s->db, a));
        TRY(db_finish(s->db, a, drop_gone(s, a, hexes[i])));
    }
    return NULL;
}
DUTY_EACH_HOST(file_copies, 600000, sweep_copies);

struct error *files_drop(struct services *s, struct arena *a, const char *id, const char *sha256_hex)
{
    TRY(db_exec(s->db, a, &file_delete_sql, ARGS(A_Z("id", id)), NULL));
    return drop_bytes(s, a, sha256_hex);
}

static struct error *drop_one(struct services *s, struct arena *a, const char *id, const char *hex)
{
    TRY(db_begin(s->db, a));
    struct error *e = db_exec(s->db, a, &file_disown_sql, ARGS(A_Z("id", id)), NULL);
    if (!e)
        e = drop_bytes(s, a, hex);
    return db_finish(s->db, a, e);
}

/* Uploads that no record took within a day. */
static struct error *sweep_orphans(struct services *s, struct arena *a)
{
    struct rows rows;
    char *ids[200], *hexes[200];
    size_t n = 0;
    int64_t before = clock_now_us() - (int64_t)FILE_ORPHAN_HOURS * 3600000000;
    TRY(db_query(s->db, a, &file_orphans_sql, ARGS(A_TIME(a, "before", before)), &rows));
    while (n < 200 && rows_next(&rows)) {
        ids[n] = row_dup(&rows, a, 0);
        hexes[n++] = row_dup(&rows, a, 1);
    }
    TRY(rows_end(&rows));
    for (size_t i = 0; i < n; i++)
        TRY(drop_one(s, a, ids[i], hexes[i]));
    return NULL;
}
DUTY(file_orphans, 600000, sweep_orphans);
