/* Counts of assets by what charts ask for. An organisation is counted as a whole from its own assets; the difference from what
 * was counted before goes into every place that it belongs to, so a page reads a few hundred rows whatever there is.
 *
 *   class        dimension        value
 *   any          total            -
 *                category, state, importance, network, mlps, origin, source   code
 *                exposed          "1" or "0"
 *                vendor           brand of hardware, vendor of software
 *   hardware     server_kind      physical, virtual (servers only, as the next three)
 *                server_os        name of the operating system
 *                server_version   name and version
 *                server_origin    top of the tree of operating systems that the name stands in: 国产, 国外, ...
 *   system       users            0, 1, 1000, 10000, 100000: at least so many registered users
 *
 * An empty value: not filled in. Of free text an organisation has at most TALLY_VALUES values in a dimension; what comes after
 * them counts as TALLY_OTHERS. */
#ifndef STATISTICS_TALLY_H
#define STATISTICS_TALLY_H

#include "kernel/arena.h"
#include "kernel/str.h"

enum { TALLY_VALUES = 200, TALLY_VALUE_CHARS = 40, TALLY_ROWS = 20000 };
#define TALLY_OTHERS "\xE2\x80\xA6" /* … */

struct tally_row {
    struct str class, dimension, value;
    int64_t n;
};
struct tally {
    struct arena *arena;
    struct tally_row *rows;
    size_t count;
    uint32_t *slots;
};
void tally_begin(struct arena *a, struct tally *out);
/* n more of them; class and dimension outlive the tally, value is copied. Rows past TALLY_ROWS are dropped. */
void tally_add(struct tally *t, struct str class, struct str dimension, struct str value, int64_t n);
int64_t tally_of(const struct tally *t, struct str class, struct str dimension, struct str value);
/* now - before, without what is the same, into out (begun). */
void tally_difference(const struct tally *now, const struct tally *before, struct tally *out);

/* One asset, as it stands in the registry. */
struct counted {
    struct str class, category, state, importance, network, mlps, origin, source, brand, os, os_version, vendor;
    struct str os_origin; /* found by the caller */
    bool exposed, is_virtual;
    int64_t users;
};
void tally_asset(struct tally *t, const struct counted *x);

#endif
