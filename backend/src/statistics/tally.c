#include "statistics/tally.h"

enum { SLOTS = 65536 /* a power of two, well over TALLY_ROWS */ };

void tally_begin(struct arena *a, struct tally *out)
{
    *out = (struct tally){.arena = a};
    out->rows = arena_array(a, TALLY_ROWS, sizeof *out->rows);
    out->slots = arena_zalloc(a, SLOTS * sizeof *out->slots);
}

static uint32_t mix(uint32_t h, struct str s)
{
    for (size_t i = 0; i < s.n; i++)
        h = (h ^ (unsigned char)s.p[i]) * 16777619u;
    return (h ^ 0xFF) * 16777619u;
}

static uint32_t *slot_of(const struct tally *t, struct str class, struct str dimension, struct str value)
{
    uint32_t h = mix(mix(mix(2166136261u, class), dimension), value);
    for (;; h++) {
        uint32_t *slot = &t->slots[h % SLOTS];
        const struct tally_row *r = *slot ? &t->rows[*slot - 1] : NULL;
        if (!r || (str_eq(r->value, value) && str_eq(r->dimension, dimension) && str_eq(r->class, class)))
            return slot;
    }
}

void tally_add(struct tally *t, struct str class, struct str dimension, struct str value, int64_t n)
{
    uint32_t *slot = slot_of(t, class, dimension, value);
    if (!*slot) {
        if (t->count == TALLY_ROWS)
            return;
        t->rows[t->count++] = (struct tally_row){class, dimension, {str_dup(t->arena, value), value.n}, 0};
        *slot = (uint32_t)t->count;
    }
    t->rows[*slot - 1].n += n;
}

int64_t tally_of(const struct tally *t, struct str class, struct str dimension, struct str value)
{
    uint32_t slot = *slot_of(t, class, dimension, value);
    return slot ? t->rows[slot - 1].n : 0;
}

void tally_difference(const struct tally *now, const struct tally *before, struct tally *out)
{
    for (size_t i = 0; i < now->count; i++) {
        const struct tally_row *r = &now->rows[i];
        int64_t d = r->n - tally_of(before, r->class, r->dimension, r->value);
        if (d)
            tally_add(out, r->class, r->dimension, r->value, d);
    }
    for (size_t i = 0; i < before->count; i++) {
        const struct tally_row *r = &before->rows[i];
        if (r->n && !*slot_of(now, r->class, r->dimension, r->value))
            tally_add(out, r->class, r->dimension, r->value, -r->n);
    }
}

/* Free text, of which an organisation might have as many values as assets. */
static void add_text(struct tally *t, struct str class, struct str dimension, struct str value)
{
    value = str_chars(str_trim(value), TALLY_VALUE_CHARS);
    if (*slot_of(t, class, dimension, value)) {
        tally_add(t, class, dimension, value, 1);
        return;
    }
    size_t different = 0;
    for (size_t i = 0; i < t->count; i++)
        different += str_eq(t->rows[i].dimension, dimension) && str_eq(t->rows[i].class, class);
    tally_add(t, class, dimension, different < TALLY_VALUES || !value.n ? value : STR(TALLY_OTHERS), 1);
}

static void add_server(struct tally *t, const struct counted *x)
{
    bool is_virtual = x->is_virtual || str_is(x->category, "01.10");
    tally_add(t, x->class, STR("server_kind"), is_virtual ? STR("virtual") : STR("physical"), 1);
    tally_add(t, x->class, STR("server_origin"), x->os_origin, 1);
    add_text(t, x->class, STR("server_os"), x->os);
    struct buf b = buf_new(t->arena, 64, 1024);
    buf_str(&b, str_chars(x->os, TALLY_VALUE_CHARS));
    if (x->os.n && x->os_version.n) {
        buf_c(&b, ' ');
        buf_str(&b, str_chars(x->os_version, TALLY_VALUE_CHARS));
    }
    add_text(t, x->class, STR("server_version"), buf_done(&b));
}

static struct str scale(int64_t users)
{
    return users >= 100000  ? STR("100000")
           : users >= 10000 ? STR("10000")
           : users >= 1000  ? STR("1000")
           : users > 0      ? STR("1")
                            : STR("0");
}

void tally_asset(struct tally *t, const struct counted *x)
{
    const struct {
        struct str dimension, value;
    } codes[] = {{STR("total"), STR("")},
                 {STR("category"), x->category},
                 {STR("state"), x->state},
                 {STR("importance"), x->importance},
                 {STR("network"), x->network},
                 {STR("mlps"), x->mlps},
                 {STR("origin"), x->origin},
                 {STR("source"), x->source},
                 {STR("exposed"), x->exposed ? STR("1") : STR("0")}};
    for (size_t i = 0; i < sizeof codes / sizeof *codes; i++)
        tally_add(t, x->class, codes[i].dimension, codes[i].value, 1);
    bool hardware = str_is(x->class, "hardware"), software = str_is(x->class, "software");
    if (hardware || software)
        add_text(t, x->class, STR("vendor"), hardware ? x->brand : x->vendor);
    if (hardware && str_starts(x->category, STR("01")))
        add_server(t, x);
    if (str_is(x->class, "system"))
        tally_add(t, x->class, STR("users"), scale(x->users), 1);
}
