/* The bytes of a text file as UTF-8, whatever of UTF-8, GB18030 and UTF-16 they are. */
#include <errno.h>
#include <string.h>

#include "sheet/sheet_part.h"

static struct error *bad_encoding(struct text *t, const char *why)
{
    return REFUSE(t->s->arena, "encoding", "The text is neither UTF-8 nor GB18030: %s near byte %llu", why,
                  (unsigned long long)t->at);
}

/* Bytes at the end that may be the beginning of a character cut by the chunk. */
static size_t cut_tail(const char *p, size_t n)
{
    for (size_t back = 1; back <= 3 && back <= n; back++) {
        unsigned char c = (unsigned char)p[n - back];
        if (c >= 0xC0)
            return (c >= 0xF0 ? 4u : c >= 0xE0 ? 3u : 2u) > back ? back : 0;
        if (c < 0x80)
            return 0;
    }
    return 0;
}

static struct error *is_utf8(struct text *t, bool *out)
{
    uint64_t at = 0;
    size_t keep = 0;
    *out = false;
    for (;;) {
        ssize_t got = sheet_pread(t->s->env.fd, t->in + keep, SHEET_CHUNK - keep, at);
        if (got < 0)
            return REFUSE(t->s->arena, "unreadable", "The file cannot be read");
        if (got == 0)
            break;
        if (memchr(t->in + keep, 0, (size_t)got))
            return REFUSE(t->s->arena, "wrong_kind", "The file is neither a workbook nor text");
        at += (uint64_t)got;
        size_t n = keep + (size_t)got;
        keep = cut_tail(t->in, n);
        if (!str_utf8((struct str){t->in, n - keep}, NULL))
            return NULL;
        memmove(t->in, t->in + n - keep, keep);
    }
    *out = keep == 0;
    return NULL;
}

static struct error *refill(struct text *t)
{
    ssize_t got = sheet_pread(t->s->env.fd, t->in + t->in_n, SHEET_CHUNK - t->in_n, t->at);
    if (got < 0)
        return REFUSE(t->s->arena, "unreadable", "The file cannot be read");
    t->eof = got == 0;
    t->at += (uint64_t)got;
    t->in_n += (size_t)got;
    return NULL;
}

static struct error *convert(struct text *t, char *to, size_t room, size_t *got)
{
    char *out = to;
    while (out == to) {
        if (!t->eof && t->in_n < SHEET_CHUNK / 2)
            TRY(refill(t));
        if (!t->in_n)
            break;
        char *in = t->in;
        size_t left = t->in_n;
        size_t rc = iconv(t->s->env.iconv, &in, &left, &out, &room);
        if (rc == (size_t)-1 && errno == EILSEQ)
            return bad_encoding(t, "a byte sequence of no character");
        if (rc == (size_t)-1 && errno == EINVAL && t->eof)
            return bad_encoding(t, "the last character is cut off");
        memmove(t->in, in, left);
        t->in_n = left;
        if (rc == (size_t)-1 && errno == E2BIG)
            break;
    }
    *got = (size_t)(out - to);
    return NULL;
}

struct error *text_fill(struct text *t, char *to, size_t room, size_t *got)
{
    *got = 0;
    if (t->convert)
        return convert(t, to, room, got);
    ssize_t n = sheet_pread(t->s->env.fd, to, room, t->at);
    if (n < 0)
        return REFUSE(t->s->arena, "unreadable", "The file cannot be read");
    t->at += (uint64_t)n;
    *got = (size_t)n;
    return NULL;
}

static void rewind_to(struct text *t, uint64_t at)
{
    iconv(t->s->env.iconv, NULL, NULL, NULL, NULL);
    t->at = at;
    t->in_n = 0;
    t->eof = false;
}

/* Reads the converted text once to its end, so that a refusal comes before the first row. */
static struct error *try_convert(struct text *t)
{
    char *scratch = arena_alloc(t->s->arena, SHEET_CHUNK);
    uint64_t begin = t->at;
    for (size_t got = 1; got;) {
        TRY(text_fill(t, scratch, SHEET_CHUNK, &got));
        if (memchr(scratch, 0, got))
            return REFUSE(t->s->arena, "wrong_kind", "The file is neither a workbook nor text");
    }
    rewind_to(t, begin);
    return NULL;
}

struct error *text_open(struct sheet *s, struct text *out)
{
    *out = (struct text){.s = s, .in = arena_alloc(s->arena, SHEET_CHUNK)};
    char bom[3];
    bool utf8 = false, marked = sheet_pread(s->env.fd, bom, 3, 0) == 3 && !memcmp(bom, "\xEF\xBB\xBF", 3);
    if (!s->env.utf16)
        TRY(is_utf8(out, &utf8));
    if (marked && !utf8)
        return REFUSE(s->arena, "encoding", "The text is marked as UTF-8 but is not");
    out->at = marked ? 3 : s->env.utf16 ? 2 : 0;
    s->info.encoding = utf8 ? "UTF-8" : s->env.utf16 ? "UTF-16" : "GB18030";
    out->convert = !utf8;
    return out->convert ? try_convert(out) : NULL;
}
