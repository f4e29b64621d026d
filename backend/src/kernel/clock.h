/* Time: microseconds since 1970-01-01 UTC in int64_t. Stored as DATETIME(6) in UTC, shown as RFC 3339 in the platform's
 * zone, with milliseconds. Calendar days are days of that zone. Years 0000 to 9999; outside them times are clamped. */
#ifndef KERNEL_CLOCK_H
#define KERNEL_CLOCK_H

#include <stdbool.h>
#include <stdint.h>

#include "kernel/str.h"

int64_t clock_now_us(void);  /* wall clock */
int64_t clock_mono_us(void); /* for durations: never goes back */

/* IANA name ("Asia/Shanghai", the default) or UTC. False, and nothing changes, when the system does not know it. */
bool clock_set_zone(const char *tz);
/* For tests: added to the wall clock. */
void clock_set_offset(int64_t us);

void clock_sql(int64_t us, char out[27]);          /* "2026-11-24 00:30:00.123456" */
bool clock_from_sql(struct str s, int64_t *us);    /* fraction optional; a DATE is its midnight */
void clock_local_minute(int64_t us, char out[17]); /* "2026-11-24 08:30" in the platform's zone, for people */
void clock_rfc3339(int64_t us, char out[40]);      /* "2026-11-24T08:30:00.123+08:00" */
/* Strict: date, T, time, optional fraction of 1-9 digits (past microseconds cut), mandatory offset. Second 60 only
 * where UTC may insert one (23:59:60); it is the instant after. */
bool clock_parse_rfc3339(struct str s, int64_t *us);
/* SQL text -> RFC 3339 without a detour over numbers where possible; writes nothing for what is not a DATETIME. */
void clock_put_sql_as_rfc3339(struct buf *b, struct str sql);

int clock_local_day(int64_t us);                 /* days since 1970-01-01 in the platform's zone */
void clock_local_date(int64_t us, char out[11]); /* "2026-11-24" there */
int64_t clock_local_midnight(int day);           /* the instant that local day begins */

/* Proleptic Gregorian calendar. */
int64_t clock_days(int64_t year, unsigned month, unsigned day);
void clock_civil(int64_t days, int64_t *year, unsigned *month, unsigned *day);

#endif
