/* Workbooks that nobody here made: each ends soon, with rows or with a reason. The folder is
 * TONGCHOU_CORPUS, or shared/corpus beside the checkout; without it the test says so and is skipped. */
#include "sheet_fixture.h"

#include <ftw.h>
#include <time.h>

enum { SECONDS = 10, ENOUGH = 10 };

static struct {
    struct arena *arena;
    size_t files, with_rows, refused, bad;
} tally; /* nftw passes no pointer of the caller's */

static void read_one(const char *path)
{
    struct sheet_reader *r = NULL;
    struct sheet_row row = {0};
    struct timespec begin, end;
    size_t rows = 0;
    clock_gettime(CLOCK_MONOTONIC, &begin);
    struct error *err = sheet_reader_start(tally.arena, path, NULL, &r);
    while (!err && !(err = sheet_reader_next(r, &row)) && row.no)
        rows++;
    clock_gettime(CLOCK_MONOTONIC, &end);
    bool told = !err || (err->code == ERR_FILE_REFUSED && err->detail && *err->detail && strcmp(err->rule, "crashed"));
    if (!told || end.tv_sec - begin.tv_sec >= SECONDS) {
        print_error("%s: %s %s\n", path, err ? err->rule : "slow", err ? err->detail : "");
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

static void every_file_ends_well(void **state)
{
    static const char *const sets[] = {"poi-spreadsheets", "sheetjs-workbooks"};
    const char *root = getenv("TONGCHOU_CORPUS") ? getenv("TONGCHOU_CORPUS") : "../shared/corpus";
    (void)state;
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
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(every_file_ends_well)};
    return cmocka_run_group_tests_name("sheet/corpus", tests, NULL, NULL);
}
