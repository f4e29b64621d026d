#include "packs/seed.h"

#include <stdio.h>
#include <stdlib.h>

#include "http/services.h"
#include "kernel/log.h"

enum { MAX_PARTS = 64 };

extern const struct seeder *const __start_seed_registry[] __attribute__((weak));
extern const struct seeder *const __stop_seed_registry[] __attribute__((weak));
extern const struct demo_part *const __start_demo_registry[] __attribute__((weak));
extern const struct demo_part *const __stop_demo_registry[] __attribute__((weak));

static void drop_json(void *p)
{
    json_decref(p);
}

struct error *pack_read(struct services *s, struct arena *a, const char *name, json_t **out)
{
    const char *path = arena_printf(a, "%s/packs/%s", s->config->share_dir, name);
    json_error_t why;
    json_t *v = json_load_file(path, JSON_REJECT_DUPLICATES, &why);
    if (!v)
        return error_new(a, ERR_INTERNAL, "pack %s: line %d: %s", name, why.line, why.text);
    arena_cleanup(a, drop_json, v);
    *out = v;
    return NULL;
}

struct error *pack_text(struct services *s, struct arena *a, const char *name, size_t most, struct str *out)
{
    const char *path = arena_printf(a, "%s/packs/%s", s->config->share_dir, name);
    FILE *f = fopen(path, "rb");
    if (!f)
        return error_new(a, ERR_INTERNAL, "pack %s cannot be read", name);
    char *text = arena_alloc(a, most + 1);
    *out = (struct str){text, fread(text, 1, most + 1, f)};
    fclose(f);
    return out->n <= most ? NULL : error_new(a, ERR_INTERNAL, "pack %s is longer than %zu bytes", name, most);
}

static struct error *in_transaction(struct services *s, struct arena *a, const char *name,
                                    struct error *(*run)(struct services *, struct arena *))
{
    log_info("packs", "%s", name);
    TRY(db_begin(s->db, a));
    struct error *e = run(s, a);
    if (e) {
        db_rollback(s->db);
        e->field = name;
        return e;
    }
    return db_in_transaction(s->db) ? db_commit(s->db, a) : NULL;
}

static int by_order_seed(const void *x, const void *y)
{
    const struct seeder *const *a = x, *const *b = y;
    return (*a)->order - (*b)->order;
}

struct error *seed_all(struct services *s, struct arena *a)
{
    const struct seeder *list[MAX_PARTS];
    size_t n = 0;
    for (const struct seeder *const *p = __start_seed_registry; p < __stop_seed_registry && n < MAX_PARTS; p++)
        list[n++] = *p;
    qsort(list, n, sizeof *list, by_order_seed);
    for (size_t i = 0; i < n; i++)
        TRY(in_transaction(s, a, list[i]->name, list[i]->run));
    return NULL;
}

static int by_order_demo(const void *x, const void *y)
{
    const struct demo_part *const *a = x, *const *b = y;
    return (*a)->order - (*b)->order;
}

static size_t demo_parts(const struct demo_part **list)
{
    size_t n = 0;
    for (const struct demo_part *const *p = __start_demo_registry; p < __stop_demo_registry && n < MAX_PARTS; p++)
        list[n++] = *p;
    qsort(list, n, sizeof *list, by_order_demo);
    return n;
}

struct error *demo_load_all(struct services *s, struct arena *a)
{
    const struct demo_part *list[MAX_PARTS];
    size_t n = demo_parts(list);
    for (size_t i = 0; i < n; i++)
        TRY(in_transaction(s, a, list[i]->name, list[i]->load));
    return NULL;
}

struct error *demo_remove_all(struct services *s, struct arena *a)
{
    const struct demo_part *list[MAX_PARTS];
    for (size_t i = demo_parts(list); i > 0; i--)
        TRY(in_transaction(s, a, list[i - 1]->name, list[i - 1]->remove));
    return NULL;
}
