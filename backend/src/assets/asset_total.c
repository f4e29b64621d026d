#include "assets/asset_total.h"

#include "kernel/clock.h"

enum { SLOTS = 256, KEEP_US = 1000000, SMALL = 2000, KEY_MAX = 240 };

static struct {
    char key[KEY_MAX];
    size_t key_length;
    int64_t until, total, newest;
    uint64_t generation;
} kept[SLOTS];

/* A small total is kept only under a first page whose newest row is still the same: whatever process added or changed a
 * record since has moved that row. A large one may be a second old anyhow. */
static bool still_good(size_t slot, struct str key, uint64_t generation, int64_t newest)
{
    return kept[slot].until > clock_mono_us() && kept[slot].generation == generation &&
           str_eq((struct str){kept[slot].key, kept[slot].key_length}, key) &&
           (kept[slot].total > SMALL || (newest && newest == kept[slot].newest));
}

/* The scope and the filters as text, and its place (FNV-1a). */
static struct str key_of(const struct request *r, const struct asset_filter *f, size_t *slot)
{
    struct buf b = buf_new(r->arena, 512, 8192);
    const struct scope *s = &r->who->scope;
    const struct str parts[] = {str_of(s->org), str_of(s->org_l3), str_of(s->sector), f->class, f->category, f->org,
                                f->state,       f->source,         f->importance,     f->q,     f->address,  f->attributes.text};
    uint64_t hash = UINT64_C(14695981039346656037);
    buf_u64(&b, (uint64_t)s->kind);
    buf_i64(&b, f->exposed);
    for (size_t i = 0; i < sizeof parts / sizeof *parts; i++) {
        buf_c(&b, '\n');
        buf_str(&b, parts[i]);
    }
    for (size_t i = 0; i < b.n; i++)
        hash = (hash ^ (unsigned char)b.p[i]) * UINT64_C(1099511628211);
    *slot = hash % SLOTS;
    return buf_done(&b);
}

struct error *asset_total(struct request *r, const struct asset_filter *f, int64_t known, int64_t newest, int64_t *out)
{
    struct str mode = param_str(r, "total");
    *out = known;
    if (known >= 0)
        return NULL;
    if (str_is(mode, "none")) {
        *out = 0;
        return NULL;
    }
    if (str_is(mode, "exact"))
        return asset_count(r->services, r->arena, &r->who->scope, f, INT64_MAX, out);
    size_t slot;
    struct str key = key_of(r, f, &slot);
    uint64_t generation = services_generation(r->services, GENERATION_TOTALS);
    if (still_good(slot, key, generation, newest)) {
        *out = kept[slot].total;
        return NULL;
    }
    TRY(asset_count(r->services, r->arena, &r->who->scope, f, TOTAL_CAP + 1, out));
    if (key.n > KEY_MAX)
        return NULL;
    memcpy(kept[slot].key, key.p, key.n);
    kept[slot].key_length = key.n;
    kept[slot].total = *out;
    kept[slot].newest = newest;
    kept[slot].generation = generation;
    kept[slot].until = clock_mono_us() + KEEP_US;
    return NULL;
}

void asset_total_changed(struct request *r)
{
    r->raises[GENERATION_TOTALS] = true;
}
