#include "assets/asset_total.h"

#include "kernel/clock.h"
#include "kernel/crypto.h"

enum { SLOTS = 256, KEEP_US = 1000000, SMALL = 2000 };

static struct {
    unsigned char key[32];
    int64_t until, total;
    uint64_t generation;
} kept[SLOTS];

static void key_of(const struct request *r, const struct asset_filter *f, unsigned char out[32])
{
    struct buf b = buf_new(r->arena, 512, 8192);
    const struct scope *s = &r->who->scope;
    const struct str parts[] = {f->class, f->category, f->org, f->state, f->source, f->importance, f->q, f->address};
    buf_printf(&b, "%d %s %s %s %d", (int)s->kind, s->org, s->org_l3, s->sector, f->exposed);
    for (size_t i = 0; i < sizeof parts / sizeof *parts; i++) {
        buf_c(&b, '\n');
        buf_str(&b, parts[i]);
    }
    sha256(b.p, b.n, out);
}

struct error *asset_total(struct request *r, const struct asset_filter *f, int64_t known, int64_t *out)
{
    struct str mode = param_str(r, "total");
    unsigned char key[32];
    *out = known;
    if (known >= 0)
        return NULL;
    if (str_is(mode, "none")) {
        *out = 0;
        return NULL;
    }
    if (str_is(mode, "exact"))
        return asset_count(r->services, r->arena, &r->who->scope, f, INT64_MAX, out);
    key_of(r, f, key);
    size_t slot = (size_t)(key[0]);
    uint64_t generation = services_generation(r->services);
    if (kept[slot].until > clock_mono_us() && kept[slot].generation == generation && memcmp(kept[slot].key, key, 32) == 0) {
        *out = kept[slot].total;
        return NULL;
    }
    TRY(asset_count(r->services, r->arena, &r->who->scope, f, TOTAL_CAP + 1, out));
    if (*out > SMALL) {
        memcpy(kept[slot].key, key, 32);
        kept[slot].total = *out;
        kept[slot].generation = generation;
        kept[slot].until = clock_mono_us() + KEEP_US;
    }
    return NULL;
}

void asset_total_changed(struct request *r)
{
    r->raises_generation = true;
}
