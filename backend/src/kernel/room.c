#include "kernel/room.h"

#include <sys/statvfs.h>

#include "kernel/clock.h"
#include "kernel/log.h"

enum { EVERY_US = 1000000 };

int64_t room_free(const char *dir, int64_t *percent)
{
    struct statvfs v;
    if (statvfs(dir, &v) != 0 || !v.f_blocks)
        return -1;
    if (percent)
        *percent = (int64_t)(100 * v.f_bavail / v.f_blocks);
    return (int64_t)v.f_bavail * (int64_t)v.f_frsize;
}

/* A disk that cannot be asked is no reason to write nothing. */
static bool has(const char *dir, int64_t megabytes)
{
    int64_t bytes = room_free(dir, NULL);
    return bytes < 0 || bytes >> 20 >= megabytes;
}

bool room_left(const struct config *c)
{
    static int64_t until;
    static bool left = true;
    int64_t now = clock_mono_us();
    if (now < until)
        return left;
    bool before = left;
    until = now + EVERY_US;
    left = has(c->state_dir, c->reserve_mb) && has(c->files_dir, c->reserve_mb);
    if (left != before)
        log_error("room", left ? "there is room again: writing goes on"
                               : "less than reserve_mb is left on the disk: nothing is written until there is room");
    return left;
}
