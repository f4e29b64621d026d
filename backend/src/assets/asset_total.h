/* Totals of asset lists. A count of up to 2,000 rows is taken each time; a larger one is kept for a second, and less long
 * when an asset is made or deleted on this host. */
#ifndef ASSETS_ASSET_TOTAL_H
#define ASSETS_ASSET_TOTAL_H

#include "assets/asset_store.h"

/* known >= 0: the page itself shows the total. */
struct error *asset_total(struct request *r, const struct asset_filter *f, int64_t known, int64_t *out) MUST_CHECK;
/* After the commit: kept totals are taken again. */
void asset_total_changed(struct request *r);

#endif
