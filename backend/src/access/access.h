/* Roles, permissions, accounts. */
#ifndef ACCESS_ACCESS_H
#define ACCESS_ACCESS_H

#include "http/request.h"

/* Pipeline stage: the route's permission, and a changed password first when one is due. */
struct error *access_permit(struct request *r);

#endif
