#include "org/realm.h"

#include "org/org.h"
#include "org/realm_store.h"

struct error *realm_may_write(struct request *r, struct str realm, struct org_stamp *stamp)
{
    bool found;
    *stamp = r->who->org;
    if (!realm.n)
        return r->who->scope.kind == SCOPE_ALL ? NULL : not_found(r);
    TRY(org_stamp_in_scope(r->db, r->arena, &r->who->scope, str_dup(r->arena, realm), stamp, &found));
    return found ? NULL : not_found(r);
}

static struct error *nearest(struct request *r, char out[37], struct org_stamp *stamp)
{
    struct realms realms;
    bool found;
    TRY(realm_chain(r->db, r->arena, &r->who->org, &realms));
    if (realms.count > 1) {
        memcpy(out, realms.key[0], 37);
        TRY(org_stamp_in_scope(r->db, r->arena, &r->who->scope, out, stamp, &found));
        if (found)
            return NULL;
    }
    return invalid(r, "realm", "required", "no sub-system lies in your scope: name one");
}

struct error *realm_for_write(struct request *r, struct str asked, char out[37], struct org_stamp *stamp)
{
    int64_t is_realm;
    out[0] = '\0';
    *stamp = r->who->org;
    if (!asked.n)
        return r->who->scope.kind == SCOPE_ALL ? NULL : nearest(r, out, stamp);
    str_copy(out, 37, asked);
    TRY(realm_state(r, out, &is_realm));
    return is_realm == 1 ? realm_may_write(r, asked, stamp) : not_found(r);
}
