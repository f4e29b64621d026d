#include <string.h>

#include "sheet/sheet_part.h"

enum { HEADER = 512, DIRECTORY_ENTRY = 128, DIRECTORY_ENTRIES = 8192, HEADER_TABLES = 109, MINI_SHIFT = 6 };
#define LAST_SECTOR 0xFFFFFFF0u /* and above: none */

struct ole {
    struct sheet *s;
    unsigned shift;
    uint32_t sectors; /* of the file */
    uint32_t *next;   /* the allocation table: sector to sector */
    uint32_t *mini_next;
    size_t mini_count;
    unsigned char head[HEADER];
    struct ole_stream mini; /* holds the small streams */
};

uint16_t le16(const unsigned char *p)
{
    return (uint16_t)(p[0] | p[1] << 8);
}

uint32_t le32(const unsigned char *p)
{
    return (uint32_t)p[0] | (uint32_t)p[1] << 8 | (uint32_t)p[2] << 16 | (uint32_t)p[3] << 24;
}

static struct error *broken(struct sheet *s, const char *what)
{
    return REFUSE(s->arena, "broken", "The compound file is damaged: %s", what);
}

static struct error *read_sector(struct ole *o, uint32_t sector, void *to)
{
    size_t n = (size_t)1 << o->shift;
    ssize_t got = sheet_pread(o->s->env.fd, to, n, ((uint64_t)sector + 1) << o->shift);
    if (got <= 0)
        return broken(o->s, "a sector lies outside the file");
    memset((char *)to + got, 0xFF, n - (size_t)got);
    return NULL;
}

/* The entries of one sector of the allocation table. */
static struct error *read_table(struct ole *o, uint32_t sector, size_t number)
{
    unsigned char bytes[4096];
    size_t per = ((size_t)1 << o->shift) / 4;
    TRY(read_sector(o, sector, bytes));
    for (size_t i = 0; i < per && number * per + i < o->sectors; i++)
        o->next[number * per + i] = le32(bytes + 4 * i);
    return NULL;
}

static struct error *read_tables(struct ole *o)
{
    unsigned char more[4096];
    size_t per = ((size_t)1 << o->shift) / 4, number = 0;
    size_t tables = (o->sectors + per - 1) / per;
    o->next = arena_array(o->s->arena, o->sectors + 1, sizeof *o->next);
    memset(o->next, 0xFF, (o->sectors + 1) * sizeof *o->next);
    for (; number < HEADER_TABLES && number < tables; number++) {
        uint32_t sector = le32(o->head + 76 + 4 * number);
        if (sector >= LAST_SECTOR)
            return NULL;
        TRY(read_table(o, sector, number));
    }
    uint32_t at = le32(o->head + 68);
    for (size_t turns = 0; number < tables && at < LAST_SECTOR; turns++) {
        if (turns > tables)
            return broken(o->s, "its tables go round in a circle");
        TRY(read_sector(o, at, more));
        for (size_t i = 0; i + 1 < per && number < tables; i++, number++) {
            uint32_t sector = le32(more + 4 * i);
            if (sector >= LAST_SECTOR)
                return NULL;
            TRY(read_table(o, sector, number));
        }
        at = le32(more + 4 * (per - 1));
    }
    return NULL;
}

/* The sectors of a chain in order; a chain that is longer than the table is a circle. */
static struct error *follow(struct ole *o, const uint32_t *next, size_t sectors, uint32_t first, unsigned shift, uint64_t bytes,
                            const struct ole_stream *base, struct ole_stream *out)
{
    uint64_t most = (bytes + (1u << shift) - 1) >> shift;
    if (most > sectors)
        most = sectors;
    *out = (struct ole_stream){.s = o->s, .shift = shift, .base = base};
    out->sectors = arena_array(o->s->arena, (size_t)most + 1, sizeof *out->sectors);
    for (uint32_t at = first; at < LAST_SECTOR && out->count < most; at = next[at]) {
        if (at >= sectors)
            return broken(o->s, "a chain of sectors leaves it");
        out->sectors[out->count++] = at;
    }
    uint64_t there = (uint64_t)out->count << shift;
    out->bytes = bytes < there ? bytes : there;
    return NULL;
}

struct error *ole_read(const struct ole_stream *st, void *to, size_t n, uint64_t at)
{
    char *p = to;
    if (at > st->bytes || n > st->bytes - at)
        return broken(st->s, "the workbook ends early");
    while (n) {
        uint64_t inside = at & ((1u << st->shift) - 1);
        size_t part = (size_t)((1u << st->shift) - inside);
        uint32_t sector = st->sectors[at >> st->shift];
        part = part < n ? part : n;
        if (st->base)
            TRY(ole_read(st->base, p, part, ((uint64_t)sector << st->shift) + inside));
        else {
            ssize_t got = sheet_pread(st->s->env.fd, p, part, (((uint64_t)sector + 1) << st->shift) + inside);
            if (got < 0)
                return broken(st->s, "a sector cannot be read");
            memset(p + got, 0, part - (size_t)got); /* the last sector may be cut */
        }
        p += part;
        n -= part;
        at += part;
    }
    return NULL;
}

/* ASCII name of a directory entry; the file stores UTF-16. */
static void name_of(const unsigned char *entry, char out[33])
{
    size_t n = le16(entry + 64) / 2, i = 0;
    for (; i + 1 < n && i < 32; i++)
        out[i] = entry[2 * i + 1] || entry[2 * i] >= 0x80 ? '?' : (char)entry[2 * i];
    out[i] = '\0';
}

struct found {
    uint32_t first;
    uint64_t bytes;
    int rank; /* 0 nothing, 1 Book, 2 Workbook */
};

static struct error *look_at(struct ole *o, const unsigned char *entry, struct found *root, struct found *book)
{
    char name[33];
    name_of(entry, name);
    struct found here = {le32(entry + 116), le32(entry + 120), 0};
    if (entry[66] == 5)
        *root = here;
    if (entry[66] != 2)
        return NULL;
    if (str_ieq(str_of(name), STR("EncryptedPackage")) || str_ieq(str_of(name), STR("EncryptionInfo")))
        return REFUSE(o->s->arena, "encrypted", "The workbook is encrypted; save it without a password");
    here.rank = str_ieq(str_of(name), STR("Workbook")) ? 2 : str_ieq(str_of(name), STR("Book")) ? 1 : 0;
    if (here.rank > book->rank)
        *book = here;
    if (!strcmp(name, "WordDocument") || !strcmp(name, "PowerPoint Document"))
        return REFUSE(o->s->arena, "wrong_kind", "The file is a legacy Office document, not a spreadsheet");
    return NULL;
}

static struct error *read_directory(struct ole *o, struct found *root, struct found *book)
{
    struct ole_stream all;
    unsigned char entry[DIRECTORY_ENTRY];
    uint64_t most = (uint64_t)DIRECTORY_ENTRIES * DIRECTORY_ENTRY;
    TRY(follow(o, o->next, o->sectors, le32(o->head + 48), o->shift, most, NULL, &all));
    for (uint64_t at = 0; at + DIRECTORY_ENTRY <= all.bytes; at += DIRECTORY_ENTRY) {
        TRY(ole_read(&all, entry, sizeof entry, at));
        TRY(look_at(o, entry, root, book));
    }
    return NULL;
}

static struct error *read_mini(struct ole *o, const struct found *root)
{
    struct ole_stream table;
    uint64_t most = (uint64_t)le32(o->head + 64) << o->shift;
    TRY(follow(o, o->next, o->sectors, root->first, o->shift, root->bytes, NULL, &o->mini));
    TRY(follow(o, o->next, o->sectors, le32(o->head + 60), o->shift, most, NULL, &table));
    o->mini_count = (size_t)(o->mini.bytes >> MINI_SHIFT);
    o->mini_next = arena_array(o->s->arena, o->mini_count + 1, sizeof *o->mini_next);
    for (size_t i = 0; i < o->mini_count; i++) {
        unsigned char bytes[4] = {0xFF, 0xFF, 0xFF, 0xFF};
        if (4 * (uint64_t)i + 4 <= table.bytes)
            TRY(ole_read(&table, bytes, 4, 4 * (uint64_t)i));
        o->mini_next[i] = le32(bytes);
    }
    return NULL;
}

struct error *ole_workbook(struct sheet *s, struct ole_stream *out)
{
    struct ole *o = arena_zalloc(s->arena, sizeof *o);
    struct found root = {0}, book = {0};
    o->s = s;
    if (sheet_pread(s->env.fd, o->head, HEADER, 0) != HEADER)
        return broken(s, "it ends in its header");
    o->shift = o->head[30] == 12 ? 12 : 9;
    o->sectors = (uint32_t)(s->env.bytes >> o->shift) + 1;
    TRY(read_tables(o));
    TRY(read_directory(o, &root, &book));
    if (!book.rank)
        return REFUSE(s->arena, "wrong_kind", "The file is an OLE2 compound file without a workbook");
    if (book.bytes >= le32(o->head + 56))
        return follow(o, o->next, o->sectors, book.first, o->shift, book.bytes, NULL, out);
    TRY(read_mini(o, &root));
    return follow(o, o->mini_next, o->mini_count, book.first, MINI_SHIFT, book.bytes, &o->mini, out);
}
