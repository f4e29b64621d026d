/* Management groups (管理组): named sets of organisations that warnings are published to. A group's members are found anew each
 * time: a unit that is created or changed belongs to it from then on. */
#ifndef ORG_GROUP_H
#define ORG_GROUP_H

#include "http/request.h"

/* In all of these `targets` is JSON text whose member groups, if any, is an array of ids. */

/* {"orgs":[...]}: the active members of those groups that the caller knows, inside its scope, each once. issuer is no member by
 * rule. out is "{}" without groups. */
struct error *group_members(struct request *r, struct str targets, const char *issuer, const char **out) MUST_CHECK;
/* The first id that is no group the caller knows; "" when all are. */
struct error *group_unknown(struct request *r, struct str targets, const char **out) MUST_CHECK;
/* id and name of each. Groups that are gone are not among them. */
struct error *group_names(struct request *r, const char *targets, struct rows *out) MUST_CHECK;

#endif
