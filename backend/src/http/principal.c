#include "http/principal.h"

bool principal_may(const struct principal *p, const char *permission)
{
    for (const char *const *x = p->permissions; x && *x; x++)
        if (strcmp(*x, permission) == 0)
            return true;
    return false;
}

const char *principal_permissions(struct arena *a, const struct principal *p)
{
    struct buf b = buf_new(a, 512, 64 * 1024);
    for (const char *const *x = p->permissions; x && *x; x++) {
        if (b.n)
            buf_c(&b, ',');
        buf_z(&b, *x);
    }
    return buf_done(&b).p;
}
