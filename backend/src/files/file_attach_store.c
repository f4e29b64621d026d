/* Files of a record: taken by it, let go, told in its answer. */
#include <jansson.h>
#include <stdlib.h>

#include "files/files.h"
#include "flow/put.h"
#include "search/search.h"

SQL_SYSTEM(
    files_of_sql, "the record that they belong to was read inside the scope",
    "SELECT id, name, bytes, media_type FROM files WHERE subject_kind = :kind AND subject_id = :id ORDER BY created_at, id LIMIT 50");
SQL_SYSTEM(file_attach_sql, "only the caller's own uploads",
           "UPDATE files SET subject_kind = :kind, subject_id = :id WHERE id = :file AND (subject_id = :id OR "
           "(subject_id IS NULL AND created_by = :me))");
SQL_SYSTEM(file_attached_sql, "only the caller's own uploads",
           "SELECT COUNT(*) FROM files WHERE id = :file AND subject_kind = :kind AND subject_id = :id");
SQL_SYSTEM(files_unlisted_sql, "the record was read inside the scope",
           "SELECT id FROM files WHERE subject_kind = :kind AND subject_id = :id "
           "AND NOT JSON_CONTAINS(:ids, JSON_QUOTE(CAST(id AS CHAR(36)))) LIMIT 100");
SQL_SYSTEM(file_release_sql, "the record was read inside the scope",
           "UPDATE files SET subject_kind = NULL, subject_id = NULL WHERE id = :file");

struct error *file_list_put(struct request *r, const char *key, const char *subject_kind, struct str subject_id)
{
    struct buf *b = &r->reply;
    struct rows rows;
    TRY(db_query(r->db, r->arena, &files_of_sql, ARGS(A_Z("kind", subject_kind), A_STR("id", subject_id)), &rows));
    put_open(b, key, '[');
    while (rows_next(&rows)) {
        put_open(b, NULL, '{');
        put_col(b, "id", &rows, 0);
        put_col(b, "name", &rows, 1);
        put_col_int(b, "bytes", &rows, 2);
        put_col(b, "media_type", &rows, 3);
        buf_c(b, '}');
    }
    buf_c(b, ']');
    return rows_end(&rows);
}

static struct error *release_others(struct request *r, const char *kind, const char *id, const char *listed)
{
    struct rows rows;
    char *others[100];
    size_t n = 0;
    TRY(db_query(r->db, r->arena, &files_unlisted_sql, ARGS(A_Z("kind", kind), A_Z("id", id), A_Z("ids", listed)), &rows));
    while (n < 100 && rows_next(&rows))
        others[n++] = row_dup(&rows, r->arena, 0);
    TRY(rows_end(&rows));
    for (size_t i = 0; i < n; i++) {
        TRY(db_exec(r->db, r->arena, &file_release_sql, ARGS(A_Z("file", others[i])), NULL));
        TRY(search_changed(r->db, r->arena, "file", others[i]));
    }
    return NULL;
}

struct error *file_attach(struct request *r, const char *subject_kind, const char *subject_id, json_t *ids, const char **bad)
{
    *bad = NULL;
    if (!ids)
        return NULL;
    char *text = json_dumps(ids, JSON_COMPACT);
    struct error *e = release_others(r, subject_kind, subject_id, text);
    free(text);
    TRY(e);
    size_t i;
    json_t *id;
    json_array_foreach(ids, i, id) {
        int64_t there;
        const char *file = json_string_value(id);
        const struct sql_arg *args =
            ARGS(A_Z("kind", subject_kind), A_Z("id", subject_id), A_Z("file", file), A_Z("me", r->who->id));
        TRY(db_exec(r->db, r->arena, &file_attach_sql, args, NULL));
        TRY(db_int(r->db, r->arena, &file_attached_sql, args, 0, &there));
        if (!there) {
            *bad = arena_printf(r->arena, "file_ids/%zu", i);
            return NULL;
        }
        TRY(search_changed(r->db, r->arena, "file", file));
    }
    return NULL;
}
