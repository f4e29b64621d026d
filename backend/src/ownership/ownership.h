/* Whose is it? The pure resolver: an index over claims, and a verdict with its evidence.
 *
 * Evidence in this order, the first that speaks decides: exact address of an asset, domain (then its parents, never a bare
 * top-level name), the most specific range round the address, the sector's default; else `unowned`. Several organisations
 * on the same step make the verdict `ambiguous` with the candidates, never a guess. Later steps that disagree stay in the
 * chain with a negative weight and lower the confidence. An address means something only inside its space; a publicly
 * routable one is always looked up in the space `internet`. Only claims that were valid at the asked time count; when no
 * step has one, the first to register the address, name or range since then counts as a late registration: owned, with
 * less confidence and a remark, so that an alert from before the registration finds its owner. Whoever gave it up before
 * the asked time does not come back.
 *
 * Ownership: the index owns copies of everything given; ownership_index_free frees it. Results point into the index and
 * live until it changes. Not thread-safe. Times: microseconds since 1970 UTC, 0 = open end. No SQL, HTTP or clock. */
#ifndef OWNERSHIP_OWNERSHIP_H
#define OWNERSHIP_OWNERSHIP_H

#include <stdbool.h>
#include <stdint.h>

#include "kernel/ip.h"
#include "kernel/str.h"

/* An id in 16 bytes; all zero is none. */
struct own_id {
    unsigned char b[16];
};
bool own_id_parse(struct str text, struct own_id *out); /* UUID text; empty gives none */
void own_id_text(const struct own_id *id, char out[37]);
bool own_id_none(const struct own_id *id);
bool own_id_eq(const struct own_id *a, const struct own_id *b);

enum claim_kind { CLAIM_ADDRESS, CLAIM_DOMAIN, CLAIM_RANGE, CLAIM_SECTOR };
/* Who says so; decides how much it weighs. */
enum claim_source { CLAIM_DECLARED, CLAIM_ASSIGNED, CLAIM_IMPORTED, CLAIM_DISCOVERED };

struct claim {
    struct own_id id, space, org, asset, person; /* asset: what the claim goes away with */
    enum claim_kind kind;
    enum claim_source source;
    struct ip first, last; /* ADDRESS: equal; RANGE: any range, also a prefix */
    struct str value;      /* DOMAIN: lower case, without final dot; SECTOR: sector code */
    int64_t valid_from, valid_to, observed_at;
};

struct ownership_index;
struct ownership_index *ownership_index_new(const struct own_id *internet_space);
void ownership_index_free(struct ownership_index *x);
/* False when the claim is not well formed (no organisation, range upside down, bare top-level domain). */
bool ownership_add(struct ownership_index *x, const struct claim *c);
/* Drops every claim of an asset; returns how many. */
size_t ownership_remove_asset(struct ownership_index *x, const struct own_id *asset);
size_t ownership_count(const struct ownership_index *x);

struct ownership_query {
    struct own_id space;
    bool has_address;
    struct ip address;
    struct str domain; /* lower case; may be empty */
    struct str url;    /* its host is used when there is no domain (a name) or no address (an address) */
    struct str sector;
    int64_t at;
};

enum verdict { VERDICT_UNOWNED, VERDICT_AMBIGUOUS, VERDICT_OWNED };
enum own_method { METHOD_NONE, METHOD_ADDRESS, METHOD_DOMAIN, METHOD_RANGE, METHOD_SECTOR };
const char *verdict_name(enum verdict v);
const char *method_name(enum own_method m); /* "address", "domain", "range", "sector"; NULL for none */

enum { EVIDENCE_MAX = 24, CANDIDATES_MAX = 16, EVIDENCE_PARAM_MAX = 256 };
struct evidence {
    int step;                  /* 1 address, 2 domain, 3 range, 4 sector, 0 remark */
    const char *statement;     /* code of a sentence that the interface renders with the parameters */
    int weight;                /* signed share of the confidence; 0: a remark */
    const struct claim *claim; /* NULL: about the query itself */
    struct str matched;        /* the (parent) domain that matched; empty otherwise */
};
struct ownership {
    enum verdict verdict;
    enum own_method method;
    int confidence;      /* 0-100 */
    struct own_id space; /* in which the address was looked up */
    struct own_id org, asset, person;
    const struct claim *claim;
    struct {
        struct own_id org;
        int confidence;
    } candidates[CANDIDATES_MAX];
    size_t candidate_count;
    struct evidence evidence[EVIDENCE_MAX];
    size_t evidence_count;
    bool evidence_more; /* there was more than fits */
};
void ownership_resolve(const struct ownership_index *x, const struct ownership_query *q, struct ownership *out);

#endif
