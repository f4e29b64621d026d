/* SQL of the statistics of assets; inside statistics/ only. */
#ifndef STATISTICS_TALLY_STORE_H
#define STATISTICS_TALLY_STORE_H

#include "http/request.h"
#include "statistics/tally.h"

enum { PLACE_BYTES = 41, PLACES_EACH = 10 /* of an organisation: itself twice, six levels, its sector, all */ };

/* Organisations whose assets have changed. */
struct error *tally_note(struct services *s, struct arena *a, const struct str *orgs, size_t n) MUST_CHECK;
/* All below one, as the tree is now, and it itself. */
struct error *tally_note_below(struct services *s, struct arena *a, const char *org) MUST_CHECK;
struct tally_note {
    char org[37];
    int64_t at;
};
struct error *tally_noted(struct services *s, struct arena *a, size_t most, struct tally_note *out, size_t *n) MUST_CHECK;
struct error *tally_note_done(struct services *s, struct arena *a, const struct tally_note *note) MUST_CHECK;

/* In a transaction: nobody else counts until it ends. */
struct error *tally_hold(struct services *s, struct arena *a) MUST_CHECK;
struct error *tally_counted(struct services *s, struct arena *a) MUST_CHECK;
struct error *tally_checked(struct services *s, struct arena *a, int64_t drift) MUST_CHECK;

/* The next assets of an organisation itself after an id ("" from the beginning): fills x one at a time. */
struct error *tally_assets(struct services *s, struct arena *a, const char *org, const char *after, size_t most,
                           struct rows *out) MUST_CHECK;
void tally_asset_row(struct rows *r, struct arena *a, char id[37], struct counted *out);

struct error *tally_read(struct services *s, struct arena *a, const char *place, struct tally *out) MUST_CHECK;
/* What the own counts of a place's organisations come to. */
struct error *tally_sum(struct services *s, struct arena *a, const char *place, struct tally *out) MUST_CHECK;
struct error *tally_write(struct services *s, struct arena *a, const char *place, const struct tally *difference,
                          int sign) MUST_CHECK;
/* Where an organisation was counted into, and where it belongs now (none when it is gone). */
struct error *tally_places(struct services *s, struct arena *a, const char *org, char (*out)[PLACE_BYTES], size_t *n) MUST_CHECK;
struct error *tally_places_now(struct services *s, struct arena *a, const char *org, char (*out)[PLACE_BYTES],
                               size_t *n) MUST_CHECK;
struct error *tally_places_set(struct services *s, struct arena *a, const char *org, const char (*list)[PLACE_BYTES],
                               size_t n) MUST_CHECK;
/* The next organisations, and the next places but those of organisations alone, after one. */
struct error *tally_orgs(struct services *s, struct arena *a, const char *after, struct rows *out) MUST_CHECK;
struct error *tally_place_names(struct services *s, struct arena *a, const char *after, struct rows *out) MUST_CHECK;
struct error *tally_sweep(struct services *s, struct arena *a, const char *place) MUST_CHECK;

/* Keeps how the places after one stand today as that day's; at is the last one, "" when there was none. */
struct error *tally_day(struct services *s, struct arena *a, const char *day, const char *after, char at[PLACE_BYTES]) MUST_CHECK;

/* ---- what pages read ---- */
struct error *statistics_state(struct request *r, struct rows *out, bool *found) MUST_CHECK;
struct error *statistics_days(struct request *r, const char *place, const char *since, struct rows *out) MUST_CHECK;
/* How organisations (own: their own assets, else with all below), or sectors, compare: key, name, class, total of the class,
 * domestic and all with a known origin. below: only those right below it; "" every one in the scope. */
struct error *statistics_orgs(struct request *r, bool own, const char *below, const char *inside, struct rows *out) MUST_CHECK;
struct error *statistics_sectors(struct request *r, const char *inside, struct rows *out) MUST_CHECK;

#endif
