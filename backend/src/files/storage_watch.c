/* Tells the administrators that a disk of this host runs full before its reserve is reached (kernel/room.h). */
#include "http/services.h"
#include "kernel/clock.h"
#include "kernel/log.h"
#include "kernel/room.h"
#include "notify/notify.h"
#include "queue/job.h"
#include "settings/setting.h"

enum { EVERY_MS = 10000 };
static const int64_t AGAIN_US = INT64_C(24) * 3600 * 1000000;

static const struct setting least = {.name = "storage.least_percent",
                                     .group = SETTINGS_GENERAL,
                                     .label_zh = "剩余空间低于多少时提醒",
                                     .label_en = "Warned when less is free than",
                                     .help_zh = "附件和数据所在的磁盘；每天提醒一次",
                                     .help_en = "of the disk that holds files and data; once a day",
                                     .unit = "percent",
                                     .shipped = 10,
                                     .least = 1,
                                     .most = 99,
                                     .order = 70};
SETTING(least);

static struct error *tell(struct services *s, struct arena *a, const char *dir, int64_t bytes, int64_t percent)
{
    const struct notice n = {.event = "storage.low",
                             .title =
                                 str_of(arena_printf(a, "%s: %lld%% (%lld MB)", dir, (long long)percent, (long long)(bytes >> 20))),
                             .permission = "setting.write"};
    TRY(db_begin(s->db, a));
    return db_finish(s->db, a, notice_put_many(s->db, a, &n, 1, clock_now_us()));
}

static struct error *watch(struct services *s, struct arena *a)
{
    static int64_t told_at[2]; /* by this process, the only one that watches */
    const char *dirs[2] = {s->config->files_dir, s->config->state_dir};
    int64_t most, percent, now = clock_mono_us();
    TRY(setting_get(s, a, &least, &most));
    for (size_t i = 0; i < 2; i++) {
        int64_t bytes = room_free(dirs[i], &percent);
        if (bytes < 0 || percent >= most) {
            told_at[i] = 0;
            continue;
        }
        if (told_at[i] && now - told_at[i] < AGAIN_US)
            continue;
        log_warn("files", "%s: %lld MB (%lld %%) free", dirs[i], (long long)(bytes >> 20), (long long)percent);
        TRY(tell(s, a, dirs[i], bytes, percent));
        told_at[i] = now;
    }
    return NULL;
}
DUTY_EACH_HOST(storage_watch, EVERY_MS, watch);
