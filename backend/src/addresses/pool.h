/* Address pools: ranges that were given to organisations, nested in one another, and what is in them. Pure, but for the SQL at
 * the end. */
#ifndef ADDRESSES_POOL_H
#define ADDRESSES_POOL_H

#include "http/request.h"
#include "kernel/ip.h"

enum { POOLS_MAX = 20000, POOL_CELLS = 1024, POOL_LOOK = 65536, POOL_LISTED = 2000 };

struct pool_range {
    struct ip lo, hi;
};
enum pool_relation { POOL_APART, POOL_SAME, POOL_INSIDE, POOL_AROUND, POOL_ACROSS };
/* How a lies to b: inside it, around it, across its end. */
enum pool_relation pool_relation(const struct pool_range *a, const struct pool_range *b);
/* How many addresses; UINT64_MAX where it is more than can be said so. */
uint64_t pool_size(const struct pool_range *r);
/* "10.0.0.0/24", or "first-last" where it is no prefix. */
struct str pool_text(struct arena *a, const struct pool_range *r);

/* A range drawn as at most POOL_CELLS cells of 2^shift addresses. */
struct pool_map {
    struct pool_range range;
    unsigned shift;
    size_t cells;
    uint32_t used[POOL_CELLS], probed[POOL_CELLS];
};
void pool_map_begin(const struct pool_range *r, struct pool_map *out);
/* The cell of an address; false when it lies outside. */
bool pool_cell(const struct pool_map *m, const struct ip *ip, size_t *cell);
/* The first address of a cell. */
struct ip pool_cell_at(const struct pool_map *m, size_t cell);

/* What is left between addresses that are taken (in order, may repeat): at most `most` ranges. */
size_t pool_free(const struct pool_range *r, const struct ip *taken, size_t n, struct pool_range *out, size_t most);

/* ---- SQL; inside addresses/ only ---- */
struct pool {
    char id[37], space[37];
    struct pool_range range;
    struct str name, purpose;
    struct org_stamp org;
    int64_t version;
};
enum pool_row {
    P_ID,
    P_SPACE,
    P_SPACE_NAME,
    P_LO,
    P_HI,
    P_NAME,
    P_PURPOSE,
    P_USED,
    P_PROBED,
    P_WATCHED,
    P_VERSION,
    P_ORG,
    P_ORG_NAME
};
/* Sixteen bytes of a column as an address. */
struct ip pool_ip(struct rows *x, unsigned col);
struct error *pool_rows(struct request *r, struct str space, struct rows *out) MUST_CHECK;
struct error *pool_one(struct request *r, const char *id, struct rows *out, bool *found) MUST_CHECK;
struct error *pool_read(struct rows *x, struct arena *a, struct pool *out) MUST_CHECK;
/* Locks the space, and says which pool of it the range would lie across, or is; "" for none. */
struct error *pool_across(struct request *r, const char *space, const struct pool_range *range, const char *but, char other[37],
                          struct str *text) MUST_CHECK;
struct error *pool_count(struct request *r, int64_t *out) MUST_CHECK;
struct error *pool_insert(struct request *r, const struct pool *p) MUST_CHECK;
struct error *pool_change(struct request *r, const struct pool *p, uint64_t *affected) MUST_CHECK;
struct error *pool_delete(struct request *r, const char *id, int64_t version, uint64_t *affected) MUST_CHECK;
/* Addresses in a range by order: lo, value, asset, its name, number and organisation's name (NULL outside the scope). */
struct error *pool_used(struct request *r, const struct pool *p, struct rows *out) MUST_CHECK;
/* Hosts that were found there: ip, address, id, asset (NULL: none), last seen. */
struct error *pool_probed(struct request *r, const struct pool *p, struct rows *out) MUST_CHECK;
struct error *pool_days(struct request *r, const char *id, struct rows *out) MUST_CHECK;
/* kind, address, asset, name, organisation, its name. */
struct error *pool_problems(struct request *r, const struct pool *p, struct rows *out) MUST_CHECK;
enum news_row { N_ID, N_SPACE, N_SPACE_NAME, N_LO, N_HI, N_ADDRESSES, N_FIRST, N_SEEN, N_ORG, N_ORG_NAME };
struct error *pool_news(struct request *r, struct rows *out) MUST_CHECK;
struct error *pool_news_dismiss(struct request *r, const char *id, bool *done) MUST_CHECK;

/* The watch: counts the pools after one, 200 at a time, and finds new ranges. */
struct error *pool_watch(struct services *s, struct arena *a, const char *day, const char *after, char at[37]) MUST_CHECK;
struct error *pool_watch_news(struct services *s, struct arena *a) MUST_CHECK;

#endif
