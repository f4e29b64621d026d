#include "notify/mail.h"

#include <time.h>

#include "kernel/crypto.h"

enum { WORD_BYTES = 42, LINE_BYTES = 57, MAIL_MAX = 256 * 1024 };

static bool plain(struct str s)
{
    for (size_t i = 0; i < s.n; i++)
        if ((unsigned char)s.p[i] < 0x20 || (unsigned char)s.p[i] > 0x7e || strchr("=?\"\\<>,;:@()[]", s.p[i]))
            return false;
    return true;
}

/* Encoded words (RFC 2047), whole characters each, one a line. */
static void put_words(struct buf *b, struct str s)
{
    if (plain(s)) {
        buf_str(b, s);
        return;
    }
    for (size_t i = 0; i < s.n;) {
        size_t n = s.n - i < WORD_BYTES ? s.n - i : WORD_BYTES;
        while (n > 1 && i + n < s.n && ((unsigned char)s.p[i + n] & 0xC0) == 0x80)
            n--;
        char raw[WORD_BYTES], coded[4 * WORD_BYTES];
        for (size_t k = 0; k < n; k++)
            raw[k] = (unsigned char)s.p[i + k] < 0x20 || s.p[i + k] == 0x7f ? ' ' : s.p[i + k];
        base64_encode(raw, n, coded);
        buf_printf(b, "%s=?UTF-8?B?%s?=", i ? "\r\n " : "", coded);
        i += n;
    }
}

static void put_date(struct buf *b, int64_t us)
{
    static const char *const days[] = {"Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"};
    static const char *const months[] = {"Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
    time_t t = (time_t)(us / 1000000);
    struct tm tm;
    gmtime_r(&t, &tm);
    buf_printf(b, "Date: %s, %02d %s %d %02d:%02d:%02d +0000\r\n", days[tm.tm_wday], tm.tm_mday, months[tm.tm_mon],
               tm.tm_year + 1900, tm.tm_hour, tm.tm_min, tm.tm_sec);
}

static void put_body(struct buf *b, struct str s)
{
    for (size_t i = 0; i < s.n; i += LINE_BYTES) {
        size_t n = s.n - i < LINE_BYTES ? s.n - i : LINE_BYTES;
        char coded[80];
        buf_put(b, coded, base64_encode(s.p + i, n, coded));
        buf_lit(b, "\r\n");
    }
}

struct str mail_compose(struct arena *a, const struct mail *m)
{
    struct buf b = buf_new(a, 4096, MAIL_MAX);
    put_date(&b, m->now);
    buf_lit(&b, "From: ");
    put_words(&b, m->from_name);
    buf_printf(&b, " <" STR_FMT ">\r\nTo: <" STR_FMT ">\r\nSubject: ", STR_ARG(m->from), STR_ARG(m->to));
    put_words(&b, m->subject);
    buf_printf(&b,
               "\r\nMessage-ID: <%s@%s>\r\nMIME-Version: 1.0\r\nAuto-Submitted: auto-generated\r\n"
               "Content-Type: text/plain; charset=utf-8\r\nContent-Transfer-Encoding: base64\r\n\r\n",
               m->id, m->host);
    put_body(&b, m->body);
    return buf_done(&b);
}

struct str address_mask(struct arena *a, struct str s)
{
    char *out = str_dup(a, s);
    const char *at = s.n ? memchr(s.p, '@', s.n) : NULL;
    size_t from = at ? 1 : s.n > 7 ? 3 : 0, to = at ? (size_t)(at - s.p) : s.n > 7 ? s.n - 4 : s.n;
    for (size_t i = from; i < to; i++)
        out[i] = '*';
    return (struct str){out, s.n};
}
