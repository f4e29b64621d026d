#include "ingest/format.h"

static bool digits(const char **p, const char *end, unsigned n, int *out)
{
    int v = 0;
    if ((size_t)(end - *p) < n)
        return false;
    for (unsigned i = 0; i < n; i++) {
        char c = *(*p)++;
        if (c < '0' || c > '9')
            return false;
        v = v * 10 + (c - '0');
    }
    *out = v;
    return true;
}

static bool mark(const char **p, const char *end, char c)
{
    return *p < end && *(*p)++ == c;
}

/* Days since 1970-01-01 in the proleptic Gregorian calendar. */
static int64_t days_of(int y, int m, int d)
{
    y -= m <= 2;
    int64_t era = y / 400, yoe = y - era * 400;
    int64_t doy = (153 * (m + (m > 2 ? -3 : 9)) + 2) / 5 + d - 1;
    return era * 146097 + yoe * 365 + yoe / 4 - yoe / 100 + doy - 719468;
}

static int month_days(int y, int m)
{
    static const int days[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
    return m == 2 && ((y % 4 == 0 && y % 100 != 0) || y % 400 == 0) ? 29 : days[m - 1];
}

static bool offset(const char **p, const char *end, int *minutes)
{
    if (*p < end && (**p == 'Z' || **p == 'z')) {
        (*p)++;
        *minutes = 0;
        return true;
    }
    if (*p >= end || (**p != '+' && **p != '-'))
        return false;
    int sign = *(*p)++ == '-' ? -1 : 1, h, m;
    if (!digits(p, end, 2, &h))
        return false;
    if (*p < end && **p == ':')
        (*p)++;
    if (!digits(p, end, 2, &m) || h > 14 || m > 59)
        return false;
    *minutes = sign * (h * 60 + m);
    return true;
}

bool event_time(struct str s, int tz_minutes, int64_t *out)
{
    const char *p = s.p, *end = s.p + s.n;
    int y, mo, d, h, mi, sec;
    if (!digits(&p, end, 4, &y) || !mark(&p, end, '-') || !digits(&p, end, 2, &mo) || !mark(&p, end, '-') ||
        !digits(&p, end, 2, &d) || p >= end || (*p != 'T' && *p != 't' && *p != ' '))
        return false;
    p++;
    if (!digits(&p, end, 2, &h) || !mark(&p, end, ':') || !digits(&p, end, 2, &mi) || !mark(&p, end, ':') ||
        !digits(&p, end, 2, &sec))
        return false;
    if (y < 1970 || y > 2199 || mo < 1 || mo > 12 || d < 1 || d > month_days(y, mo) || h > 23 || mi > 59 || sec > 60)
        return false;
    int64_t us = 0;
    if (p < end && *p == '.') {
        const char *from = ++p;
        int64_t scale = 100000;
        for (; p < end && *p >= '0' && *p <= '9' && p - from < 9; p++, scale /= 10)
            us += (*p - '0') * scale;
        if (p == from)
            return false;
    }
    int minutes = tz_minutes;
    if (p < end && !offset(&p, end, &minutes))
        return false;
    *out = ((days_of(y, mo, d) * 24 + h) * 60 + mi - minutes) * 60000000LL + sec * 1000000LL + us;
    return p == end && *out >= 0;
}

bool event_tz(struct str s, int *minutes)
{
    static const struct {
        const char *name;
        int minutes;
    } zones[] = {{"UTC", 0},           {"Etc/UTC", 0},          {"Asia/Shanghai", 480}, {"Asia/Chongqing", 480},
                 {"Asia/Urumqi", 360}, {"Asia/Hong_Kong", 480}, {"Asia/Macau", 480},    {"Asia/Taipei", 480}};
    for (size_t i = 0; i < sizeof zones / sizeof zones[0]; i++)
        if (str_is(s, zones[i].name)) {
            *minutes = zones[i].minutes;
            return true;
        }
    const char *p = s.p;
    return s.n == 6 && offset(&p, s.p + s.n, minutes) && p == s.p + s.n;
}
