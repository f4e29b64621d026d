/* /files */
#include <stdlib.h>

#include "files/files_store.h"
#include "kernel/id.h"

struct error *file_create(struct request *r);
struct error *file_get(struct request *r);

extern const struct file_subject *const __start_file_subject_registry[] __attribute__((weak));
extern const struct file_subject *const __stop_file_subject_registry[] __attribute__((weak));

struct error *file_create(struct request *r)
{
    const struct upload *up = request_upload(r, "file");
    char hex[65];
    uuid id = id_new();
    if (!up)
        return invalid(r, "file", "required", "the part \"file\" is missing");
    if (!up->bytes)
        return invalid(r, "file", "min_length", "the file is empty");
    const char *media_type;
    TRY(files_fit(r, FILE_ATTACHMENT, up->bytes));
    TRY(files_admit(r->services, r->arena, up->path, &media_type));
    TRY(files_keep(r->services, r->arena, up, hex));
    return file_stored(r, id.s,
                       &(struct new_file){.sha256_hex = hex, .name = up->name, .media_type = media_type, .bytes = up->bytes});
}

struct error *file_stored(struct request *r, const char *id, struct new_file *f)
{
    f->use = "attachment";
    f->created_by = r->who->id;
    TRY(files_insert(r->services, r->arena, id, f, &r->who->org));
    json_t *out = json_pack("{s:s,s:s,s:I,s:s,s:s}", "id", id, "name", f->name, "bytes", (json_int_t)f->bytes, "media_type",
                            f->media_type, "sha256", f->sha256_hex);
    char *text = json_dumps(out, JSON_COMPACT);
    request_audit(r, "file", id, &r->who->org, STR(""), str_of(arena_strdup(r->arena, text)));
    free(text);
    return reply_json(r, 201, out);
}

/* The file's record decides; before a record has it, only who uploaded it. */
static struct error *may_read(struct request *r, const struct file_row *f, bool *out)
{
    *out = f->created_by && strcmp(f->created_by, r->who->id) == 0;
    if (*out || !f->subject_id)
        return NULL;
    if (f->in_scope) {
        *out = true;
        return NULL;
    }
    for (const struct file_subject *const *s = __start_file_subject_registry; s < __stop_file_subject_registry; s++)
        if (strcmp((*s)->kind, f->subject_kind) == 0)
            return (*s)->may_read(r, f->subject_id, out);
    return NULL;
}

struct error *file_get(struct request *r)
{
    const char *id = param_str(r, "id").p;
    struct file_row f;
    bool found, allowed = false;
    TRY(file_find(r, id, &f, &found));
    if (found)
        TRY(may_read(r, &f, &allowed));
    if (!allowed)
        return not_found(r);
    request_audit(r, "file", id, NULL, STR(""), STR(""));
    return file_reply(r, f.sha256_hex, f.name, f.media_type);
}
