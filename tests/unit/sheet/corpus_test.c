/* Workbooks that nobody here made: each ends soon and within bounds, with rows or with a reason, and its rows can be handed
 * back as rejected ones. The folder is TONGCHOU_CORPUS, or shared/corpus beside the checkout; without it the test says so and
 * is skipped. */
#include "sheet_fixture.h"

#include <ftw.h>
#include <sys/resource.h>
#include <time.h>

enum { SECONDS = 10, ENOUGH = 10, MEMORY_KIB = 512 << 10 };

static struct {
    struct arena *arena;
    const char *out;
    size_t files, with_rows, refused, bad;
} tally; /* nftw passes no pointer of the caller's */

static struct error *read_through(const char *path, size_t *rows, uint64_t *last)
{
    struct sheet_reader *r = NULL;
    struct sheet_row row = {0};
    struct error *err = sheet_reader_start(tally.arena, path, NULL, &r);
    while (!err && !(err = sheet_reader_next(r, &row)) && row.no) {
        ++*rows;
        *last = row.no;
    }
    return err;
}

static bool told(const struct error *err)
{
    return !err || (err->code == ERR_FILE_REFUSED && err->detail && *err->detail && strcmp(err->rule, "crashed"));
}

static void read_one(const char *path)
{
    enum sheet_kind kind;
    struct timespec begin, end;
    struct sheet_problem problem = {.column = -1, .message = "wrong"};
    size_t rows = 0;
    clock_gettime(CLOCK_MONOTONIC, &begin);
    struct error *err = read_through(path, &rows, &problem.row_no), *back = NULL;
    if (!err && rows)
        back = sheet_write_rejected(tally.arena, path, NULL, &problem, 1, tally.out, &kind);
    clock_gettime(CLOCK_MONOTONIC, &end);
    if (!told(err) || !told(back) || end.tv_sec - begin.tv_sec >= SECONDS) {
        const struct error *why = told(err) ? back : err;
        print_error("%s: %s %s\n", path, why ? why->rule : "slow", why ? why->detail : "");
        tally.bad++;
    }
    tally.files++;
    tally.with_rows += rows > 0;
    tally.refused += err != NULL;
    arena_reset(tally.arena);
}

static int visit(const char *path, const struct stat *st, int type, struct FTW *where)
{
    (void)st, (void)where;
    if (type == FTW_F)
        read_one(path);
    return 0;
}

static long peak_kib(int whose)
{
    struct rusage u;
    assert_int_equal(getrusage(whose, &u), 0);
    return u.ru_maxrss;
}

static void every_file_ends_well(void **state)
{
    struct place *place = *state;
    static const char *const sets[] = {"poi-spreadsheets", "sheetjs-workbooks"};
    const char *root = getenv("TONGCHOU_CORPUS") ? getenv("TONGCHOU_CORPUS") : "../shared/corpus";
    snprintf(place->path, sizeof place->path, "%s/back.xlsx", place->dir);
    tally.out = place->path;
    tally.arena = arena_new(64u << 20);
    for (size_t i = 0; i < sizeof sets / sizeof *sets; i++) {
        char path[1024];
        snprintf(path, sizeof path, "%s/%s", root, sets[i]);
        nftw(path, visit, 16, FTW_PHYS);
    }
    arena_free(tally.arena);
    if (tally.files < ENOUGH) {
        print_message("skipped: no workbooks under %s\n", root);
        skip();
    }
    print_message("%zu files, %zu with rows, %zu refused\n", tally.files, tally.with_rows, tally.refused);
    assert_int_equal(tally.bad, 0);
    assert_true(tally.with_rows > 0);
    assert_in_range(peak_kib(RUSAGE_CHILDREN), 1, MEMORY_KIB);
    assert_in_range(peak_kib(RUSAGE_SELF), 1, MEMORY_KIB);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test_setup_teardown(every_file_ends_well, place_make, place_drop)};
    return cmocka_run_group_tests_name("sheet/corpus", tests, NULL, NULL);
}
