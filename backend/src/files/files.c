#include "files/files.h"

#include <errno.h>
#include <fcntl.h>
#include <magic.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "kernel/crypto.h"

enum { CHUNK = 64 * 1024 };

const char *files_path(struct services *s, struct arena *a, const char *sha256_hex)
{
    return arena_printf(a, "%s/%.2s/%.2s/%s", s->config->files_dir, sha256_hex, sha256_hex + 2, sha256_hex);
}

static bool sync_path(const char *path, int flags)
{
    int fd = open(path, O_RDONLY | O_CLOEXEC | flags);
    bool good = fd >= 0 && fsync(fd) == 0;
    if (fd >= 0)
        close(fd);
    return good;
}

static bool make_dir(const char *path)
{
    return mkdir(path, 0750) == 0 || errno == EEXIST;
}

/* link() instead of rename(): a handler that runs again finds its temporary file still there. */
static struct error *place(struct services *s, struct arena *a, const char *from, const char *sha256_hex)
{
    const char *to = files_path(s, a, sha256_hex);
    const char *outer = arena_printf(a, "%s/%.2s", s->config->files_dir, sha256_hex);
    const char *inner = arena_printf(a, "%s/%.2s", outer, sha256_hex + 2);
    if (chmod(from, 0640) != 0 || !sync_path(from, 0) || !make_dir(outer) || !make_dir(inner) ||
        (link(from, to) != 0 && errno != EEXIST) || !sync_path(inner, O_DIRECTORY) || !sync_path(outer, O_DIRECTORY) ||
        !sync_path(s->config->files_dir, O_DIRECTORY))
        return error_write(a, "the file could not be stored");
    return NULL;
}

struct error *files_keep(struct services *s, struct arena *a, const struct upload *up, char sha256_hex[65])
{
    hex_encode(up->sha256, 32, sha256_hex);
    return place(s, a, up->path, sha256_hex);
}

struct error *files_digest(struct arena *a, const char *path, char sha256_hex[65], uint64_t *bytes)
{
    FILE *f = fopen(path, "rbe");
    if (!f)
        return error_new(a, ERR_INTERNAL, "the file is gone");
    struct digest d;
    unsigned char out[32];
    char *chunk = arena_alloc(a, CHUNK);
    uint64_t total = 0;
    size_t n;
    digest_begin(&d, DIGEST_SHA256);
    while ((n = fread(chunk, 1, CHUNK, f)) > 0) {
        digest_add(&d, chunk, n);
        total += n;
    }
    digest_end(&d, out);
    bool bad = ferror(f);
    fclose(f);
    if (bad)
        return error_new(a, ERR_UNAVAILABLE, "the file cannot be read");
    if (bytes)
        *bytes = total;
    hex_encode(out, 32, sha256_hex);
    return NULL;
}

struct error *files_keep_path(struct services *s, struct arena *a, const char *path, char sha256_hex[65], uint64_t *bytes)
{
    TRY(files_digest(a, path, sha256_hex, bytes));
    return place(s, a, path, sha256_hex);
}

const char *files_media_type(struct arena *a, const char *path)
{
    static magic_t magic;
    if (!magic) {
        magic = magic_open(MAGIC_MIME_TYPE | MAGIC_NO_CHECK_COMPRESS);
        if (magic && magic_load(magic, NULL) != 0) {
            magic_close(magic);
            magic = NULL;
        }
    }
    const char *type = magic ? magic_file(magic, path) : NULL;
    return type && strlen(type) < 100 ? arena_strdup(a, type) : "application/octet-stream";
}
