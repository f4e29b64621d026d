/* Separation of the three administrators (三员), pure: who runs the accounts does not grant rights, who grants rights does
 * not read the trail of it, and none of them does the business of the platform. */
#ifndef ACCESS_SEPARATION_H
#define ACCESS_SEPARATION_H

#include <stdbool.h>

/* May a role of this kind ("none", "system", "security", "audit") hold the permission? */
bool separation_allows(const char *admin_kind, const char *permission);

#endif
