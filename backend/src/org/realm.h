/* Realms: an organisation that runs its own sub-system on the platform (orgs.is_realm). Configuration (forms, dictionaries,
 * flows, templates, groups, clocks, settings) belongs to a realm or, with realm_org_id NULL, to the platform itself;
 * look-up goes from the nearest realm above an organisation upward, the platform's own last.
 *
 *     #define X "SELECT ... FROM flows f WHERE" IN_REALMS(f) "AND f.kind = :kind ORDER BY" REALM_ORDER(f) "LIMIT 1"
 *     ARGS(REALM_ARGS(&realms), A_STR("kind", kind)) */
#ifndef ORG_REALM_H
#define ORG_REALM_H

#include "http/request.h"

enum { REALM_MAX = 7 };

/* Nearest first; keys past count repeat the platform's own, so that all can be bound. */
struct realms {
    char key[REALM_MAX][37]; /* realm_key: an organisation's id, or the nil UUID for the platform */
    size_t count;            /* 1 .. REALM_MAX */
};

/* The realms above (and at) a place in the tree. */
struct error *realm_chain(struct db *db, struct arena *a, const struct org_stamp *org, struct realms *out) MUST_CHECK;

/* Whose configuration the caller may write. asked is a realm's organisation, or empty: the platform's own for those who see
 * all of it, otherwise the nearest realm inside the caller's scope. out is "" for the platform; stamp is whose act it is.
 * ERR_INVALID (field realm) when there is none, 404 when the one asked for is no realm in scope. */
struct error *realm_for_write(struct request *r, struct str asked, char out[37], struct org_stamp *stamp) MUST_CHECK;
/* Configuration that is there already: may the caller change it? 404 otherwise. realm is "" for the platform. */
struct error *realm_may_write(struct request *r, struct str realm, struct org_stamp *stamp) MUST_CHECK;

#define REALM_KEYS ":realm0, :realm1, :realm2, :realm3, :realm4, :realm5, :realm6"
#define IN_REALMS(t) " " #t ".realm_key IN (" REALM_KEYS ") "
#define REALM_ORDER(t) " FIELD(" #t ".realm_key, " REALM_KEYS ") "
#define REALM_ARGS(r)                                                                                               \
    A_Z("realm0", (r)->key[0]), A_Z("realm1", (r)->key[1]), A_Z("realm2", (r)->key[2]), A_Z("realm3", (r)->key[3]), \
        A_Z("realm4", (r)->key[4]), A_Z("realm5", (r)->key[5]), A_Z("realm6", (r)->key[6])

#endif
