/* Code lists (dictionaries): items by code, with a label in each language, perhaps below another item of the same list.
 * Pure; loading and editing are in dictionary_store.c. A realm's own list of a name takes the place of the platform's. */
#ifndef FORMS_CODE_H
#define FORMS_CODE_H

#include "http/principal.h"
#include "http/services.h"
#include "kernel/error.h"
#include "kernel/str.h"

enum { CODE_LISTS_MAX = 500, CODE_ITEMS_MAX = 5000, CODE_ALL_MAX = 100000 /* of all lists together */, CODE_DEPTH_MAX = 6 };

struct code_item {
    struct str code, label_zh, label_en, parent;
    bool retired; /* named in what is there, offered for nothing new */
};
struct code_list {
    struct str name, realm; /* realm: the organisation whose own list it is; empty: the platform's */
    struct code_item *items;
    size_t count;
};
struct codes {
    struct code_list *lists;
    size_t count;
};

/* By code or by either label. */
const struct code_item *code_find(const struct code_item *items, size_t n, struct str code_or_label);
/* By code alone; NULL when there is none, also for list NULL. */
const struct code_item *code_exact(const struct code_list *list, struct str code);
/* How near a realm is to a place: 0 the platform's own, 1 .. 6 the level of the realm above it, -1 when it is not above it. */
int realm_nearness(struct str realm, const struct org_stamp *org);
/* The list of a name that holds at a place; org NULL: the platform's. NULL when there is none. */
const struct code_list *codes_list(const struct codes *c, const char *name, const struct org_stamp *org);
/* "A / B / C" from the top of the tree down to the item, in the language. */
struct str code_path(struct arena *a, const struct code_list *list, const struct code_item *i, const char *lang);
/* By code, by path ("A/B/C", labels of either language), or by a label that only one item has (below parent, when given). */
const struct code_item *code_meant(const struct code_list *list, struct str text, struct str parent);

/* All active items of all realms into the arena. */
struct error *codes_load(struct services *s, struct arena *a, struct arena *keep, struct codes *out) MUST_CHECK;

#endif
