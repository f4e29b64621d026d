/* Organisations: the tree, its scope stamps, address spaces. */
#ifndef ORG_ORG_H
#define ORG_ORG_H

#include "http/org_columns.h"
#include "http/principal.h"
#include "kernel/error.h"
#include "sql/sql.h"

/* The same for array binding: eight columns of n values. */
enum { ORG_COLUMN_COUNT = 8 };
void org_stamp_columns(struct arena *a, const struct org_stamp *const *orgs, size_t n, struct sql_column out[ORG_COLUMN_COUNT]);

/* The stamp of an active organisation, whatever the caller's scope; found says whether there is one. */
struct error *org_stamp_get(struct db *db, struct arena *a, const char *org_id, struct org_stamp *out, bool *found) MUST_CHECK;
/* The same, but only inside the scope: an organisation outside it is not found. */
struct error *org_stamp_in_scope(struct db *db, struct arena *a, const struct scope *scope, const char *org_id,
                                 struct org_stamp *out, bool *found) MUST_CHECK;
/* The active organisation inside the scope that a person means by its name, credit code or id; not found, too, when several have the name. */
struct error *org_meant(struct db *db, struct arena *a, const struct scope *scope, struct str text, struct org_stamp *out,
                        bool *found) MUST_CHECK;
/* The address space of an organisation's private addresses (made on first use), and the one of the internet. */
struct error *org_private_space(struct db *db, struct arena *a, const struct org_stamp *org, char out[37]) MUST_CHECK;
/* The same without making one: "" when there is none yet. */
struct error *org_private_space_find(struct db *db, struct arena *a, const char *org_id, char out[37]) MUST_CHECK;
struct error *org_internet_space(struct db *db, struct arena *a, char out[37]) MUST_CHECK;
/* The spaces that the scope may look into, at most 500: id, kind, name, org_id. q (part of a name) may be empty. */
struct error *org_spaces(struct db *db, struct arena *a, const struct scope *scope, struct str q, struct rows *out) MUST_CHECK;
/* A space that the scope may look into: a shared one, or the private one of an organisation inside it. */
struct error *org_space_usable(struct db *db, struct arena *a, const struct scope *scope, const char *space_id,
                               bool *out) MUST_CHECK;
/* Is there such a person inside the scope? */
struct error *person_in_scope(struct db *db, struct arena *a, const struct scope *scope, const char *id, bool *found) MUST_CHECK;
/* The row scope that follows from an organisation: its subtree, or only itself. */
struct scope org_scope_subtree(const struct org_stamp *org);
struct scope org_scope_own(const struct org_stamp *org);
bool org_scope_contains(const struct scope *scope, const struct org_stamp *org);

#endif
