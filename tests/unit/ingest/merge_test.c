#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>

#include "ingest/batch.h"
#include "ingest/merge.h"

static struct arena *arena;

static int setup(void **state)
{
    (void)state;
    arena = arena_new(64 << 20);
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    arena_free(arena);
    return 0;
}

static struct event_key key_of(int n)
{
    struct event_key k = {{0}};
    memcpy(k.b + 8, &n, sizeof n); /* the table must tell keys apart whose first bytes are equal */
    return k;
}

static struct event *event_of(int key, int alias, int64_t at, int64_t count, const char *status)
{
    struct event *e = arena_zalloc(arena, sizeof *e);
    *e = (struct event){.at = at, .count = count, .status = str_of(status), .key = key_of(key), .has_alias = alias > 0};
    if (alias)
        e->alias = key_of(alias);
    return e;
}

static struct event *update_of(int key, const char *status)
{
    struct event *e = event_of(key, 0, 0, 1, status);
    e->kind = EVENT_UPDATE;
    return e;
}

static struct merge merge_of(size_t n, struct event *const *events)
{
    struct merge m;
    merge_begin(arena, n, &m);
    for (size_t i = 0; i < n; i++)
        merge_line(&m, events[i], i);
    return m;
}

static void repetition_adds_nothing(void **state)
{
    (void)state;
    struct event *e = event_of(1, 0, 50, 3, "open");
    struct merge m = merge_of(3, (struct event *[]){e, e, event_of(2, 0, 51, 1, "")});
    assert_int_equal(m.slot_count, 2);
    assert_int_equal(m.slots[0].count, 3);
    assert_int_equal(m.slots[0].last_at, 50);
    assert_int_equal(m.slots[1].line, 2);
}

static void aggregation_keeps_the_largest_count_and_the_latest_status(void **state)
{
    (void)state;
    struct merge m = merge_of(4, (struct event *[]){event_of(9, 1, 100, 2, "open"), event_of(9, 2, 300, 7, "processing"),
                                                    event_of(9, 3, 200, 5, "closed"), event_of(9, 2, 300, 7, "open")});
    assert_int_equal(m.slot_count, 1);
    assert_int_equal(m.key_count, 4);
    assert_int_equal(m.slots[0].count, 7);
    assert_int_equal(m.slots[0].last_at, 300);
    assert_true(str_is(m.slots[0].status, "processing"));
}

static void a_change_of_status_wins_until_something_later_comes(void **state)
{
    (void)state;
    struct merge m =
        merge_of(3, (struct event *[]){event_of(9, 1, 100, 1, "open"), update_of(1, "closed"), event_of(9, 1, 100, 2, "open")});
    assert_int_equal(m.slot_count, 1);
    assert_true(str_is(m.slots[0].pushed, "closed"));
    assert_int_equal(m.slots[0].count, 2);
    m = merge_of(3, (struct event *[]){event_of(9, 1, 100, 1, "open"), update_of(1, "closed"), event_of(9, 2, 400, 2, "open")});
    assert_int_equal(m.slots[0].pushed.n, 0);
    assert_true(str_is(m.slots[0].status, "open"));
}

static void a_change_of_status_may_come_first(void **state)
{
    (void)state;
    struct merge m = merge_of(1, (struct event *[]){update_of(1, "closed")});
    assert_null(m.slots[0].event);
    m = merge_of(2, (struct event *[]){update_of(1, "closed"), event_of(9, 1, 100, 1, "open")});
    assert_int_equal(m.slot_count, 1);
    assert_non_null(m.slots[0].event);
    assert_true(str_is(m.slots[0].pushed, "closed"));
    /* The event of the group is there already when its second name turns up. */
    m = merge_of(3, (struct event *[]){event_of(9, 1, 100, 1, "open"), update_of(2, "closed"), event_of(9, 2, 100, 1, "open")});
    assert_true(m.slots[1].merged_away);
    assert_true(str_is(m.slots[0].pushed, "closed"));
    for (size_t i = 0; i < m.key_count; i++)
        assert_int_equal(m.keys[i].slot, 0);
}

/* ---- batches ---- */
static void a_batch_gives_back_its_lines_by_partition(void **state)
{
    (void)state;
    enum { N = 1000 };
    struct batch_line lines[N];
    struct batch b;
    struct str *out;
    for (int i = 0; i < N; i++)
        lines[i] =
            (struct batch_line){str_of(arena_printf(arena, "{\"n\":%d} \r", i)), (unsigned)i % 3 ? 5 : (unsigned)i % PARTITIONS};
    assert_int_equal(batch_fill(lines, N), N);
    batch_pack(arena, lines, N, &b);
    assert_true(batch_open(arena, b.body, b.lines, b.bytes, &out));
    size_t seen = 0;
    for (size_t p = 0; p < b.part_count; p++) {
        int last = -1;
        assert_in_range(b.parts[p].count, 1, PART_LINES);
        assert_int_equal(b.parts[p].first, seen);
        for (uint32_t i = b.parts[p].first; i < b.parts[p].first + b.parts[p].count; i++, seen++) {
            int n = -1;
            assert_int_equal(sscanf(out[i].p, "{\"n\":%d}", &n), 1);
            assert_true(str_eq(out[i], lines[n].text));
            assert_int_equal(lines[n].part, b.parts[p].part);
            assert_true(n > last);
            last = n;
        }
    }
    assert_int_equal(seen, N);
    assert_false(batch_open(arena, (struct str){b.body.p, b.body.n - 1}, b.lines, b.bytes, &out));
    assert_false(batch_open(arena, b.body, b.lines - 1, b.bytes, &out));
    assert_false(batch_open(arena, b.body, b.lines, b.bytes + 1, &out));
}

static void a_batch_stays_below_a_mebibyte_whatever_the_lines_are(void **state)
{
    (void)state;
    enum { N = 5000, LONG = 3000 };
    struct batch_line *lines = arena_array(arena, N, sizeof *lines);
    uint32_t seed = 7;
    for (int i = 0; i < N; i++) {
        char *p = arena_alloc(arena, LONG);
        for (int k = 0; k < LONG; k++) {
            seed = seed * 1664525u + 1013904223u;
            p[k] = (char)(' ' + (seed >> 24) % 95);
        }
        lines[i] = (struct batch_line){{p, i % 2 ? 10 : LONG}, (unsigned)i % PARTITIONS};
    }
    size_t at = 0, batches = 0;
    for (size_t n; at < N; at += n, batches++) {
        struct batch b;
        n = batch_fill(lines + at, N - at);
        assert_in_range(n, 1, BATCH_LINES);
        batch_pack(arena, lines + at, n, &b);
        assert_in_range(b.body.n, 1, 1 << 20);
    }
    assert_in_range(batches, 7, 9);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(repetition_adds_nothing),
                                       cmocka_unit_test(aggregation_keeps_the_largest_count_and_the_latest_status),
                                       cmocka_unit_test(a_change_of_status_wins_until_something_later_comes),
                                       cmocka_unit_test(a_change_of_status_may_come_first),
                                       cmocka_unit_test(a_batch_gives_back_its_lines_by_partition),
                                       cmocka_unit_test(a_batch_stays_below_a_mebibyte_whatever_the_lines_are)};
    return cmocka_run_group_tests_name("ingest/merge", tests, setup, teardown);
}
