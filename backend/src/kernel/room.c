#include "kernel/room.h"

#include <sys/statvfs.h>

#include "kernel/clock.h"
#include "kernel/log.h"

enum { EVERY_US = 1000000 };

static bool has(const char *dir, int64_t megabytes)
{
    struct statvfs v;
    return statvfs(dir, &v) != 0 || (uint64_t)v.f_bavail * v.f_frsize >> 20 >= (uint64_t)megabytes;
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
