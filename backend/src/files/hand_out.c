/* Files as answers: fetched where they lie elsewhere, and handed out only as they were stored. */
#include <sys/stat.h>

#include "files/files.h"
#include "kernel/clock.h"
#include "kernel/log.h"
#include "notify/notify.h"

/* Bytes that were found to be what they are called, as long as the file is the same to the system. */
static struct {
    ino_t inode;
    off_t bytes;
    struct timespec changed;
    char sha256_hex[65];
} whole[256];

static struct error *tell_altered(struct services *s, struct arena *a, const char *sha256_hex, const char *name)
{
    const struct notice n = {
        .event = "file.altered", .title = str_of(arena_printf(a, "%s (%.16s)", name, sha256_hex)), .permission = "setting.write"};
    static char told[65]; /* whoever asks again tells nothing new */
    if (strcmp(told, sha256_hex) == 0)
        return NULL;
    log_error("files", "%s is not what was stored", sha256_hex);
    TRY(db_begin(s->db, a));
    TRY(db_finish(s->db, a, notice_put_many(s->db, a, &n, 1, clock_now_us())));
    str_copy(told, sizeof told, str_of(sha256_hex));
    return NULL;
}

/* Nobody is handed bytes that somebody has altered behind the platform (GB/T 22239, integrity of stored data). */
static struct error *check_whole(struct request *r, const char *sha256_hex, const char *name)
{
    struct stat now;
    char found[65];
    const char *path = files_path(r->services, r->arena, sha256_hex);
    size_t slot = (size_t)(sha256_hex[0] * 31 + sha256_hex[1] * 7 + sha256_hex[2]) % (sizeof whole / sizeof *whole);
    if (stat(path, &now) != 0)
        return error_new(r->arena, ERR_UNAVAILABLE, "the file cannot be read");
    if (whole[slot].inode == now.st_ino && whole[slot].bytes == now.st_size && whole[slot].changed.tv_sec == now.st_ctim.tv_sec &&
        whole[slot].changed.tv_nsec == now.st_ctim.tv_nsec && strcmp(whole[slot].sha256_hex, sha256_hex) == 0)
        return NULL;
    TRY(files_digest(r->arena, path, found, NULL));
    if (strcmp(found, sha256_hex) != 0) {
        TRY(tell_altered(r->services, r->arena, sha256_hex, name));
        return error_new(r->arena, ERR_FILE_ALTERED, "its digest is another one");
    }
    whole[slot].inode = now.st_ino;
    whole[slot].bytes = now.st_size;
    whole[slot].changed = now.st_ctim;
    memcpy(whole[slot].sha256_hex, found, sizeof found);
    return NULL;
}

struct error *file_reply(struct request *r, const char *sha256_hex, const char *name, const char *type)
{
    TRY(files_here(r->services, r->arena, sha256_hex));
    TRY(check_whole(r, sha256_hex, name));
    return reply_file(r, sha256_hex, name, type);
}
