#include "org/org.h"

struct scope org_scope_subtree(const struct org_stamp *org)
{
    struct scope s = {.kind = SCOPE_NONE};
    if (org->depth < 1 || org->depth > 6)
        return s;
    s.kind = (enum scope_kind)(SCOPE_L1 + org->depth - 1);
    memcpy(s.org, org->org_id, sizeof s.org);
    memcpy(s.org_l3, org->level[2], sizeof s.org_l3);
    if (org->depth > 3 && !s.org_l3[0])
        s.kind = SCOPE_NONE; /* on the way to another place: see org/restamp.h */
    return s;
}

struct scope org_scope_own(const struct org_stamp *org)
{
    struct scope s = org_scope_subtree(org);
    if (s.kind != SCOPE_NONE)
        s.kind = org->depth < 3 ? SCOPE_OWN2 : s.org_l3[0] ? SCOPE_OWN3 : SCOPE_NONE;
    return s;
}

bool org_scope_contains(const struct scope *scope, const struct org_stamp *org)
{
    switch (scope->kind) {
    case SCOPE_ALL:
        return true;
    case SCOPE_L1:
    case SCOPE_L2:
    case SCOPE_L3:
    case SCOPE_L4:
    case SCOPE_L5:
    case SCOPE_L6:
        return strcmp(org->level[scope->kind - SCOPE_L1], scope->org) == 0;
    case SCOPE_SECTOR:
        return scope->sector[0] && strcmp(org->sector, scope->sector) == 0;
    case SCOPE_OWN2:
    case SCOPE_OWN3:
        return strcmp(org->org_id, scope->org) == 0;
    default:
        return false;
    }
}

void org_stamp_columns(struct arena *a, const struct org_stamp *const *orgs, size_t n, struct sql_column out[ORG_COLUMN_COUNT])
{
    static const char *const names[ORG_COLUMN_COUNT] = {"org_id", "org_l1", "org_l2", "org_l3",
                                                        "org_l4", "org_l5", "org_l6", "sector_code"};
    for (size_t k = 0; k < ORG_COLUMN_COUNT; k++) {
        struct str *v = arena_array(a, n, sizeof *v);
        for (size_t i = 0; i < n; i++) {
            const char *text = k == 0 ? orgs[i]->org_id : k == 7 ? orgs[i]->sector : orgs[i]->level[k - 1];
            v[i] = (struct str){text[0] ? text : NULL, strlen(text)};
        }
        out[k] = C_TEXT(names[k], v);
    }
}
