/* SQL of system settings; inside settings/ only. */
#ifndef SETTINGS_SETTING_STORE_H
#define SETTINGS_SETTING_STORE_H

#include "http/request.h"
#include "settings/setting.h"

/* name, value, changed_at, who. */
struct error *setting_rows(struct db *db, struct arena *a, struct rows *out) MUST_CHECK;
struct error *setting_put(struct request *r, const struct setting *x, int64_t value) MUST_CHECK;

#endif
