#include "access/access.h"

/* What an account whose password must be changed may still do. */
static bool allowed_before_change(const struct route *route)
{
    return strncmp(route->operation, "session_", 8) == 0;
}

struct error *access_permit(struct request *r)
{
    const char *perm = r->route->perm;
    if (strcmp(perm, "public") == 0)
        return NULL;
    if (r->who->kind == PRINCIPAL_NONE)
        return error_field(r->arena, ERR_UNAUTHENTICATED, "Cookie", "required", "no session");
    if (r->who->must_change_password && !allowed_before_change(r->route))
        return error_field(r->arena, ERR_FORBIDDEN, "password", "must_change", "change the password first");
    if (strcmp(perm, "session") != 0 && !principal_may(r->who, perm))
        return error_field(r->arena, ERR_FORBIDDEN, "permission", "required", "%s is needed", perm);
    if (r->route->rows == ROWS_ORG && r->who->scope.kind == SCOPE_NONE)
        return error_field(r->arena, ERR_FORBIDDEN, "scope", "required", "the account has no data scope");
    return NULL;
}
