/* SQL of exports; inside assets/ only. */
#ifndef ASSETS_EXPORT_STORE_H
#define ASSETS_EXPORT_STORE_H

#include "assets/asset_store.h"

/* Assets by id after `after` (NULL: from the first): id, the fields in their order, internet_exposed, attributes, the
 * organisation's name. By id, so that a change during the export neither doubles a row nor drops one. */
struct error *export_page(struct services *s, struct arena *a, const struct scope *scope, const struct asset_filter *f,
                          const char *after, int64_t size, struct rows *out) MUST_CHECK;
/* The open addresses of those assets, in the order of ids: asset_id, kind, value. */
struct error *export_addresses(struct services *s, struct arena *a, const char *ids_json, struct rows *out) MUST_CHECK;

#endif
