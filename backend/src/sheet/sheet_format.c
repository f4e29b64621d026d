/* Cell text rules: number formats, dates, escapes and the formula guard. Pure. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "sheet/sheet_part.h"

enum { PLAIN_DIGITS = 21, EXACT_DIGITS = 15 };
enum { EPOCH_1900 = 25569, LAST_SERIAL = 2958465, SHIFT_1904 = 1462, DAY_SECONDS = 86400 };

static bool is_trigger(char c)
{
    return c == '=' || c == '+' || c == '-' || c == '@' || c == '\t' || c == '\r';
}

bool sheet_needs_guard(struct str cell)
{
    size_t i = 0;
    while (i < cell.n && cell.p[i] == '\'')
        i++;
    return i < cell.n && is_trigger(cell.p[i]);
}

struct str sheet_unguard(struct str cell)
{
    if (cell.n > 1 && *cell.p == '\'' && sheet_needs_guard(cell))
        return (struct str){cell.p + 1, cell.n - 1};
    return cell;
}

bool sheet_is_reason(struct str title)
{
    return str_eq(str_trim(title), STR(SHEET_REASON_TITLE));
}

static struct cell_format show(enum cell_show s)
{
    return (struct cell_format){(uint8_t)s, 0};
}

/* ECMA-376 18.8.30; 27-36 and 50-58 are the dates of the East Asian versions. */
struct cell_format format_builtin(unsigned id)
{
    if (id == 22)
        return show(SHOW_DATE_TIME);
    if (id == 46)
        return show(SHOW_ELAPSED);
    if ((id >= 18 && id <= 21) || (id >= 32 && id <= 35) || id == 45 || id == 47 || id == 55 || id == 56)
        return show(SHOW_TIME);
    if ((id >= 14 && id <= 17) || (id >= 27 && id <= 36) || (id >= 50 && id <= 58))
        return show(SHOW_DATE);
    return show(id == 49 ? SHOW_TEXT : SHOW_NUMBER);
}

struct codes {
    bool date, time, elapsed, minutes_or_month, other;
    size_t zeros;
};

static size_t skip_bracket(struct str code, size_t i, struct codes *c)
{
    size_t from = i + 1;
    while (i < code.n && code.p[i] != ']')
        i++;
    if (from < i && strchr("hHmMsS", code.p[from]) && (i - from == 1 || code.p[from + 1] == code.p[from]))
        c->elapsed = true;
    return i;
}

static size_t skip_quoted(struct str code, size_t i)
{
    for (i++; i < code.n && code.p[i] != '"'; i++)
        ;
    return i;
}

static bool am_pm(struct str code, size_t i, size_t *n)
{
    struct str at = {code.p + i, code.n - i};
    *n = at.n >= 5 && str_ieq((struct str){at.p, 5}, STR("AM/PM")) ? 5
         : at.n >= 3 && str_ieq((struct str){at.p, 3}, STR("A/P")) ? 3
                                                                   : 0;
    return *n > 0;
}

static void read_code_char(char ch, struct codes *c)
{
    switch (ch | 0x20) {
    case 'y':
    case 'd':
        c->date = true;
        break;
    case 'h':
    case 's':
        c->time = true;
        break;
    case 'm':
        c->minutes_or_month = true;
        break;
    default:
        if (ch == '0')
            c->zeros++;
        else
            c->other = true;
    }
}

static struct codes read_code(struct str code)
{
    struct codes c = {0};
    size_t n;
    if (str_ieq(code, STR("General")))
        return c;
    for (size_t i = 0; i < code.n && code.p[i] != ';'; i++) {
        char ch = code.p[i];
        if (ch == '"')
            i = skip_quoted(code, i);
        else if (ch == '[')
            i = skip_bracket(code, i, &c);
        else if (ch == '\\' || ch == '_' || ch == '*')
            i++;
        else if (am_pm(code, i, &n)) {
            c.time = true;
            i += n - 1;
        } else
            read_code_char(ch, &c);
    }
    return c;
}

struct cell_format format_code(struct str code)
{
    struct codes c = read_code(code);
    if (str_is(code, "@"))
        return show(SHOW_TEXT);
    if (c.elapsed)
        return show(SHOW_ELAPSED);
    if (c.minutes_or_month && !c.time)
        c.date = true;
    if (c.date || c.time)
        return show(c.date && c.time ? SHOW_DATE_TIME : c.date ? SHOW_DATE : SHOW_TIME);
    bool only_zeros = !c.other && c.zeros > 1 && c.zeros <= 32;
    return (struct cell_format){SHOW_NUMBER, only_zeros ? (uint8_t)c.zeros : 0};
}

/* Days since 1970-01-01 to a date of the proleptic Gregorian calendar. */
static void civil(long days, long *y, long *m, long *d)
{
    long z = days + 719468, era = (z >= 0 ? z : z - 146096) / 146097, doe = z - era * 146097;
    long yoe = (doe - doe / 1460 + doe / 36524 - doe / 146096) / 365, doy = doe - (365 * yoe + yoe / 4 - yoe / 100);
    long mp = (5 * doy + 2) / 153;
    *d = doy - (153 * mp + 2) / 5 + 1;
    *m = mp < 10 ? mp + 3 : mp - 9;
    *y = yoe + era * 400 + (*m <= 2 ? 1 : 0);
}

static size_t put_date(long serial, bool date1904, char *out)
{
    long y = 1900, m = 2, d = 29; /* serial 60: the day that only the 1900 system has */
    if (date1904)
        civil(serial + SHIFT_1904 - EPOCH_1900, &y, &m, &d);
    else if (serial != 60)
        civil(serial - EPOCH_1900 + (serial < 60 ? 1 : 0), &y, &m, &d);
    return (size_t)snprintf(out, FORMAT_OUT, "%04ld-%02ld-%02ld", y, m, d);
}

static size_t put_time(long seconds, char *out)
{
    return (size_t)snprintf(out, 32, "%02ld:%02ld:%02ld", seconds / 3600, seconds / 60 % 60, seconds % 60);
}

static size_t put_moment(double v, enum cell_show how, bool date1904, char *out)
{
    long day = (long)floor(v), seconds = lround((v - floor(v)) * DAY_SECONDS);
    if (seconds >= DAY_SECONDS) {
        day++;
        seconds -= DAY_SECONDS;
    }
    if (how == SHOW_ELAPSED)
        return put_time(day * DAY_SECONDS + seconds, out);
    if (how == SHOW_TIME)
        return put_time(seconds, out);
    size_t n = put_date(day, date1904, out);
    if (how == SHOW_DATE)
        return n;
    out[n++] = 'T';
    return n + put_time(seconds, out + n);
}

static size_t digits(struct str s, size_t from)
{
    size_t i = from;
    while (i < s.n && s.p[i] >= '0' && s.p[i] <= '9')
        i++;
    return i - from;
}

/* Already written as it would be shown: 12, -7, 0.25, but not 007, 1.50 or 0.30000000000000004. */
static bool is_plain(struct str raw)
{
    size_t at = raw.n && *raw.p == '-', whole = digits(raw, at), end = at + whole;
    if (!whole || whole > PLAIN_DIGITS || (whole > 1 && raw.p[at] == '0'))
        return false;
    if (end == raw.n)
        return true;
    size_t part = raw.p[end] == '.' ? digits(raw, end + 1) : 0;
    return part && end + 1 + part == raw.n && whole + part <= EXACT_DIGITS && raw.p[raw.n - 1] != '0';
}

/* Without exponent where a person would not write one. */
static size_t put_number(double v, char *out)
{
    double size = fabs(v);
    if (size >= 1e15 && size < 1e21)
        return (size_t)snprintf(out, FORMAT_OUT, "%.0f", v);
    int n = snprintf(out, FORMAT_OUT, "%.15g", v);
    if (!strchr(out, 'e') || size >= 1e21 || size < 1e-15)
        return (size_t)n;
    n = snprintf(out, FORMAT_OUT, "%.*f", (int)(15 - floor(log10(size))), v);
    while (n > 1 && out[n - 1] == '0')
        n--;
    return (size_t)n;
}

static size_t put_padded(double v, unsigned zeros, char *out)
{
    return (size_t)snprintf(out, FORMAT_OUT, "%0*.0f", (int)zeros + (v < 0), v);
}

size_t format_number(struct str raw, struct cell_format f, bool date1904, char *out)
{
    char text[64], *end;
    if (f.show == SHOW_NUMBER && !f.zeros && is_plain(raw)) {
        memcpy(out, raw.p, raw.n);
        return raw.n;
    }
    if (!raw.n || raw.n >= sizeof text || !memchr("-+.0123456789", *raw.p, 13) || memchr(raw.p, 'x', raw.n))
        return 0;
    memcpy(text, raw.p, raw.n);
    text[raw.n] = '\0';
    double v = strtod(text, &end);
    if (*end || !isfinite(v))
        return 0;
    bool moment = f.show != SHOW_NUMBER && f.show != SHOW_TEXT && v >= 0 && v < LAST_SERIAL + 1;
    if (moment)
        return put_moment(v, (enum cell_show)f.show, date1904, out);
    if (f.zeros && fabs(v) < 1e15)
        return put_padded(v, f.zeros, out);
    return put_number(v, out);
}

static int hex4(const char *p)
{
    unsigned char bytes[2];
    return hex_decode((struct str){p, 4}, bytes, 2) ? bytes[0] << 8 | bytes[1] : -1;
}

static size_t put_utf8(int c, char *to)
{
    if (c == 0)
        return 0; /* no text has a NUL */
    if (c < 0x80) {
        to[0] = (char)c;
        return 1;
    }
    if (c < 0x800) {
        to[0] = (char)(0xC0 | c >> 6);
        to[1] = (char)(0x80 | (c & 0x3F));
        return 2;
    }
    to[0] = (char)(0xE0 | c >> 12);
    to[1] = (char)(0x80 | (c >> 6 & 0x3F));
    to[2] = (char)(0x80 | (c & 0x3F));
    return 3;
}

size_t format_unescape(char *p, size_t n)
{
    size_t to = 0;
    for (size_t i = 0; i < n;) {
        int c = p[i] == '_' && n - i >= 7 && p[i + 1] == 'x' && p[i + 6] == '_' ? hex4(p + i + 2) : -1;
        if (c < 0 || (c >= 0xD800 && c <= 0xDFFF)) {
            p[to++] = p[i++];
            continue;
        }
        to += put_utf8(c, p + to);
        i += 7;
    }
    return to;
}
