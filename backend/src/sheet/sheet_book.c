/* The small parts of a workbook: relationships, list of sheets, cell formats. */
#include <stdlib.h>
#include <string.h>

#include "sheet/sheet_part.h"

enum { PATH_BYTES = 1024 }; /* of the name of a part; a longer one names none */

struct rel {
    const char *id, *type, *target; /* target: name in the zip; NULL when outside */
};

struct rels {
    struct book *book;
    const char *base; /* folder of the part they belong to, ends in '/' or is empty */
    struct rel *list;
    size_t n, max;
};

/* "xl/" + "../media/x" and "/xl/x" to names in the zip. */
static char *resolve(struct arena *a, const char *base, const char *target)
{
    char *path = *target == '/' ? arena_strdup(a, target + 1) : arena_printf(a, "%s%s", base, target);
    for (char *up; (up = strstr(path, "/../"));) {
        *up = '\0';
        char *before = strrchr(path, '/');
        char *from = before ? before + 1 : path;
        memmove(from, up + 4, strlen(up + 4) + 1);
    }
    return path;
}

static void on_rel(struct scan *x, const char *name, const char **attrs)
{
    struct rels *r = x->user;
    struct arena *a = x->s->arena;
    const char *id = scan_attr(attrs, "Id"), *type = scan_attr(attrs, "Type"), *target = scan_attr(attrs, "Target");
    const char *mode = scan_attr(attrs, "TargetMode");
    if (strcmp(name, "Relationship") != 0 || !id || !type || !target)
        return;
    if (r->n == r->max) {
        scan_fail(x, REFUSE(a, "max_sheets", "The workbook has more than %u sheets", x->s->limits.sheets));
        return;
    }
    const char *kind = strrchr(type, '/');
    bool outside = (mode && !strcmp(mode, "External")) || strlen(target) > PATH_BYTES;
    r->list[r->n++] =
        (struct rel){arena_strdup(a, id), arena_strdup(a, kind ? kind + 1 : type), outside ? NULL : resolve(a, r->base, target)};
}

static struct error *read_rels(struct book *b, const char *part, const char *base, struct rels *out)
{
    struct scan x;
    size_t max = (size_t)b->s->limits.sheets + 256;
    *out = (struct rels){b, base, arena_array(b->s->arena, max, sizeof *out->list), 0, max};
    if (!book_has(b, part))
        return NULL;
    TRY(scan_open(b->s, &x, "The list of parts"));
    x.user = out;
    x.start = on_rel;
    return scan_part(&x, b, part);
}

static const struct rel *rel_by(const struct rels *r, const char *type, const char *id)
{
    for (size_t i = 0; i < r->n; i++)
        if ((!type || !strcmp(r->list[i].type, type)) && (!id || !strcmp(r->list[i].id, id)))
            return &r->list[i];
    return NULL;
}

struct sheets {
    struct book *book;
    const struct rels *rels;
    size_t n;
};

static void take_sheet(struct scan *x, struct sheets *l, const char **attrs)
{
    const char *id = scan_attr(attrs, "id"), *state = scan_attr(attrs, "state"), *name = scan_attr(attrs, "name");
    if (++l->n > x->s->limits.sheets) {
        scan_fail(x, REFUSE(x->s->arena, "max_sheets", "The workbook has more than %u sheets", x->s->limits.sheets));
        return;
    }
    bool hidden = state && strcmp(state, "visible") != 0;
    const struct rel *rel = id ? rel_by(l->rels, "worksheet", id) : NULL;
    if (l->book->sheet_path || hidden || !rel || !rel->target)
        return;
    l->book->sheet_path = arena_strdup(x->s->arena, rel->target);
    x->s->info.sheet_name = arena_strdup(x->s->arena, name ? name : "");
}

static bool truth(const char *v)
{
    return v && (!strcmp(v, "1") || !strcmp(v, "true") || !strcmp(v, "on"));
}

static void on_workbook(struct scan *x, const char *name, const char **attrs)
{
    struct sheets *l = x->user;
    if (!strcmp(name, "sheet"))
        take_sheet(x, l, attrs);
    else if (!strcmp(name, "workbookPr"))
        l->book->date1904 = truth(scan_attr(attrs, "date1904"));
}

struct styles {
    struct book *book;
    struct {
        unsigned id;
        struct cell_format format;
    } * own;
    size_t own_n, own_cap;
    size_t cap;
    bool in_cells;
};

static struct cell_format style_of(const struct styles *st, unsigned id)
{
    for (size_t i = 0; i < st->own_n; i++)
        if (st->own[i].id == id)
            return st->own[i].format;
    return format_builtin(id);
}

static void own_format(struct styles *st, const char **attrs)
{
    const char *id = scan_attr(attrs, "numFmtId"), *code = scan_attr(attrs, "formatCode");
    if (!id || !code || st->own_n == st->own_cap)
        return;
    st->own[st->own_n].id = (unsigned)strtoul(id, NULL, 10);
    st->own[st->own_n++].format = format_code(str_of(code));
}

static void on_style(struct scan *x, const char *name, const char **attrs)
{
    struct styles *st = x->user;
    if (!strcmp(name, "numFmt"))
        own_format(st, attrs);
    else if (!strcmp(name, "cellXfs"))
        st->in_cells = true;
    else if (st->in_cells && !strcmp(name, "xf")) {
        const char *id = scan_attr(attrs, "numFmtId");
        if (st->book->format_count == st->cap) {
            scan_fail(x, REFUSE(x->s->arena, "broken", "The workbook has more than %zu cell formats", st->cap));
            return;
        }
        st->book->formats[st->book->format_count++] = style_of(st, id ? (unsigned)strtoul(id, NULL, 10) : 0);
    }
}

static void on_style_end(struct scan *x, const char *name)
{
    struct styles *st = x->user;
    if (!strcmp(name, "cellXfs"))
        st->in_cells = false;
}

struct error *book_styles(struct book *b, struct scan *x)
{
    enum { OWN_FORMATS = 4096 };
    struct styles *st = arena_zalloc(b->s->arena, sizeof *st);
    *st = (struct styles){.book = b, .own_cap = OWN_FORMATS, .cap = SHEET_NUMBER_FORMATS};
    st->own = arena_array(b->s->arena, OWN_FORMATS, sizeof *st->own);
    b->formats = arena_array(b->s->arena, SHEET_NUMBER_FORMATS, sizeof *b->formats);
    TRY(scan_open(b->s, x, "The list of cell formats"));
    x->user = st;
    x->start = on_style;
    x->end = on_style_end;
    return NULL;
}

static struct error *read_workbook(struct book *b, const char *path, const struct rels *rels)
{
    struct scan x;
    struct sheets l = {b, rels, 0};
    TRY(scan_open(b->s, &x, "The workbook"));
    x.user = &l;
    x.start = on_workbook;
    TRY(scan_part(&x, b, path));
    if (!b->sheet_path)
        return REFUSE(b->s->arena, "no_sheet", "The workbook has no visible worksheet");
    return NULL;
}

static char *target_of(struct book *b, const struct rels *rels, const char *type)
{
    const struct rel *rel = rel_by(rels, type, NULL);
    return rel && rel->target && book_has(b, rel->target) ? arena_strdup(b->s->arena, rel->target) : NULL;
}

/* Folder ("xl/") and relationships ("xl/_rels/workbook.xml.rels") of a part. */
static void places(struct arena *a, const char *path, char **folder, char **rels)
{
    const char *slash = strrchr(path, '/');
    size_t n = slash ? (size_t)(slash - path) + 1 : 0;
    *folder = arena_strndup(a, path, n);
    *rels = arena_printf(a, "%s_rels/%s.rels", *folder, path + n);
}

struct error *book_open(struct book *b)
{
    struct arena *a = b->s->arena;
    struct rels root, rels;
    char *folder, *rels_path;
    TRY(read_rels(b, "_rels/.rels", "", &root));
    const char *path = target_of(b, &root, "officeDocument");
    if (!path)
        path = "xl/workbook.xml";
    if (!book_has(b, path))
        return REFUSE(a, "wrong_kind", "The file is a zip archive without a workbook");
    places(a, path, &folder, &rels_path);
    TRY(read_rels(b, rels_path, folder, &rels));
    TRY(read_workbook(b, path, &rels));
    b->strings_path = target_of(b, &rels, "sharedStrings");
    b->styles_path = target_of(b, &rels, "styles");
    if (b->styles_path) {
        struct scan x;
        TRY(book_styles(b, &x));
        TRY(scan_part(&x, b, b->styles_path));
    }
    b->strings = strings_new(b->s);
    return b->strings_path ? strings_read(b) : NULL;
}
