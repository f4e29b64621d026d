/* What a file is, told by its content, never by its name. */
#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "sheet/sheet_part.h"

enum { HEAD_BYTES = 4096 };

ssize_t sheet_pread(int fd, void *to, size_t n, uint64_t at)
{
    size_t have = 0;
    while (have < n) {
        ssize_t got = pread(fd, (char *)to + have, n - have, (off_t)(at + have));
        if (got < 0 && errno == EINTR)
            continue;
        if (got < 0)
            return -1;
        if (got == 0)
            break;
        have += (size_t)got;
    }
    return (ssize_t)have;
}

static const struct {
    const char *magic;
    size_t n;
    const char *rule, *what;
} known[] = {
    {"%PDF-", 5, "wrong_kind", "a PDF document"},
    {"\x89PNG", 4, "wrong_kind", "a PNG picture"},
    {"\xFF\xD8\xFF", 3, "wrong_kind", "a JPEG picture"},
    {"GIF8", 4, "wrong_kind", "a GIF picture"},
    {"Rar!", 4, "wrong_kind", "a RAR archive"},
    {"7z\xBC\xAF\x27\x1C", 6, "wrong_kind", "a 7z archive"},
    {"\x1F\x8B", 2, "wrong_kind", "a gzip file"},
    {"\x28\xB5\x2F\xFD", 4, "wrong_kind", "a zstd file"},
    {"\x7F"
     "ELF",
     4, "wrong_kind", "a program"},
    {"MZ\x90", 3, "wrong_kind", "a program"},
    {"{\\rtf", 5, "wrong_kind", "an RTF document"},
    {"<?xml", 5, "wrong_kind", "XML text"},
    {"<html", 5, "wrong_kind", "an HTML page"},
    {"<!doc", 5, "wrong_kind", "an HTML page"},
    {"<table", 6, "wrong_kind", "an HTML page"},
    {"ID;P", 4, "wrong_kind", "a SYLK sheet"},
    {"{\"", 2, "wrong_kind", "JSON text"},
    {"\x09\x00\x04\x00", 4, "legacy_xls", "an Excel 2 workbook"},
    {"\x09\x02\x06\x00", 4, "legacy_xls", "an Excel 3 workbook"},
    {"\x09\x04\x06\x00", 4, "legacy_xls", "an Excel 4 workbook"},
    {"\x09\x08\x08\x00", 4, "legacy_xls", "an Excel 5 workbook"},
};

static struct error *refuse_known(struct sheet *s, struct str head)
{
    struct str text = head;
    if (str_starts(text, STR("\xEF\xBB\xBF")))
        text = (struct str){text.p + 3, text.n - 3};
    text = str_trim(text);
    for (size_t i = 0; i < sizeof known / sizeof *known; i++) {
        struct str at = (unsigned char)known[i].magic[0] == '<' ? text : head;
        if (at.n >= known[i].n && str_ieq((struct str){at.p, known[i].n}, (struct str){known[i].magic, known[i].n}))
            return REFUSE(s->arena, known[i].rule, "The file is %s; save it as .xlsx or .csv", known[i].what);
    }
    return NULL;
}

struct error *sheet_kind_of(struct sheet *s, enum sheet_kind *out)
{
    char bytes[HEAD_BYTES];
    ssize_t got = sheet_pread(s->env.fd, bytes, sizeof bytes, 0);
    if (got <= 0)
        return REFUSE(s->arena, "unreadable", "The file cannot be read");
    struct str head = {bytes, (size_t)got};
    if (str_starts(head, STR("\xD0\xCF\x11\xE0\xA1\xB1\x1A\xE1"))) {
        *out = SHEET_XLS;
        return NULL;
    }
    if (str_starts(head, STR("PK\x03\x04")) || str_starts(head, STR("PK\x05\x06"))) {
        *out = SHEET_XLSX;
        return NULL;
    }
    TRY(refuse_known(s, head));
    if (!s->env.utf16 && memchr(bytes, 0, head.n))
        return REFUSE(s->arena, "wrong_kind", "The file is neither a workbook nor text");
    *out = SHEET_CSV;
    return NULL;
}
