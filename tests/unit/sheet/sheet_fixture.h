/* Files for the sheet tests, made in a directory of their own that goes at the end. */
#ifndef SHEET_FIXTURE_H
#define SHEET_FIXTURE_H

#include <dirent.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>
#include <zip.h>

#include "sheet/sheet.h"

struct place {
    struct arena *arena;
    char dir[64];
    char path[96]; /* the last file made */
};

static inline int place_make(void **state)
{
    struct place *p = calloc(1, sizeof *p);
    p->arena = arena_new(256u << 20);
    strcpy(p->dir, "/tmp/sheet-test-XXXXXX");
    assert_non_null(mkdtemp(p->dir));
    *state = p;
    return 0;
}

static inline int place_drop(void **state)
{
    struct place *p = *state;
    DIR *d = opendir(p->dir);
    for (struct dirent *e; d && (e = readdir(d));) {
        char name[512];
        snprintf(name, sizeof name, "%s/%s", p->dir, e->d_name);
        unlink(name);
    }
    closedir(d);
    rmdir(p->dir);
    arena_free(p->arena);
    free(p);
    return 0;
}

static inline const char *place_path(struct place *p, const char *name)
{
    snprintf(p->path, sizeof p->path, "%s/%s", p->dir, name);
    return p->path;
}

static inline const char *place_bytes(struct place *p, const char *name, const void *bytes, size_t n)
{
    FILE *f = fopen(place_path(p, name), "wb");
    assert_non_null(f);
    assert_int_equal(fwrite(bytes, 1, n, f), n);
    fclose(f);
    return p->path;
}

static inline const char *place_text(struct place *p, const char *text)
{
    return place_bytes(p, "t.csv", text, strlen(text));
}

struct entry {
    const char *name, *text;
};

#define RELS_HEAD "<Relationships xmlns=\"http://schemas.openxmlformats.org/package/2006/relationships\">"
#define REL_TYPE "http://schemas.openxmlformats.org/officeDocument/2006/relationships/"
#define WORKBOOK(sheets)                                                                                        \
    "<workbook xmlns:r=\"http://schemas.openxmlformats.org/officeDocument/2006/relationships\"><sheets>" sheets \
    "</sheets></workbook>"
#define ONE_SHEET WORKBOOK("<sheet name=\"数据\" sheetId=\"1\" r:id=\"r1\"/>")

static inline const char *place_zip(struct place *p, const struct entry *entries, size_t n)
{
    int err;
    zip_t *z = zip_open(place_path(p, "t.xlsx"), ZIP_CREATE | ZIP_TRUNCATE, &err);
    assert_non_null(z);
    for (size_t i = 0; i < n; i++) {
        zip_source_t *s = zip_source_buffer(z, entries[i].text, strlen(entries[i].text), 0);
        assert_true(zip_file_add(z, entries[i].name, s, 0) >= 0);
    }
    assert_int_equal(zip_close(z), 0);
    return p->path;
}

/* A workbook of one sheet; NULL parts are left out. */
static inline const char *place_book(struct place *p, const char *workbook, const char *sheet, const char *strings,
                                     const char *styles)
{
    struct entry e[6];
    size_t n = 0;
    e[n++] = (struct entry){"xl/workbook.xml", workbook};
    e[n++] = (struct entry){"xl/_rels/workbook.xml.rels", RELS_HEAD
                            "<Relationship Id=\"r1\" Type=\"" REL_TYPE "worksheet\" Target=\"worksheets/sheet1.xml\"/>"
                            "<Relationship Id=\"r2\" Type=\"" REL_TYPE "sharedStrings\" Target=\"/xl/sharedStrings.xml\"/>"
                            "<Relationship Id=\"r3\" Type=\"" REL_TYPE "styles\" Target=\"styles.xml\"/></Relationships>"};
    e[n++] = (struct entry){"xl/worksheets/sheet1.xml", sheet};
    if (strings)
        e[n++] = (struct entry){"xl/sharedStrings.xml", strings};
    if (styles)
        e[n++] = (struct entry){"xl/styles.xml", styles};
    return place_zip(p, e, n);
}

/* The whole file as text: cells joined by '|', rows "no:..." each with a line feed; refusals as "!rule". */
static inline const char *read_all(struct place *p, const char *path, const struct sheet_limits *limits, bool child)
{
    struct buf out = buf_new(p->arena, 4096, 64u << 20);
    struct sheet_reader *r = NULL;
    struct sheet *s = NULL;
    struct sheet_row row;
    struct error *err = child ? sheet_reader_start(p->arena, path, limits, &r) : sheet_open(p->arena, path, limits, &s);
    while (!err && !(err = child ? sheet_reader_next(r, &row) : sheet_next(s, &row)) && row.no) {
        buf_u64(&out, row.no);
        buf_c(&out, ':');
        for (size_t i = 0; i < row.n; i++) {
            if (i)
                buf_c(&out, '|');
            buf_str(&out, row.cells[i]);
        }
        buf_c(&out, '\n');
    }
    if (err) {
        assert_int_equal(err->code, ERR_FILE_REFUSED);
        assert_non_null(err->detail);
        assert_non_null(sheet_rule_title(err->rule, "zh-CN"));
        buf_c(&out, '!');
        buf_z(&out, err->rule);
    }
    return buf_done(&out).p;
}

#define assert_reads(place, path, expected)                                \
    do {                                                                   \
        assert_string_equal(read_all(place, path, NULL, false), expected); \
        assert_string_equal(read_all(place, path, NULL, true), expected);  \
    } while (0)

static inline const char *refusal(struct place *p, const char *path, const struct sheet_limits *limits)
{
    const char *text = read_all(p, path, limits, true), *mark = strrchr(text, '!');
    return mark ? mark + 1 : "";
}

#endif
