/* A running import, shared by import_jobs.c (chunks), import_place.c (organisations, numbers, spaces) and import_match.c
 * (what the registry and the file hold already); inside assets/ only. */
#ifndef ASSETS_IMPORT_RUN_H
#define ASSETS_IMPORT_RUN_H

#include "assets/import.h"
#include "assets/import_store.h"
#include "audit/audit.h"
#include "queue/job.h"

/* Asset, address, history and row result of each: 4,000 rows in a transaction. */
enum { IMPORT_CHUNK = 1000, IMPORT_ORGS_MAX = 20000 };

struct org_entry {
    struct str name, uscc;
    char id[37];
    bool known, placed; /* stamp is read; issuer and space are */
    struct org_stamp stamp;
    char issuer[13], space[37];
};
/* Numbers taken ahead for one organisation and class. */
struct number_series {
    uint64_t next, left, block;
};
struct key_set {
    uint64_t *slot; /* 0: free; malloc, freed by the arena */
    size_t cap, n;
};
struct import {
    struct job *job;
    struct arena *a;
    const struct catalogue *catalogue;
    struct import_header header;
    struct str titles[IMPORT_COLUMNS_MAX];
    struct scope scope;
    struct org_entry *orgs, *own;
    struct org_entry **by_name, **by_uscc;
    struct number_series *series; /* organisation x class */
    size_t org_count;
    char internet[37];
    struct key_set seen;
    struct ref_words *words;
    bool dry;
    int64_t last; /* row number of the last committed row */
};
/* A row that was read and is good so far. */
struct pending {
    struct asset *x;
    struct org_entry *org;
    int64_t row;
    struct asset *was; /* what the registry holds of it; NULL: new */
    const char *refused;
};

/* ---- import_place.c ---- */
struct error *import_orgs_load(struct import *m) MUST_CHECK;
/* NULL: no organisation of that name or code in the importer's scope. An empty text: the importer's own. */
struct error *import_org_find(struct import *m, struct str text, struct org_entry **out) MUST_CHECK;
/* Spaces of the addresses. */
struct error *import_spaces(struct import *m, struct org_entry *org, struct asset *x) MUST_CHECK;
/* Numbers and spaces of new assets. Commits blocks of numbers by itself: gaps are allowed, repeats are not. */
struct error *import_place(struct import *m, struct pending *const *list, size_t n) MUST_CHECK;

/* ---- import_match.c ---- */
void import_seen_begin(struct import *m);
/* Assets that this import has settled already, when a worker takes it over. */
struct error *import_seen_load(struct import *m) MUST_CHECK;
/* False when the same asset stands above in the file, by number or by match key. */
bool import_first_seen(struct import *m, const struct asset *x);
/* Fills was and refused. */
struct error *import_match(struct import *m, struct pending *list, size_t n) MUST_CHECK;

#endif
