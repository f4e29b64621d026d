/* Who answers for a unit (责任边界): by its sector, its region, itself or an organisation above it. */
#ifndef ORG_RESPONSIBILITY_H
#define ORG_RESPONSIBILITY_H

#include "http/request.h"

enum { RESPONSIBILITIES_MAX = 2000 }; /* on the platform: who covers whom is looked up by going through them */

/* Who answers for an active unit on a day ("2026-11-24"), whatever the caller's scope, as a unit may know its regulators.
 * Columns: org id, org name, kind, office, by sector, by region, by unit's id, its name, basis, valid to. Ordered by kind. */
struct error *regulators_of(struct db *db, struct arena *a, const char *org_id, const char *day, struct rows *out) MUST_CHECK;

#endif
