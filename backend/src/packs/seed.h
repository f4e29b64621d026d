/* Seeders load a pack (backend/packs/) into the database; `tongchou-ctl seed` runs them in order, each in a transaction
 * of its own, and each may run again: it adds what is missing and leaves what a site has changed.
 *     SEEDER(warning_clocks, 30, warning_clocks_seed); */
#ifndef PACKS_SEED_H
#define PACKS_SEED_H

#include <jansson.h>

#include "kernel/error.h"
#include "kernel/str.h"

struct services;

struct seeder {
    const char *name;
    int order; /* 10 regions, sectors, organisations; 20 roles; 30 and up features */
    struct error *(*run)(struct services *s, struct arena *a);
};
#define SEEDER(id, at, run_function)                                  \
    static const struct seeder id##_seeder = {#id, at, run_function}; \
    static const struct seeder *const id##_seeder_registered __attribute__((section("seed_registry"), used)) = &id##_seeder

/* Demonstration data: made by a deterministic generator, marked is_demo, removed as a whole.
 *     DEMO(asset_demo, 40, asset_demo_load, asset_demo_remove); */
struct demo_part {
    const char *name;
    int order;
    struct error *(*load)(struct services *s, struct arena *a);
    struct error *(*remove)(struct services *s, struct arena *a);
};
#define DEMO(id, at, load_function, remove_function)                                     \
    static const struct demo_part id##_demo = {#id, at, load_function, remove_function}; \
    static const struct demo_part *const id##_demo_registered __attribute__((section("demo_registry"), used)) = &id##_demo

/* A pack by name ("roles.json"), parsed; lives in the arena. */
struct error *pack_read(struct services *s, struct arena *a, const char *name, json_t **out) MUST_CHECK;
/* One that is no JSON ("flows/x.bpmn"), as it stands; at most `most` bytes. */
struct error *pack_text(struct services *s, struct arena *a, const char *name, size_t most, struct str *out) MUST_CHECK;

/* All seeders, or all parts of the demonstration; for ctl and tests. */
struct error *seed_all(struct services *s, struct arena *a) MUST_CHECK;
struct error *demo_load_all(struct services *s, struct arena *a) MUST_CHECK;
struct error *demo_remove_all(struct services *s, struct arena *a) MUST_CHECK;

#endif
