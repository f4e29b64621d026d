#include "files/job_file.h"

#include "files/files.h"
#include "kernel/id.h"

struct error *job_file_done(struct job *j, const char *path, const char *media_type)
{
    struct services *s = j->services;
    char hex[65];
    struct new_file f = {.name = job_param(j, "file_name").p,
                         .use = "export",
                         .subject_kind = "export",
                         .subject_id = j->id,
                         .media_type = media_type,
                         .created_by = j->created_by,
                         .sha256_hex = hex};
    TRY(files_keep_path(s, j->arena, path, hex, &f.bytes));
    json_t *result = json_pack("{s:s}", "file", hex);
    struct error *e = db_begin(s->db, j->arena);
    if (!e)
        e = files_insert(s, j->arena, id_new().s, &f, &j->org);
    j->rows_total = j->rows_done;
    if (!e)
        e = job_done(j, result);
    json_decref(result);
    return db_finish(s->db, j->arena, e);
}
