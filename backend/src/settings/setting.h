/* System settings: whole numbers that an administrator may change, each with its limits and what is shipped. Whoever uses one
 * declares it where it is used:
 *     static const struct setting idle = {.name = "session.idle_minutes", .group = SETTINGS_SIGN_IN, ...};
 *     SETTING(idle);
 *     TRY(setting_get(r->services, r->arena, &idle, &minutes));
 * A change holds at once in the process that made it and in the other children of the host, elsewhere within 5 s. */
#ifndef SETTINGS_SETTING_H
#define SETTINGS_SETTING_H

#include "http/services.h"
#include "kernel/error.h"

#define SETTINGS_GENERAL "general" /* the system administrator's */
#define SETTINGS_SIGN_IN "sign_in" /* the security administrator's */

struct setting {
    const char *name, *group, *label_zh, *label_en, *help_zh, *help_en;
    const char
        *unit; /* "minutes", "hours", "days", "times", "characters", "megabytes", "percent", "clock" (minutes since midnight) */
    int64_t shipped, least, most;
    int order;
};
#define SETTING(id) \
    static const struct setting *const id##_setting_registered __attribute__((section("setting_registry"), used)) = &id

struct error *setting_get(struct services *s, struct arena *a, const struct setting *x, int64_t *out) MUST_CHECK;
/* NULL past the last one. */
const struct setting *setting_at(size_t i);

#endif
