/* Parts of a workbook: entries of a zip, inflated in pieces and counted. */
#include <string.h>
#include <unistd.h>

#include "sheet/sheet_part.h"

enum { LOCATOR = 20, EOCD = 22, EOCD_COMMENT = 65535, DIRECTORY_BYTES_PER_ENTRY = 512 };

static uint64_t le(const unsigned char *p, int n)
{
    uint64_t v = 0;
    while (n--)
        v = v << 8 | p[n];
    return v;
}

static struct error *too_many(struct sheet *s)
{
    return REFUSE(s->arena, "max_zip_entries", "The workbook has more than %u parts", s->limits.zip_entries);
}

static bool fits(const struct sheet *s, uint64_t entries, uint64_t bytes)
{
    return entries <= s->limits.zip_entries && bytes <= (uint64_t)s->limits.zip_entries * DIRECTORY_BYTES_PER_ENTRY;
}

/* The zip64 record that a locator before the end record points to is what libzip believes. */
static struct error *check_zip64(struct sheet *s, const unsigned char *locator)
{
    unsigned char record[56];
    uint64_t at = le(locator + 8, 8);
    if (memcmp(locator, "PK\6\7", 4) != 0 || at > s->env.bytes)
        return NULL;
    if (sheet_pread(s->env.fd, record, sizeof record, at) != sizeof record || memcmp(record, "PK\6\6", 4) != 0)
        return NULL;
    return fits(s, le(record + 32, 8), le(record + 40, 8)) ? NULL : too_many(s);
}

/* libzip reads the whole directory at once, so what it says of its size is looked at before; in each
 * place that could be the end record, as libzip takes the one that fits best. */
static struct error *check_directory(struct sheet *s)
{
    enum { TAIL = LOCATOR + EOCD + EOCD_COMMENT };
    unsigned char *tail = arena_alloc(s->arena, TAIL);
    uint64_t n = s->env.bytes < TAIL ? s->env.bytes : TAIL;
    bool found = false;
    if (n < EOCD || sheet_pread(s->env.fd, tail, (size_t)n, s->env.bytes - n) != (ssize_t)n)
        return REFUSE(s->arena, "broken", "The zip archive is cut off");
    for (size_t i = (size_t)n - EOCD + 1; i-- > 0;) {
        if (memcmp(tail + i, "PK\5\6", 4) != 0)
            continue;
        if (!fits(s, le(tail + i + 10, 2), le(tail + i + 12, 4)))
            return too_many(s);
        if (i >= LOCATOR)
            TRY(check_zip64(s, tail + i - LOCATOR));
        found = true;
    }
    return found ? NULL : REFUSE(s->arena, "broken", "The zip archive has no directory; the file is cut off");
}

static void drop_zip(void *p)
{
    zip_discard(p);
}

static struct error *name_kind(struct sheet *s, struct book *b)
{
    static const struct {
        const char *part, *what;
    } others[] = {
        {"xl/workbook.bin", "a binary workbook (.xlsb); save it as .xlsx"},
        {"word/document.xml", "a Word document, not a spreadsheet"},
        {"ppt/presentation.xml", "a presentation, not a spreadsheet"},
        {"content.xml", "an OpenDocument file; save it as .xlsx"},
        {"META-INF/MANIFEST.MF", "a Java archive, not a spreadsheet"},
    };
    for (size_t i = 0; i < sizeof others / sizeof *others; i++)
        if (book_has(b, others[i].part))
            return REFUSE(s->arena, "wrong_kind", "The file is %s", others[i].what);
    return REFUSE(s->arena, "wrong_kind", "The file is a zip archive without a workbook");
}

struct error *book_zip_open(struct sheet *s, struct book *b)
{
    TRY(check_directory(s));
    int code = 0, fd = dup(s->env.fd);
    if (fd < 0)
        return error_new(s->arena, ERR_INTERNAL, "Out of descriptors");
    lseek(fd, 0, SEEK_SET);
    b->zip = zip_fdopen(fd, 0, &code);
    if (!b->zip) {
        close(fd);
        if (code == ZIP_ER_MEMORY)
            return REFUSE(s->arena, "max_memory", "The directory of the workbook needs too much memory");
        return REFUSE(s->arena, "broken", "The zip archive is broken (libzip error %d)", code);
    }
    arena_cleanup(s->arena, drop_zip, b->zip);
    if (zip_get_num_entries(b->zip, 0) > (zip_int64_t)s->limits.zip_entries)
        return too_many(s);
    if (!book_has(b, "xl/workbook.xml") && !book_has(b, "_rels/.rels"))
        return name_kind(s, b);
    return book_has(b, "xl/workbook.bin") || book_has(b, "word/document.xml") || book_has(b, "ppt/presentation.xml")
               ? name_kind(s, b)
               : NULL;
}

bool book_has(struct book *b, const char *name)
{
    return zip_name_locate(b->zip, name, ZIP_FL_NOCASE) >= 0;
}

struct error *part_open(struct book *b, const char *name, struct part *out)
{
    struct arena *a = b->s->arena;
    zip_stat_t st;
    zip_int64_t at = zip_name_locate(b->zip, name, ZIP_FL_NOCASE);
    *out = (struct part){.s = b->s, .name = name};
    if (at < 0 || zip_stat_index(b->zip, (zip_uint64_t)at, 0, &st) != 0)
        return REFUSE(a, "broken", "The workbook lacks its part %s", name);
    if (st.valid & ZIP_STAT_ENCRYPTION_METHOD && st.encryption_method != ZIP_EM_NONE)
        return REFUSE(a, "encrypted", "The parts of the workbook are encrypted");
    if (!(st.valid & ZIP_STAT_COMP_METHOD) || (st.comp_method != ZIP_CM_STORE && st.comp_method != ZIP_CM_DEFLATE))
        return REFUSE(a, "broken", "The part %s is packed in a way that no workbook uses", name);
    out->packed = st.valid & ZIP_STAT_COMP_SIZE && st.comp_size < b->s->env.bytes ? st.comp_size : b->s->env.bytes;
    out->file = zip_fopen_index(b->zip, (zip_uint64_t)at, 0);
    if (!out->file)
        return REFUSE(a, "broken", "The part %s cannot be read: %s", name, zip_strerror(b->zip));
    return NULL;
}

struct error *part_read(struct book *b, struct part *p, char *to, size_t room, size_t *got)
{
    struct sheet *s = b->s;
    zip_int64_t n = zip_fread(p->file, to, room);
    if (n < 0)
        return REFUSE(s->arena, "broken", "The part %s is damaged: %s", p->name, zip_file_strerror(p->file));
    *got = (size_t)n;
    p->out += (uint64_t)n;
    b->inflated += (uint64_t)n;
    if (p->out > SHEET_RATIO_GRACE && p->out / s->limits.inflate_ratio > p->packed)
        return REFUSE(s->arena, "max_inflate_ratio", "The part %s inflates to more than %u times its size", p->name,
                      s->limits.inflate_ratio);
    if (b->inflated > s->limits.inflated_bytes)
        return REFUSE(s->arena, "max_inflated_bytes", "The workbook inflates to more than %llu bytes",
                      (unsigned long long)s->limits.inflated_bytes);
    return NULL;
}

void part_close(struct part *p)
{
    if (p->file)
        zip_fclose(p->file);
    p->file = NULL;
}
