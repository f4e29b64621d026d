#include "assets/relation.h"

#include <math.h>

enum { SLOTS = 8192 /* a power of two, well over RELATION_NODES */ };

/* The slot that holds an id, or where it goes. */
static uint16_t *slot_of(const struct impact *x, const char *id)
{
    uint32_t h = 2166136261U;
    for (const char *p = id; *p; p++)
        h = (h ^ (unsigned char)*p) * 16777619U;
    while (x->slots[h % SLOTS] && strcmp(x->nodes[x->slots[h % SLOTS] - 1].id, id) != 0)
        h++;
    return &x->slots[h % SLOTS];
}

static bool known(const struct impact *x, const char *id)
{
    return *slot_of(x, id) != 0;
}

static bool add(struct impact *x, const char *id, const char *via, const char *kind, int depth)
{
    uint16_t *slot = slot_of(x, id);
    if (*slot)
        return true;
    if (x->count == RELATION_NODES)
        return false;
    struct impact_node *n = &x->nodes[x->count++];
    *n = (struct impact_node){.depth = depth};
    str_copy(n->id, sizeof n->id, str_of(id));
    str_copy(n->via, sizeof n->via, str_of(via));
    str_copy(n->kind, sizeof n->kind, str_of(kind));
    *slot = (uint16_t)x->count;
    return true;
}

void impact_begin(struct arena *a, const struct str *starts, size_t n, struct impact *out)
{
    *out = (struct impact){.nodes = arena_array(a, RELATION_NODES, sizeof *out->nodes),
                           .slots = arena_zalloc(a, SLOTS * sizeof *out->slots)};
    for (size_t i = 0; i < n; i++)
        add(out, str_dup(a, starts[i]), "", "", 0);
}

bool impact_step(struct impact *x, const struct impact_edge *edges, size_t n)
{
    size_t before = x->count;
    int depth = x->count ? x->nodes[x->count - 1].depth + 1 : 0;
    for (size_t i = 0; i < n; i++) {
        if (known(x, edges[i].to))
            continue;
        if (depth > RELATION_DEPTH || !add(x, edges[i].to, edges[i].from, edges[i].kind, depth)) {
            x->more = true;
            break;
        }
    }
    x->fresh = before;
    return x->count > before && !x->more;
}

enum nearness place_nearness(const struct place *a, const struct place *b)
{
    static const size_t digits[] = {[NEAR_COUNTY] = 6, [NEAR_PREFECTURE] = 4, [NEAR_PROVINCE] = 2};
    for (int i = NEAR_COUNTY; i <= NEAR_PROVINCE; i++)
        if (a->region.n == 6 && b->region.n == 6 && memcmp(a->region.p, b->region.p, digits[i]) == 0)
            return (enum nearness)i;
    return NEAR_BEYOND;
}

double place_km(const struct place *a, const struct place *b)
{
    const double radius = 6371.0, rad = M_PI / 180;
    if (!a->located || !b->located)
        return -1;
    double dlat = (b->latitude - a->latitude) * rad, dlon = (b->longitude - a->longitude) * rad;
    double h = sin(dlat / 2) * sin(dlat / 2) + cos(a->latitude * rad) * cos(b->latitude * rad) * sin(dlon / 2) * sin(dlon / 2);
    return 2 * radius * asin(h < 1 ? sqrt(h) : 1);
}
