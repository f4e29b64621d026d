/* Whose is it? For events, discovered hosts and whoever asks: the claims of the registry, and the verdict told to people.
 *
 * Claims are the addresses of registered assets (asset_addresses: exact, range, domain, host of an URL; never a MAC) and
 * the sector defaults of configuration. A question is asked with its own time and, for an address that is not public, its
 * address space. Two ways to the same verdict:
 *   owner_index + ownership_resolve: all claims in this process; for workers that resolve thousands a second;
 *   owner_ask: reads only the claims that the question touches; for API children, which keep nothing.
 *
 * Ownership of memory: the index is the process's own; it and results that point into it live until the next call of
 * owner_index. What owner_ask gives lives in the arena. Errors: the database's. */
#ifndef OWNERSHIP_OWNER_H
#define OWNERSHIP_OWNER_H

#include "http/request.h"
#include "http/services.h"
#include "json/write.h"
#include "ownership/ownership.h"

/* Loaded at the first call (100,000 claims: under a second), then kept up by the outbox: at most about a second behind the
 * registry. Between two looks a call costs a clock reading. */
struct error *owner_index(struct services *s, struct arena *a, const struct ownership_index **out) MUST_CHECK;
/* The same, as of now; change_seq says how far in the outbox that is. What was resolved with it and is committed later than
 * a change that came meanwhile is missed by that change's consumers: ask again after the commit, and resolve once more if
 * change_seq has moved. */
struct error *owner_index_now(struct services *s, struct arena *a, const struct ownership_index **out,
                              uint64_t *change_seq) MUST_CHECK;
/* The same, with the change of that change_seq (topic "asset" or "sector_default") applied: for consumers of the outbox. */
struct error *owner_index_at(struct services *s, struct arena *a, uint64_t change_seq,
                             const struct ownership_index **out) MUST_CHECK;
/* In the transaction that changes claims past the outbox (a demonstration removed, sector defaults): every process loads
 * its index again. */
struct error *owner_reload(struct services *s, struct arena *a) MUST_CHECK;

/* The sector step's key (ownership_query.sector) of what an organisation's sensor or scanner saw: the default of its
 * nearest realm, else the platform's; empty when there is none. Ask once per source, not per event. */
struct str owner_sector(const struct ownership_index *x, struct arena *a, const struct org_stamp *seen_by);

/* seen_by: as above, NULL when nobody saw it. q->sector is filled in. */
struct error *owner_ask(struct services *s, struct arena *a, const struct ownership_query *q, const struct org_stamp *seen_by,
                        struct ownership *out) MUST_CHECK;

/* What is stored beside an event or a host. */
struct owner_brief {
    enum verdict verdict;
    const char *method;          /* "address", ...; NULL for none */
    int confidence;              /* 0-100 */
    const struct org_stamp *org; /* only of an owned one; lives until the next owner_index */
    char asset_id[37];           /* "" when none, or several of the same organisation */
};
/* For those who use owner_index: organisations are read once and kept for a minute; NULL for one that is gone. */
struct error *owner_stamp(struct services *s, struct arena *a, const struct own_id *org, const struct org_stamp **out) MUST_CHECK;
/* An organisation that is gone owns nothing: the verdict is then `unowned`. */
struct error *owner_brief_of(struct services *s, struct arena *a, const struct ownership *o, struct owner_brief *out) MUST_CHECK;

/* The contract's `Ownership`. The verdict, steps and weights are told to whoever may ask; an organisation outside the
 * caller's scope is not named, nor its assets, persons and registered values: their members are null or missing. */
struct error *owner_write(struct request *r, struct jw *w, const char *key, const struct ownership *o) MUST_CHECK;

#endif
