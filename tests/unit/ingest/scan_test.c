#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <dirent.h>
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "ingest/scan.h"

static const char *const PATHS[] = {"a", "b.c", "b.d.e", "list.[0]", "n"};
enum { A, BC, BDE, FIRST, N, PATH_COUNT };

static struct arena *arena;
static struct scan_fields *fields;

static int setup(void **state)
{
    (void)state;
    arena = arena_new(64 << 20);
    fields = scan_compile(arena, PATHS, PATH_COUNT);
    return fields ? 0 : -1;
}

static int teardown(void **state)
{
    (void)state;
    arena_free(arena);
    return 0;
}

static enum scan_result scan(const char *text, struct scan_value *v)
{
    size_t n = strlen(text);
    char *exact = malloc(n + 1); /* without a NUL behind: reading past the end is seen */
    memcpy(exact, text, n);
    enum scan_result r = scan_line(fields, (struct str){exact, n}, v, NULL);
    for (size_t i = 0; i < PATH_COUNT; i++)
        v[i].raw = (struct str){str_dup(arena, v[i].raw), v[i].raw.n};
    free(exact);
    return r;
}

static void picks_values(void **state)
{
    (void)state;
    struct scan_value v[PATH_COUNT];
    assert_int_equal(
        scan(
            " {\"x\":[{\"a\":1}],\"a\":\"q\\u0041\\ud83d\\ude00\\n\",\"b\":{\"c\":-1.5e3,\"d\":{\"e\":true}},\"list\":[\"p\",\"q\"],\"n\":9223372036854775807} ",
            v),
        SCAN_OK);
    struct str s = scan_text(arena, &v[A]);
    assert_int_equal(s.n, 7);
    assert_memory_equal(s.p, "qA\xf0\x9f\x98\x80\n", 7);
    assert_true(str_is(scan_text(arena, &v[BC]), "-1.5e3"));
    assert_int_equal(v[BDE].type, SCAN_TRUE);
    assert_true(str_is(scan_text(arena, &v[FIRST]), "p"));
    assert_true(str_is(v[N].raw, "9223372036854775807"));
    assert_int_equal(scan("{\"\\u0061\":1,\"b\":null,\"list\":[]}", v), SCAN_OK);
    assert_true(str_is(v[A].raw, "1"));
    assert_int_equal(v[BC].type, SCAN_ABSENT);
    assert_int_equal(v[FIRST].type, SCAN_ABSENT);
}

static void refuses_duplicates(void **state)
{
    (void)state;
    struct scan_value v[PATH_COUNT];
    assert_int_equal(scan("{\"a\":1,\"a\":1}", v), SCAN_DUPLICATE);
    assert_int_equal(scan("{\"a\":1,\"\\u0061\":1}", v), SCAN_DUPLICATE);
    assert_int_equal(scan("{\"b\":{\"c\":1},\"b\":{}}", v), SCAN_DUPLICATE);
    assert_int_equal(scan("{\"b\":{\"c\":1},\"x\":{\"c\":1},\"c\":2}", v), SCAN_OK);
}

static void depth_has_a_limit(void **state)
{
    (void)state;
    struct scan_value v[PATH_COUNT];
    char text[2 * SCAN_DEPTH + 8] = "";
    memset(text, '[', SCAN_DEPTH);
    memset(text + SCAN_DEPTH, ']', SCAN_DEPTH);
    assert_int_equal(scan(text, v), SCAN_OK);
    memset(text, '[', SCAN_DEPTH + 1);
    memset(text + SCAN_DEPTH + 1, ']', SCAN_DEPTH + 1);
    assert_int_equal(scan(text, v), SCAN_TOO_DEEP);
}

static void follows_the_json_test_suite(void **state)
{
    (void)state;
    const char *dir = getenv("TONGCHOU_CORPUS");
    char base[500], path[900];
    snprintf(base, sizeof base, "%s/json-testsuite/test_parsing", dir ? dir : "../shared/corpus");
    DIR *d = opendir(base);
    if (!d) {
        print_message("skipped: no JSON test suite at %s\n", base);
        skip();
    }
    int seen = 0, wrong = 0;
    for (struct dirent *f; (f = readdir(d));) {
        if (f->d_name[0] != 'y' && f->d_name[0] != 'n')
            continue;
        snprintf(path, sizeof path, "%s/%s", base, f->d_name);
        FILE *in = fopen(path, "rb");
        static char text[1 << 20];
        size_t n = fread(text, 1, sizeof text, in);
        fclose(in);
        char *exact = malloc(n + 1);
        memcpy(exact, text, n);
        struct scan_value v[PATH_COUNT];
        enum scan_result r = scan_line(fields, (struct str){exact, n}, v, NULL);
        free(exact);
        /* A wanted key twice is well-formed JSON that we refuse all the same. */
        bool ok = r == SCAN_OK || (r == SCAN_DUPLICATE && strstr(f->d_name, "duplicated_key"));
        if (ok != (f->d_name[0] == 'y')) {
            print_error("%s: result %d\n", f->d_name, (int)r);
            wrong++;
        }
        seen++;
    }
    closedir(d);
    assert_int_equal(wrong, 0);
    assert_true(seen > 20);
}

static const char SEED[] =
    "{\"timestamp\":\"2026-11-23T08:30:00.123456+0800\",\"flow_id\":1234567890123456789,\"a\":\"x\\u00e9\\\\ \xe4\xbd\xa0\",\"b\":{\"c\":[1,-0,0.5,1e9,2E-3],"
    "\"d\":{\"e\":false,\"f\":null}},\"list\":[{\"k\":\"v\"},[],{},\"\"],\"n\":-12.75,\"z\":\"\\ud83d\\ude00\\/\\b\\f\\n\\r\\t\\\"\"}";

/* 1 well-formed, 0 not, -1 unknown: jansson stops at numbers that its types cannot hold and at NUL in keys. */
static int reference(const char *p, size_t n)
{
    json_error_t e;
    json_t *j = json_loadb(p, n, JSON_DECODE_ANY | JSON_ALLOW_NUL, &e);
    if (!j && (json_error_code(&e) == json_error_numeric_overflow || json_error_code(&e) == json_error_null_byte_in_key))
        return -1;
    json_decref(j);
    return j != NULL;
}

static void agrees_with_jansson_on_mutations(void **state)
{
    (void)state;
    static const char bytes[] = "{}[]\",:\\u0123456789abcdefE+-. tnrl\x80\xc3\xed\xf4\x1f";
    srandom(11);
    size_t n0 = sizeof SEED - 1, right = 0;
    for (int i = 0; i < 60000; i++) {
        char text[600];
        size_t n = n0;
        memcpy(text, SEED, n0);
        for (long k = random() % 3; k >= 0 && n > 1; k--) {
            size_t at = (size_t)random() % n;
            char c = bytes[(size_t)random() % (sizeof bytes - 1)];
            switch (random() % 4) {
            case 0:
                text[at] = c;
                break;
            case 1:
                memmove(text + at, text + at + 1, n - at - 1);
                n--;
                break;
            case 2:
                memmove(text + at + 1, text + at, n - at);
                text[at] = c;
                n++;
                break;
            default:
                n = at + 1;
            }
        }
        char *exact = malloc(n);
        memcpy(exact, text, n);
        struct scan_value v[PATH_COUNT];
        enum scan_result r = scan_line(fields, (struct str){exact, n}, v, NULL);
        int want = reference(exact, n);
        if (r != SCAN_DUPLICATE && want >= 0 && (r == SCAN_OK) != want)
            fail_msg("differs (%d): %.*s", (int)r, (int)n, exact);
        right += r == SCAN_OK;
        free(exact);
    }
    assert_true(right > 1000); /* not all of them broken */
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(picks_values), cmocka_unit_test(refuses_duplicates),
                                       cmocka_unit_test(depth_has_a_limit), cmocka_unit_test(follows_the_json_test_suite),
                                       cmocka_unit_test(agrees_with_jansson_on_mutations)};
    return cmocka_run_group_tests_name("ingest/scan", tests, setup, teardown);
}
