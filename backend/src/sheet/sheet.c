#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "sheet/sheet_part.h"

struct sheet_limits sheet_limits_default(void)
{
    return (struct sheet_limits){
        .file_bytes = SHEET_FILE_BYTES,
        .inflated_bytes = SHEET_INFLATED_BYTES,
        .rows = SHEET_ROWS,
        .cells = SHEET_CELLS,
        .memory_bytes = SHEET_MEMORY_BYTES,
        .zip_entries = SHEET_ZIP_ENTRIES,
        .inflate_ratio = SHEET_INFLATE_RATIO,
        .sheets = SHEET_SHEETS,
        .columns = SHEET_COLUMNS,
        .cell_bytes = SHEET_CELL_BYTES,
        .row_bytes = SHEET_ROW_BYTES,
        .xml_depth = SHEET_XML_DEPTH,
        .seconds = SHEET_SECONDS,
    };
}

const char *sheet_rule_title(const char *rule, const char *lang)
{
    static const struct {
        const char *rule, *en, *zh;
    } all[] = {
#define RULE(name, en, zh) {name, en, zh},
#include "sheet/rules.def"
#undef RULE
    };
    for (size_t i = 0; rule && i < sizeof all / sizeof *all; i++)
        if (!strcmp(all[i].rule, rule))
            return lang && !strcmp(lang, "en") ? all[i].en : all[i].zh;
    return NULL;
}

static const struct {
    const char *end, *type;
} kinds[] = {[SHEET_XLSX] = {"xlsx", SHEET_XLSX_TYPE},
             [SHEET_CSV] = {"csv", "text/csv; charset=utf-8"},
             [SHEET_XLS] = {"xls", "application/vnd.ms-excel"}};

enum sheet_kind sheet_kind_named(struct str word)
{
    for (int i = SHEET_CSV; i <= SHEET_XLS; i++)
        if (str_ieq(word, str_of(kinds[i].end)))
            return (enum sheet_kind)i;
    return SHEET_XLSX;
}

const char *sheet_kind_end(enum sheet_kind kind)
{
    return kinds[kind].end;
}

const char *sheet_kind_type(enum sheet_kind kind)
{
    return kinds[kind].type;
}

static int64_t cpu_ms(void)
{
    struct timespec t;
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &t);
    return (int64_t)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

struct error *sheet_check_time(struct sheet *s)
{
    if (cpu_ms() - s->cpu_start <= (int64_t)s->limits.seconds * 1000)
        return NULL;
    return REFUSE(s->arena, "max_seconds", "Reading the file takes longer than %u s", s->limits.seconds);
}

static int open_spill(void)
{
    const char *dir = getenv("TMPDIR");
    int fd = open(dir && *dir ? dir : "/tmp", O_TMPFILE | O_RDWR | O_CLOEXEC, 0600);
    return fd >= 0 ? fd : memfd_create("sheet", MFD_CLOEXEC);
}

static bool starts_utf16(int fd, const char **name)
{
    unsigned char bom[2] = {0};
    if (sheet_pread(fd, bom, 2, 0) != 2)
        return false;
    *name = bom[0] == 0xFF ? "UTF-16LE" : "UTF-16BE";
    return (bom[0] == 0xFF && bom[1] == 0xFE) || (bom[0] == 0xFE && bom[1] == 0xFF);
}

static struct error *check_file(struct arena *a, int fd, const struct sheet_limits *limits, uint64_t *bytes)
{
    struct stat st;
    if (fd < 0 || fstat(fd, &st) != 0 || !S_ISREG(st.st_mode))
        return REFUSE(a, "unreadable", "The file cannot be opened");
    if (st.st_size == 0)
        return REFUSE(a, "wrong_kind", "The file is empty");
    *bytes = (uint64_t)st.st_size;
    if (*bytes > limits->file_bytes)
        return REFUSE(a, "max_file_bytes", "The file has %llu bytes; %llu are allowed", (unsigned long long)*bytes,
                      (unsigned long long)limits->file_bytes);
    return NULL;
}

struct error *sheet_env_open(struct arena *a, const char *path, const struct sheet_limits *limits, struct sheet_env *out)
{
    const char *charset = "GB18030";
    *out = (struct sheet_env){.fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK), .spill_fd = -1, .iconv = (iconv_t)-1};
    struct error *err = check_file(a, out->fd, limits, &out->bytes);
    if (err) {
        sheet_env_close(out);
        return err;
    }
    out->spill_fd = open_spill();
    const char *utf16 = NULL;
    out->utf16 = starts_utf16(out->fd, &utf16);
    out->iconv = iconv_open("UTF-8", out->utf16 ? utf16 : charset);
    if (out->spill_fd >= 0 && out->iconv != (iconv_t)-1)
        return NULL;
    sheet_env_close(out);
    return error_new(a, ERR_INTERNAL, "No temporary file or no character converter");
}

void sheet_env_close(struct sheet_env *env)
{
    if (env->fd >= 0)
        close(env->fd);
    if (env->spill_fd >= 0)
        close(env->spill_fd);
    if (env->iconv != (iconv_t)-1)
        iconv_close(env->iconv);
    *env = (struct sheet_env){.fd = -1, .spill_fd = -1, .iconv = (iconv_t)-1};
}

static void drop_env(void *p)
{
    sheet_env_close(p);
}

static struct error *xlsx_open(struct sheet *s)
{
    struct book *b = arena_zalloc(s->arena, sizeof *b);
    b->s = s;
    TRY(book_zip_open(s, b));
    TRY(book_open(b));
    return cells_open(s, b);
}

/* Takes over what env holds. */
struct error *sheet_open_env(struct arena *a, const struct sheet_env *env, const struct sheet_limits *limits, struct sheet **out)
{
    struct sheet *s = arena_zalloc(a, sizeof *s);
    s->arena = a;
    s->limits = *limits;
    s->env = *env;
    s->cpu_start = cpu_ms();
    arena_cleanup(a, drop_env, &s->env);
    TRY(sheet_kind_of(s, &s->info.kind));
    TRY(s->info.kind == SHEET_XLSX ? xlsx_open(s) : s->info.kind == SHEET_XLS ? biff_open(s) : csv_open(s));
    *out = s;
    return NULL;
}

struct error *sheet_open(struct arena *a, const char *path, const struct sheet_limits *limits, struct sheet **out)
{
    struct sheet_limits all = limits ? *limits : sheet_limits_default();
    struct sheet_env env;
    TRY(sheet_env_open(a, path, &all, &env));
    return sheet_open_env(a, &env, &all, out);
}

const struct sheet_info *sheet_info(const struct sheet *s)
{
    return &s->info;
}

struct error *sheet_next(struct sheet *s, struct sheet_row *out)
{
    *out = (struct sheet_row){0};
    if (s->done)
        return NULL;
    TRY(s->next(s, out));
    if (!out->no) {
        s->done = true;
        return NULL;
    }
    s->cells += out->n;
    if (++s->rows > s->limits.rows)
        return REFUSE(s->arena, "max_rows", "The sheet has more than %llu rows", (unsigned long long)s->limits.rows);
    if (s->cells > s->limits.cells)
        return REFUSE(s->arena, "max_cells", "The sheet has more than %llu cells", (unsigned long long)s->limits.cells);
    return NULL;
}
