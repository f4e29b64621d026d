/* What a file is, told by its content, never by its name. */
#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "sheet/sheet_part.h"

enum { HEAD_BYTES = 4096, OLE_HEADER = 512, OLE_DIRECTORY_SECTORS = 256, OLE_ENTRY = 128 };

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

static uint32_t le32(const unsigned char *p)
{
    return (uint32_t)p[0] | (uint32_t)p[1] << 8 | (uint32_t)p[2] << 16 | (uint32_t)p[3] << 24;
}

/* ASCII name of a directory entry; the file stores UTF-16. */
static void ole_name(const unsigned char *entry, char *out /* 33 */)
{
    size_t n = (size_t)(entry[64] | entry[65] << 8) / 2;
    size_t i = 0;
    for (; i + 1 < n && i < 32; i++)
        out[i] = entry[2 * i + 1] || entry[2 * i] >= 0x80 ? '?' : (char)entry[2 * i];
    out[i] = '\0';
}

static struct error *ole_verdict(struct sheet *s, const char *name)
{
    if (str_ieq(str_of(name), STR("EncryptedPackage")) || str_ieq(str_of(name), STR("EncryptionInfo")))
        return REFUSE(s->arena, "encrypted", "The workbook is encrypted; save it without a password");
    if (str_ieq(str_of(name), STR("Workbook")) || str_ieq(str_of(name), STR("Book")))
        return REFUSE(s->arena, "legacy_xls", "The file is a legacy .xls workbook; save it as .xlsx");
    if (!strcmp(name, "WordDocument") || !strcmp(name, "PowerPoint Document"))
        return REFUSE(s->arena, "wrong_kind", "The file is a legacy Office document, not a spreadsheet");
    return NULL;
}

static struct error *ole_sector(struct sheet *s, uint64_t at, size_t bytes)
{
    unsigned char sector[4096];
    ssize_t got = sheet_pread(s->env.fd, sector, bytes, at);
    struct error *err = NULL;
    for (size_t i = 0; !err && got > 0 && i + OLE_ENTRY <= (size_t)got; i += OLE_ENTRY) {
        char name[33];
        ole_name(sector + i, name);
        err = ole_verdict(s, name);
    }
    return err;
}

/* Next sector of a chain by the allocation table; UINT32_MAX at its end. */
static uint32_t ole_follow(struct sheet *s, const unsigned char *head, uint32_t sector, unsigned shift)
{
    uint32_t per = (1u << shift) / 4, block = sector / per;
    unsigned char entry[4];
    if (block >= 109)
        return UINT32_MAX;
    uint64_t at = ((uint64_t)le32(head + 76 + 4 * block) + 1) << shift;
    if (sheet_pread(s->env.fd, entry, 4, at + 4 * (uint64_t)(sector % per)) != 4)
        return UINT32_MAX;
    return le32(entry);
}

struct error *sheet_ole_refuse(struct sheet *s)
{
    unsigned char head[OLE_HEADER];
    struct error *err = NULL;
    if (sheet_pread(s->env.fd, head, sizeof head, 0) == OLE_HEADER) {
        unsigned shift = head[30] == 12 ? 12 : 9;
        uint32_t sector = le32(head + 48);
        for (int i = 0; !err && sector < 0xFFFFFFF0u && i < OLE_DIRECTORY_SECTORS; i++) {
            err = ole_sector(s, ((uint64_t)sector + 1) << shift, 1u << shift);
            sector = ole_follow(s, head, sector, shift);
        }
    }
    return err ? err : REFUSE(s->arena, "wrong_kind", "The file is an OLE2 compound file without a workbook");
}

struct error *sheet_kind_of(struct sheet *s, enum sheet_kind *out)
{
    char bytes[HEAD_BYTES];
    ssize_t got = sheet_pread(s->env.fd, bytes, sizeof bytes, 0);
    if (got <= 0)
        return REFUSE(s->arena, "unreadable", "The file cannot be read");
    struct str head = {bytes, (size_t)got};
    if (str_starts(head, STR("\xD0\xCF\x11\xE0\xA1\xB1\x1A\xE1")))
        return sheet_ole_refuse(s);
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
