#include "http/sheet_body.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <unistd.h>

#include "http/contract.h"
#include "kernel/id.h"
#include "sheet/sheet.h"

enum { COLUMNS_MAX = 64 };

/* ---- a property of the row's schema ---- */
static struct str label(json_t *words, const char *lang)
{
    const char *text = json_string_value(json_object_get(words, strcmp(lang, "en") == 0 ? "en" : "zh"));
    return str_of(text);
}

static bool called(struct str text, const char *key, json_t *words)
{
    return str_is(text, key) || str_ieq(text, label(words, "en")) || (text.n && str_eq(text, label(words, "zh")));
}

static bool has_type(json_t *property, const char *type)
{
    json_t *t = json_object_get(property, "type"), *one;
    size_t i;
    json_array_foreach(t, i, one)
        if (strcmp(json_string_value(one), type) == 0)
            return true;
    return json_is_string(t) && strcmp(json_string_value(t), type) == 0;
}

static json_t *of_bool(struct str text)
{
    static const char *const yes[] = {"true", "1", "是", "yes"}, *const no[] = {"false", "0", "否", "no"};
    for (size_t i = 0; i < sizeof yes / sizeof *yes; i++) {
        if (str_ieq(text, str_of(yes[i])))
            return json_true();
        if (str_ieq(text, str_of(no[i])))
            return json_false();
    }
    return json_stringn(text.p, text.n);
}

/* What cannot be read stays text, which the schema then refuses. */
static json_t *value_of(json_t *property, struct str text)
{
    int64_t n;
    const char *code;
    json_t *words;
    json_object_foreach(json_object_get(property, "x-enum-labels"), code, words)
        if (called(text, code, words))
            return json_string(code);
    if (has_type(property, "boolean"))
        return of_bool(text);
    if (has_type(property, "integer") && str_i64(text, &n))
        return json_integer(n);
    return json_stringn(text.p, text.n);
}

/* ---- reading ---- */
struct header {
    const char *key[COLUMNS_MAX]; /* NULL: passed over */
    json_t *property[COLUMNS_MAX];
    size_t n;
};

static struct error *refuse(struct request *r, const char *rule, const char *detail)
{
    return error_field(r->arena, ERR_INVALID, "file", rule, "%s", detail);
}

static struct error *read_title(struct request *r, json_t *properties, struct str title, struct header *h)
{
    const char *key;
    json_t *p;
    size_t at = h->n++;
    h->key[at] = NULL;
    if (!title.n || sheet_is_reason(title))
        return NULL;
    json_object_foreach(properties, key, p)
        if (called(title, key, json_object_get(p, "x-title"))) {
            h->key[at] = key;
            h->property[at] = p;
        }
    if (!h->key[at])
        return refuse(r, "unknown_title", arena_printf(r->arena, "no column is called \"" STR_FMT "\"", STR_ARG(title)));
    for (size_t i = 0; i < at; i++)
        if (h->key[i] && strcmp(h->key[i], h->key[at]) == 0)
            return refuse(r, "duplicate", arena_printf(r->arena, "two columns are called \"" STR_FMT "\"", STR_ARG(title)));
    return NULL;
}

static struct error *read_header(struct request *r, json_t *row, struct sheet_reader *reader, struct header *h)
{
    struct sheet_row x;
    TRY(sheet_reader_next(reader, &x));
    if (!x.no)
        return refuse(r, "empty", "the first row names the columns");
    if (x.n > COLUMNS_MAX)
        return refuse(r, "max_columns", arena_printf(r->arena, "at most %d columns", COLUMNS_MAX));
    for (size_t i = 0; i < x.n; i++)
        TRY(read_title(r, json_object_get(row, "properties"), str_trim(x.cells[i]), h));
    return NULL;
}

static struct error *read_rows(struct request *r, const struct header *h, struct sheet_reader *reader, json_t *items)
{
    struct sheet_row x;
    for (;;) {
        TRY(sheet_reader_next(reader, &x));
        if (!x.no)
            return NULL;
        if (json_array_size(items) == SHEET_BODY_ROWS)
            return refuse(r, "max_rows", arena_printf(r->arena, "at most %d rows at a time", SHEET_BODY_ROWS));
        r->sheet_rows[json_array_size(items)] = x.no;
        json_t *o = json_object();
        for (size_t i = 0; i < x.n && i < h->n; i++) {
            struct str text = str_trim(x.cells[i]);
            if (h->key[i] && text.n)
                json_object_set_new(o, h->key[i], value_of(h->property[i], text));
        }
        json_array_append_new(items, o);
    }
}

/* The fields of a form are texts. */
static void type_fields(json_t *fields, json_t *body)
{
    const char *key;
    void *next;
    json_t *v;
    json_object_foreach_safe(fields, next, key, v)
    {
        struct str text = {json_string_value(v), json_string_length(v)};
        json_object_set_new(fields, key, value_of(json_object_get(json_object_get(body, "properties"), key), text));
    }
}

struct error *sheet_body_read(struct request *r, json_t *row, json_t *body)
{
    const struct upload *up = request_upload(r, "file");
    struct sheet_limits limits = sheet_limits_default();
    struct sheet_reader *reader;
    struct header *h = arena_zalloc(r->arena, sizeof *h);
    json_t *items = json_array();
    if (!r->json || json_object_get(r->json, "items"))
        return error_field(r->arena, ERR_INVALID, "items", "unknown_field", "the rows come in the file");
    type_fields(r->json, body);
    json_object_set_new(r->json, "items", items);
    if (!up)
        return refuse(r, "required", "the part \"file\" is missing");
    r->sheet_rows = arena_array(r->arena, SHEET_BODY_ROWS, sizeof *r->sheet_rows);
    limits.rows = SHEET_BODY_ROWS + 2;
    limits.file_bytes = SHEET_BODY_BYTES;
    limits.inflated_bytes = 16 * SHEET_BODY_BYTES;
    limits.seconds = 10;
    TRY(sheet_reader_start(r->arena, up->path, &limits, &reader));
    struct error *e = read_header(r, row, reader, h);
    if (!e)
        e = read_rows(r, h, reader, items);
    sheet_reader_stop(reader);
    return e;
}

const char *sheet_body_field(const struct request *r, const char *field)
{
    struct str rest = str_of(field);
    int64_t i;
    if (!r->sheet_rows || !str_starts(rest, STR("items/")))
        return field;
    rest = (struct str){rest.p + 6, rest.n - 6};
    struct str index = str_cut(&rest, '/');
    if (!str_i64(index, &i) || i < 0 || i >= SHEET_BODY_ROWS)
        return field;
    return rest.n ? arena_printf(r->arena, "row/%llu/" STR_FMT, (unsigned long long)r->sheet_rows[i], STR_ARG(rest))
                  : arena_printf(r->arena, "row/%llu", (unsigned long long)r->sheet_rows[i]);
}

struct error *batch_take(struct request *r, struct error *(*take)(struct request *r, json_t *item, bool *made))
{
    struct error *first = NULL, **tail = &first;
    json_t *item, *items = body_get(r, "items");
    json_int_t created = 0, faults = 0;
    size_t i;
    json_array_foreach(items, i, item) {
        bool made = false;
        struct error *e = take(r, item, &made);
        if (e && (e->code != ERR_INVALID || faults == SCHEMA_MAX_ERRORS))
            return first ? first : e;
        faults += e != NULL;
        created += made;
        error_below(r->arena, e, arena_printf(r->arena, "items/%zu", i));
        for (*tail = e; e; e = e->next)
            tail = &e->next;
    }
    if (first)
        return first;
    return reply_json(r, 200, json_pack("{s:I,s:I}", "created", created, "updated", (json_int_t)json_array_size(items) - created));
}

/* ---- writing ---- */
static struct str cell_of(struct request *r, json_t *property, json_t *v)
{
    json_t *words = json_is_string(v) ? json_object_get(json_object_get(property, "x-enum-labels"), json_string_value(v)) : NULL;
    struct str word = label(words, r->lang);
    if (word.n)
        return word;
    if (json_is_boolean(v))
        return json_is_true(v) == (strcmp(r->lang, "en") == 0) ? (json_is_true(v) ? STR("yes") : STR("否"))
               : json_is_true(v)                               ? STR("是")
                                                               : STR("no");
    if (json_is_number(v)) {
        char *text = json_dumps(v, JSON_ENCODE_ANY | JSON_REAL_PRECISION(15));
        struct str s = str_of(arena_strdup(r->arena, text ? text : ""));
        free(text);
        return s;
    }
    return (struct str){json_string_value(v), json_string_length(v)};
}

static struct error *write_sheet(struct request *r, const char *path, enum sheet_kind kind, const char *name, json_t *properties,
                                 json_t *items)
{
    struct sheet_column *columns = arena_zalloc(r->arena, (COLUMNS_MAX + 1) * sizeof *columns);
    struct str *cells = arena_array(r->arena, COLUMNS_MAX + 1, sizeof *cells);
    struct sheet_writer *w;
    const char *key;
    json_t *p, *row;
    size_t n = 0, i;
    json_object_foreach(properties, key, p) {
        struct str title = label(json_object_get(p, "x-title"), r->lang);
        if (n < COLUMNS_MAX)
            columns[n++].title = title.n ? title.p : key;
    }
    TRY(sheet_writer_open(r->arena, path, kind, name, columns, n, &w));
    json_array_foreach(items, i, row) {
        size_t c = 0;
        json_object_foreach(properties, key, p)
            if (c < COLUMNS_MAX)
                cells[c++] = cell_of(r, p, json_object_get(row, key));
        TRY(sheet_writer_row(w, cells, n, NULL));
    }
    return sheet_writer_close(w);
}

static struct error *take_file(struct request *r, const char *path)
{
    char block[16 * 1024];
    ssize_t n = -1;
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    while (fd >= 0 && ((n = read(fd, block, sizeof block)) > 0 || (n < 0 && errno == EINTR)))
        if (n > 0)
            buf_str(&r->reply, (struct str){block, (size_t)n});
    if (fd >= 0)
        close(fd);
    return n == 0 ? NULL : error_new(r->arena, ERR_INTERNAL, "the sheet could not be read back");
}

struct error *reply_sheet(struct request *r, const char *name, json_t *items)
{
    bool csv = str_is(param_str(r, "format"), "csv");
    const char *path = arena_printf(r->arena, "%s/tmp/sheet-%s", r->services->config->state_dir, id_new().s);
    struct error *e =
        write_sheet(r, path, csv ? SHEET_CSV : SHEET_XLSX, name, json_object_get(contract_sheet(r), "properties"), items);
    if (!e)
        e = take_file(r, path);
    unlink(path);
    if (e)
        return e;
    r->reply_type = csv ? "text/csv; charset=utf-8" : SHEET_XLSX_TYPE;
    r->send_as = arena_printf(r->arena, "%s.%s", name, csv ? "csv" : "xlsx");
    return reply_written(r, 200);
}
