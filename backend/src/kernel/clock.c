#include "kernel/clock.h"

#include <stdlib.h>
#include <stdio.h>
#include <time.h>
#include <unistd.h>

#define SECOND INT64_C(1000000)
enum { DAY_SECONDS = 86400 };

static int64_t test_offset;

int64_t clock_now_us(void)
{
    struct timespec t;
    clock_gettime(CLOCK_REALTIME, &t);
    return t.tv_sec * SECOND + t.tv_nsec / 1000 + test_offset;
}

int64_t clock_mono_us(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return t.tv_sec * SECOND + t.tv_nsec / 1000;
}

void clock_set_offset(int64_t us)
{
    test_offset = us;
}

static int64_t floor_div(int64_t a, int64_t b)
{
    return a / b - (a % b < 0);
}

/* ---- the calendar: years from March, so that a leap day comes last; eras of 400 years ---- */
int64_t clock_days(int64_t year, unsigned month, unsigned day)
{
    year -= month <= 2;
    int64_t era = floor_div(year, 400), of_era = year - era * 400;
    int64_t of_year = (153 * (int64_t)(month + (month > 2 ? -3U : 9U)) + 2) / 5 + day - 1;
    return era * 146097 + of_era * 365 + of_era / 4 - of_era / 100 + of_year - 719468;
}

void clock_civil(int64_t days, int64_t *year, unsigned *month, unsigned *day)
{
    days += 719468;
    int64_t era = floor_div(days, 146097), of_era = days - era * 146097;
    int64_t y = (of_era - of_era / 1460 + of_era / 36524 - of_era / 146096) / 365;
    int64_t of_year = of_era - (365 * y + y / 4 - y / 100);
    int64_t m = (5 * of_year + 2) / 153;
    *day = (unsigned)(of_year - (153 * m + 2) / 5 + 1);
    *month = (unsigned)(m < 10 ? m + 3 : m - 9);
    *year = y + era * 400 + (*month <= 2);
}

static unsigned month_days(int64_t year, unsigned month)
{
    static const unsigned char days[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
    bool leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
    return days[month - 1] + (month == 2 && leap ? 1U : 0U);
}

/* ---- the zone: its offset is kept per UTC day, unless it changes within that day ---- */
enum { ZONE_SLOTS = 1024 };
static struct zone_slot {
    int64_t day;
    int offset; /* seconds east of UTC, whole minutes */
    bool known, uniform;
} slots[ZONE_SLOTS];
static bool zone_is_set;

static bool zone_known(const char *tz)
{
    char path[128];
    if (!*tz || *tz == '/' || strstr(tz, "..") || (size_t)snprintf(path, sizeof path, "/usr/share/zoneinfo/%s", tz) >= sizeof path)
        return false;
    return access(path, R_OK) == 0;
}

bool clock_set_zone(const char *tz)
{
    /* the two that must work on a machine without zone files */
    const char *value = strcmp(tz, "UTC") == 0 ? "UTC0" : zone_known(tz) ? tz : strcmp(tz, "Asia/Shanghai") == 0 ? "CST-8" : NULL;
    if (!value || setenv("TZ", value, 1))
        return false;
    tzset();
    memset(slots, 0, sizeof slots);
    zone_is_set = true;
    return true;
}

static int ask_offset(int64_t seconds)
{
    struct tm tm;
    time_t t = seconds;
    if (!localtime_r(&t, &tm))
        return 0;
    /* an offset with seconds (before standard time) cannot be written in RFC 3339: whole minutes keep the instant */
    return (int)(tm.tm_gmtoff / 60 * 60);
}

static int zone_offset(int64_t seconds)
{
    if (!zone_is_set)
        clock_set_zone("Asia/Shanghai");
    int64_t day = floor_div(seconds, DAY_SECONDS);
    struct zone_slot *s = &slots[(uint64_t)day % ZONE_SLOTS];
    if (!s->known || s->day != day) {
        int first = ask_offset(day * DAY_SECONDS);
        *s = (struct zone_slot){.day = day, .offset = first, .known = true};
        s->uniform = first == ask_offset(day * DAY_SECONDS + DAY_SECONDS - 1);
    }
    return s->uniform ? s->offset : ask_offset(seconds);
}

/* ---- writing ---- */
static char *put2(char *p, unsigned v)
{
    p[0] = (char)('0' + v / 10 % 10);
    p[1] = (char)('0' + v % 10);
    return p + 2;
}

static char *put_date(char *p, int64_t days)
{
    int64_t y;
    unsigned m, d;
    clock_civil(days, &y, &m, &d);
    p = put2(put2(p, (unsigned)(y / 100)), (unsigned)(y % 100));
    *p++ = '-';
    p = put2(p, m);
    *p++ = '-';
    return put2(p, d);
}

static char *put_time(char *p, unsigned s)
{
    p = put2(p, s / 3600);
    *p++ = ':';
    p = put2(p, s / 60 % 60);
    *p++ = ':';
    return put2(p, s % 60);
}

#define FIRST_SECOND INT64_C(-62167219200) /* 0000-01-01 */
#define LAST_SECOND INT64_C(253402300799)  /* 9999-12-31 23:59:59 */

static int64_t clamp(int64_t seconds)
{
    return seconds < FIRST_SECOND ? FIRST_SECOND : seconds > LAST_SECOND ? LAST_SECOND : seconds;
}

void clock_sql(int64_t us, char out[27])
{
    int64_t seconds = floor_div(us, SECOND), days;
    unsigned fraction = (unsigned)(us - seconds * SECOND);
    seconds = clamp(seconds);
    days = floor_div(seconds, DAY_SECONDS);
    char *p = put_date(out, days);
    *p++ = ' ';
    p = put_time(p, (unsigned)(seconds - days * DAY_SECONDS));
    *p++ = '.';
    p = put2(put2(put2(p, fraction / 10000), fraction / 100), fraction);
    *p = '\0';
}

/* 29 bytes, no NUL */
static void put_rfc3339(char *p, int64_t seconds, unsigned ms)
{
    int offset = zone_offset(clamp(seconds));
    int64_t local = clamp(seconds + offset), days = floor_div(local, DAY_SECONDS);
    unsigned minutes = (unsigned)abs(offset) / 60;
    p = put_date(p, days);
    *p++ = 'T';
    p = put_time(p, (unsigned)(local - days * DAY_SECONDS));
    *p++ = '.';
    *p++ = (char)('0' + ms / 100);
    p = put2(p, ms);
    *p++ = offset < 0 ? '-' : '+';
    p = put2(p, minutes / 60);
    *p++ = ':';
    put2(p, minutes % 60);
}

enum { RFC3339_BYTES = 29 };

void clock_rfc3339(int64_t us, char out[40])
{
    int64_t seconds = floor_div(us, SECOND);
    put_rfc3339(out, seconds, (unsigned)(us - seconds * SECOND) / 1000);
    out[RFC3339_BYTES] = '\0';
}

void clock_put_sql_as_rfc3339(struct buf *b, struct str sql)
{
    int64_t us;
    if (!clock_from_sql(sql, &us))
        return;
    char *p = buf_room(b, RFC3339_BYTES);
    if (!p)
        return;
    int64_t seconds = floor_div(us, SECOND);
    put_rfc3339(p, seconds, (unsigned)(us - seconds * SECOND) / 1000);
    buf_used(b, RFC3339_BYTES);
}

/* ---- reading ---- */
/* n digits at s.p[at]; -1 when one is missing. */
static int digits(struct str s, size_t at, size_t n)
{
    int v = 0;
    if (at + n > s.n)
        return -1;
    for (size_t i = at; i < at + n; i++) {
        if (s.p[i] < '0' || s.p[i] > '9')
            return -1;
        v = v * 10 + (s.p[i] - '0');
    }
    return v;
}

static bool read_date(struct str s, int64_t *days)
{
    int y = digits(s, 0, 4), m = digits(s, 5, 2), d = digits(s, 8, 2);
    if (y < 0 || m < 1 || m > 12 || d < 1 || s.p[4] != '-' || s.p[7] != '-' || (unsigned)d > month_days(y, (unsigned)m))
        return false;
    *days = clock_days(y, (unsigned)m, (unsigned)d);
    return true;
}

/* "hh:mm:ss" at 11; second up to 60. */
static bool read_time(struct str s, int *seconds)
{
    int h = digits(s, 11, 2), m = digits(s, 14, 2), sec = digits(s, 17, 2);
    if (h < 0 || h > 23 || m < 0 || m > 59 || sec < 0 || sec > 60 || s.p[13] != ':' || s.p[16] != ':')
        return false;
    *seconds = h * 3600 + m * 60 + sec;
    return true;
}

/* ".ffffff" at 19 when there is one; at is left behind it. */
static bool read_fraction(struct str s, size_t most, size_t *at, int *us)
{
    *us = 0;
    *at = 19;
    if (s.n == 19 || s.p[19] != '.')
        return true;
    int scale = 100000;
    for (*at = 20; *at < s.n && s.p[*at] >= '0' && s.p[*at] <= '9'; ++*at, scale /= 10)
        *us += (s.p[*at] - '0') * scale;
    return *at > 20 && *at - 20 <= most;
}

bool clock_from_sql(struct str s, int64_t *us)
{
    int64_t days;
    int seconds = 0, fraction = 0;
    size_t end = 10;
    if (s.n < 10 || !read_date(s, &days))
        return false;
    if (s.n > 10 &&
        (s.n < 19 || s.p[10] != ' ' || !read_time(s, &seconds) || s.p[17] == '6' || !read_fraction(s, 6, &end, &fraction)))
        return false;
    *us = (days * DAY_SECONDS + seconds) * SECOND + fraction;
    return end == s.n;
}

static bool read_offset(struct str s, size_t at, int *seconds)
{
    *seconds = 0;
    if (at + 1 == s.n && (s.p[at] == 'Z' || s.p[at] == 'z'))
        return true;
    if (at + 6 != s.n || (s.p[at] != '+' && s.p[at] != '-') || s.p[at + 3] != ':')
        return false;
    int h = digits(s, at + 1, 2), m = digits(s, at + 4, 2);
    if (h < 0 || h > 23 || m < 0 || m > 59)
        return false;
    *seconds = (h * 3600 + m * 60) * (s.p[at] == '-' ? -1 : 1);
    return true;
}

void clock_local_minute(int64_t us, char out[17])
{
    char text[40];
    clock_rfc3339(us, text);
    memcpy(out, text, 16);
    out[10] = ' ';
    out[16] = '\0';
}

bool clock_parse_rfc3339(struct str s, int64_t *us)
{
    int64_t days;
    int seconds, fraction, offset;
    size_t at;
    if (s.n < 20 || (s.p[10] != 'T' && s.p[10] != 't') || !read_date(s, &days) || !read_time(s, &seconds) ||
        !read_fraction(s, 9, &at, &fraction) || !read_offset(s, at, &offset))
        return false;
    int64_t instant = days * DAY_SECONDS + seconds - offset;
    bool leap = s.p[17] == '6';
    if ((leap && instant % DAY_SECONDS != 0) || instant < FIRST_SECOND || instant > LAST_SECOND)
        return false;
    *us = instant * SECOND + (leap ? 0 : fraction);
    return true;
}

/* ---- local days ---- */
int clock_local_day(int64_t us)
{
    int64_t seconds = clamp(floor_div(us, SECOND));
    return (int)floor_div(seconds + zone_offset(seconds), DAY_SECONDS);
}

void clock_local_date(int64_t us, char out[11])
{
    *put_date(out, floor_div(clamp((int64_t)clock_local_day(us) * DAY_SECONDS), DAY_SECONDS)) = '\0';
}

int64_t clock_local_midnight(int day)
{
    int64_t local = (int64_t)day * DAY_SECONDS;
    int64_t guess = local - zone_offset(local);
    return (local - zone_offset(guess)) * SECOND; /* once more: the offset may differ on the other side of a change */
}
