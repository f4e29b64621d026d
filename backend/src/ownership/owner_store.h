/* SQL of ownership; inside ownership/ only. */
#ifndef OWNERSHIP_OWNER_STORE_H
#define OWNERSHIP_OWNER_STORE_H

#include "ownership/owner.h"

/* Names inside the caller's scope of organisations and assets (JSON arrays of ids). Columns: kind ("org", "asset"), id,
 * name, then of an asset's person: id, name, duty, sealed phone. */
struct error *owner_names(struct request *r, struct str orgs_json, struct str assets_json, struct rows *out) MUST_CHECK;

#endif
