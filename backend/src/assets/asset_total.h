/* Totals of asset lists, kept for a second and less long when an asset is made or deleted on this host. One of up to 2,000
 * rows is kept only for a first page that begins with the same row, so that it never contradicts what is seen. */
#ifndef ASSETS_ASSET_TOTAL_H
#define ASSETS_ASSET_TOTAL_H

#include "assets/asset_store.h"

/* known >= 0: the page itself shows the total. newest: updated_at of the first row of a first page that is sorted by it, else 0. */
struct error *asset_total(struct request *r, const struct asset_filter *f, int64_t known, int64_t newest, int64_t *out) MUST_CHECK;
/* After the commit: kept totals are taken again. */
void asset_total_changed(struct request *r);

#endif
