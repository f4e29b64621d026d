#include "org/move.h"

static void copy(char *to, const char *from)
{
    memcpy(to, from, 37);
}

/* The unit's own part of the way, from the subject down, below the target. A merged subject itself is left out of it. */
static void place_below(struct move_unit *u, int from, const struct org_stamp *target)
{
    struct org_stamp *w = &u->wide;
    for (int i = 0; i < ORG_MAX_DEPTH; i++)
        w->level[i][0] = '\0';
    for (int i = 0; i < target->depth; i++)
        copy(w->level[i], target->level[i]);
    w->depth = target->depth;
    for (int i = from; i < u->was.depth && w->depth < ORG_MAX_DEPTH; i++)
        copy(w->level[w->depth++], u->was.level[i]);
}

static void narrow(struct move_unit *u)
{
    u->narrow = u->was;
    for (int i = 0; i < ORG_MAX_DEPTH; i++)
        if (strcmp(u->was.level[i], u->wide.level[i]) != 0)
            u->narrow.level[i][0] = '\0';
    if (strcmp(u->was.sector, u->wide.sector) != 0)
        u->narrow.sector[0] = '\0';
}

void move_place(enum move_kind kind, const struct org_stamp *target, const char *sector, struct move_unit *units, size_t n)
{
    int at = units[0].was.depth - 1;
    for (size_t i = 0; i < n; i++) {
        struct move_unit *u = &units[i];
        u->wide = u->was;
        copy(u->to, u->was.org_id);
        if (kind == MOVE_SECTOR) {
            str_copy(u->wide.sector, sizeof u->wide.sector, str_of(sector));
        } else {
            place_below(u, kind == MOVE_MERGE ? at + 1 : at, target);
        }
        if (kind == MOVE_MERGE && i == 0) {
            copy(u->to, target->org_id);
            memcpy(u->wide.sector, target->sector, sizeof u->wide.sector);
        }
        narrow(u);
    }
}

static bool inside(const struct org_stamp *x, const char *org)
{
    for (int i = 0; i < x->depth; i++)
        if (strcmp(x->level[i], org) == 0)
            return true;
    return false;
}

const char *move_problem(enum move_kind kind, const struct org_stamp *subject, const char *parent, const struct org_stamp *target,
                         const char *sector, size_t units, int height)
{
    if (kind == MOVE_SECTOR)
        return strcmp(subject->sector, sector) == 0 ? "same" : NULL;
    if (subject->depth == 1)
        return "root";
    if (strcmp(subject->org_id, target->org_id) == 0)
        return "self";
    if (inside(target, subject->org_id))
        return "cycle";
    if (kind == MOVE_PARENT && strcmp(parent, target->org_id) == 0)
        return "same";
    if (target->depth + height - (kind == MOVE_MERGE) > ORG_MAX_DEPTH)
        return "depth";
    return units > MOVE_MAX_UNITS ? "limit" : NULL;
}
