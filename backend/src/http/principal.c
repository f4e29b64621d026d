#include "http/principal.h"

bool principal_may(const struct principal *p, const char *permission)
{
    for (const char *const *x = p->permissions; x && *x; x++)
        if (strcmp(*x, permission) == 0)
            return true;
    return false;
}
