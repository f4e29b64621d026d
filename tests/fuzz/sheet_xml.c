/* The three large XML parts of a workbook without the zip around them. The first byte chooses the
 * part, the second where the input is cut in two, as chunks of a zip would be. */
#include <iconv.h>

#include "sheet/sheet_part.h"

static struct error *feed(struct scan *x, struct cells *c, const char *p, size_t n, bool last)
{
    struct sheet_row row;
    bool paused;
    TRY(scan_bytes(x, p, n, last, &paused));
    while (paused) {
        if (c && cells_take(c, &row))
            for (size_t i = 0; i < row.n; i++)
                if (!str_utf8(row.cells[i], NULL))
                    __builtin_trap();
        TRY(scan_bytes(x, NULL, 0, last, &paused));
    }
    return NULL;
}

static struct error *choose(struct sheet *s, struct book *b, int part, struct scan **x, struct cells **c)
{
    if (part == 0) {
        *c = cells_new(s, b);
        return cells_scan(*c, x);
    }
    if (part == 1)
        return book_styles(b, *x);
    TRY(scan_open(s, *x, "strings"));
    strings_handlers(b->strings, *x);
    return NULL;
}

int LLVMFuzzerTestOneInput(const unsigned char *data, size_t n);
int LLVMFuzzerTestOneInput(const unsigned char *data, size_t n)
{
    if (n < 2)
        return 0;
    struct arena *a = arena_new(64u << 20);
    struct sheet s = {.arena = a, .limits = sheet_limits_default(), .env = {-1, -1, (iconv_t)-1, false, n}};
    struct cell_format formats[] = {{0, 0}, {SHOW_DATE_TIME, 0}, {SHOW_NUMBER, 5}, {SHOW_ELAPSED, 0}};
    struct book b = {.s = &s, .formats = formats, .format_count = 4, .date1904 = data[1] & 1};
    struct scan own, *x = &own;
    struct cells *c = NULL;
    const char *text = (const char *)data + 2;
    size_t left = n - 2, cut = left * data[1] / 256;
    s.limits.seconds = 3600;
    s.limits.columns = 64;
    b.strings = strings_new(&s);
    if (!choose(&s, &b, data[0] % 3, &x, &c) && !feed(x, c, text, cut, false)) {
        struct error *err = feed(x, c, text + cut, left - cut, true);
        (void)err;
    }
    arena_free(a);
    return 0;
}
