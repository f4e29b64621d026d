/* /files/uploads: large files in parts. */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "files/files_store.h"
#include "http/multipart.h"
#include "json/write.h"
#include "kernel/id.h"

struct error *upload_begin(struct request *r);
struct error *upload_get(struct request *r);
struct error *upload_drop(struct request *r);
struct error *upload_part(struct request *r);
struct error *upload_finish(struct request *r);

static int64_t parts_of(const struct upload_row *u)
{
    return (u->bytes + u->part_bytes - 1) / u->part_bytes;
}

static int64_t size_of(const struct upload_row *u, int64_t part)
{
    int64_t left = u->bytes - part * u->part_bytes;
    return left < u->part_bytes ? left : u->part_bytes;
}

static struct error *own(struct request *r, bool lock, const char **id, struct upload_row *u)
{
    bool found;
    *id = param_str(r, "id").p;
    TRY(upload_find(r, *id, lock, u, &found));
    return found ? NULL : not_found(r);
}

static struct error *answer(struct request *r, int status, const char *id, const struct upload_row *u)
{
    struct rows rows;
    struct jw w = jw_of(&r->reply);
    jw_object_begin(&w, NULL);
    jw_z(&w, "id", id);
    jw_z(&w, "name", u->name);
    jw_int(&w, "bytes", u->bytes);
    jw_int(&w, "part_bytes", u->part_bytes);
    jw_int(&w, "parts", parts_of(u));
    jw_array_begin(&w, "received");
    TRY(upload_part_rows(r->db, r->arena, id, &rows));
    while (rows_next(&rows))
        jw_int(&w, NULL, row_int(&rows, 0));
    TRY(rows_end(&rows));
    jw_array_end(&w);
    jw_object_end(&w);
    return reply_written(r, status);
}

struct error *upload_begin(struct request *r)
{
    const char *name = upload_name(r->arena, body_str(r, "name").p);
    int64_t open;
    uuid id = id_new();
    TRY(files_fit(r, FILE_ATTACHMENT, (uint64_t)body_int(r, "bytes", 0)));
    TRY(uploads_open(r, &open));
    if (open >= UPLOADS_OPEN_MAX)
        return conflict(r, "%d uploads are unfinished: finish one or give it up", UPLOADS_OPEN_MAX);
    struct upload_row u = {name, body_int(r, "bytes", 0), UPLOAD_PART};
    TRY(upload_insert(r, id.s, str_of(name), u.bytes));
    request_audit(r, "upload", id.s, &r->who->org, STR(""), STR(""));
    return answer(r, 201, id.s, &u);
}

struct error *upload_get(struct request *r)
{
    const char *id;
    struct upload_row u;
    TRY(own(r, false, &id, &u));
    return answer(r, 200, id, &u);
}

struct error *upload_drop(struct request *r)
{
    const char *id;
    struct upload_row u;
    TRY(own(r, true, &id, &u));
    TRY(upload_remove(r->services, r->arena, id));
    request_audit(r, "upload", id, &r->who->org, STR(""), STR(""));
    return reply_empty(r, 204);
}

/* The part that was there before under this number; its bytes go with its row. */
static struct error *drop_earlier(struct request *r, const char *id, int64_t part)
{
    struct rows rows;
    char *file = NULL, *hex = NULL;
    TRY(upload_part_rows(r->db, r->arena, id, &rows));
    while (rows_next(&rows))
        if (row_int(&rows, 0) == part) {
            file = row_dup(&rows, r->arena, 1);
            hex = row_dup(&rows, r->arena, 2);
        }
    TRY(rows_end(&rows));
    return file ? files_drop(r->services, r->arena, file, hex) : NULL;
}

struct error *upload_part(struct request *r)
{
    const char *id;
    char hex[65];
    struct upload_row u;
    const struct upload *up = request_upload(r, "file");
    int64_t part = param_int(r, "part", 0);
    struct str told = param_str(r, "sha256");
    uuid file = id_new();
    TRY(own(r, true, &id, &u));
    if (!up)
        return invalid(r, "file", "required", "the part \"file\" is missing");
    if (part >= parts_of(&u))
        return invalid(r, "part", "maximum", "the upload has %lld parts", (long long)parts_of(&u));
    if ((int64_t)up->bytes != size_of(&u, part))
        return invalid(r, "file", "length", "part %lld has %lld bytes, not %llu", (long long)part, (long long)size_of(&u, part),
                       (unsigned long long)up->bytes);
    hex_encode(up->sha256, 32, hex);
    if (told.n && !str_is(told, hex))
        return invalid(r, "sha256", "digest", "the part arrived as %s", hex);
    TRY(drop_earlier(r, id, part));
    TRY(files_keep(r->services, r->arena, up, hex));
    struct new_file f = {.sha256_hex = hex,
                         .name = u.name,
                         .media_type = "application/octet-stream",
                         .use = "upload_part",
                         .subject_kind = "upload",
                         .subject_id = id,
                         .created_by = r->who->id,
                         .bytes = up->bytes};
    TRY(files_insert(r->services, r->arena, file.s, &f, &r->who->org));
    TRY(upload_part_put(r, id, part, file.s, hex, up->bytes));
    request_audit(r, "upload", id, &r->who->org, STR(""), str_of(arena_printf(r->arena, "{\"part\":%lld}", (long long)part)));
    return reply_empty(r, 204);
}

static void remove_made(void *path)
{
    unlink(path);
}

static struct error *append(struct request *r, FILE *to, const char *sha256_hex)
{
    enum { CHUNK = 256 * 1024 };
    struct arena_mark mark = arena_mark(r->arena);
    char *chunk = arena_alloc(r->arena, CHUNK);
    size_t n;
    bool good = false;
    TRY(files_here(r->services, r->arena, sha256_hex));
    FILE *from = fopen(files_path(r->services, r->arena, sha256_hex), "rbe");
    if (from) {
        good = true;
        while (good && (n = fread(chunk, 1, CHUNK, from)) > 0)
            good = fwrite(chunk, 1, n, to) == n;
        good = good && !ferror(from);
        fclose(from);
    }
    arena_reset_to(r->arena, mark);
    return good ? NULL : error_write(r->arena, "the parts could not be put together; nothing is lost, try again");
}

/* All parts in order into a file that goes with the request. */
static struct error *assemble(struct request *r, const char *id, const struct upload_row *u, char **path)
{
    struct rows rows;
    int64_t next = 0;
    *path = arena_printf(r->arena, "%s/tmp/assemble-XXXXXX", r->services->config->state_dir);
    int fd = mkostemp(*path, O_CLOEXEC);
    FILE *to = fd >= 0 ? fdopen(fd, "wb") : NULL;
    if (!to)
        return error_write(r->arena, "there is no room to put the parts together");
    arena_cleanup(r->arena, remove_made, *path);
    struct error *e = upload_part_rows(r->db, r->arena, id, &rows);
    while (!e && rows_next(&rows) && row_int(&rows, 0) == next) {
        e = append(r, to, row_dup(&rows, r->arena, 2));
        next++;
    }
    if (!e)
        e = rows_end(&rows);
    if (fclose(to) != 0 && !e)
        e = error_write(r->arena, "there is no room to put the parts together");
    if (!e && next < parts_of(u))
        e = conflict(r, "part %lld has not arrived", (long long)next);
    return e;
}

struct error *upload_finish(struct request *r)
{
    const char *id, *media_type;
    char hex[65], *path;
    struct upload_row u;
    struct str told = body_str(r, "sha256");
    uint64_t bytes;
    uuid file = id_new();
    TRY(own(r, true, &id, &u));
    TRY(assemble(r, id, &u, &path));
    TRY(files_admit(r->services, r->arena, path, &media_type));
    TRY(files_keep_path(r->services, r->arena, path, hex, &bytes));
    if (told.n && !str_is(told, hex))
        return invalid(r, "sha256", "digest", "the whole arrived as %s", hex);
    /* The file first: a part with the same bytes must find them still named. */
    TRY(file_stored(r, file.s, &(struct new_file){.sha256_hex = hex, .name = u.name, .media_type = media_type, .bytes = bytes}));
    return upload_remove(r->services, r->arena, id);
}
