/* SQL of the working calendar; inside flow/ only. */
#ifndef FLOW_CALENDAR_STORE_H
#define FLOW_CALENDAR_STORE_H

#include "http/request.h"

/* day, working, label_zh, label_en, realm, realm's name. */
struct error *calendar_rows(struct request *r, int64_t year, struct rows *out) MUST_CHECK;
/* realm "" is the platform. */
struct error *calendar_day_put(struct request *r, const char *realm, struct str day, bool working, struct str label) MUST_CHECK;
struct error *calendar_day_drop(struct request *r, const char *realm, struct str day) MUST_CHECK;

#endif
