/* One chained hash table holds all kinds of keys: (kind, space, address), (kind, domain), (kind, space, prefix).
 * A range is entered as the few prefixes that make it up; for an address only the prefix lengths that its space uses are
 * probed. A hit is checked against the claim itself, so equal hashes do no harm. */
#include "ownership/ownership_index.h"

#include <stdlib.h>

enum { NIL = -1, SPACES_FIRST = 16 };

struct slot {
    struct claim c;
    int32_t next_of_asset; /* also the free list */
    bool used;
};
struct entry {
    uint64_t hash;
    int32_t slot, next; /* next also chains free entries */
};
struct space {
    struct own_id id;
    uint32_t per_bits[129]; /* how many prefixes of each length */
    unsigned char lengths[129];
    unsigned length_count; /* those in use, longest first */
};
struct ownership_index {
    struct own_id internet;
    struct slot *slots;
    int32_t slot_count, slot_cap, free_slot;
    struct entry *entries;
    int32_t entry_count, entry_cap, free_entry;
    int32_t *heads, *asset_heads; /* cap entries each, a power of two */
    size_t cap, live, live_entries;
    struct space *spaces;
    size_t space_count, space_cap;
    int32_t *space_table; /* open addressing, twice as large as space_cap; every unit has a space of its own */
};

static void *grow(void *p, size_t n, size_t size)
{
    void *q = reallocarray(p, n, size);
    if (!q)
        abort(); /* as everywhere: out of memory ends the process, the master starts another */
    return q;
}

static uint64_t mix(uint64_t h)
{
    h ^= h >> 32;
    h *= 0xd6e8feb86659fd93ULL;
    h ^= h >> 32;
    h *= 0xd6e8feb86659fd93ULL;
    return h ^ h >> 32;
}

static uint64_t word(const unsigned char *p)
{
    uint64_t v;
    memcpy(&v, p, 8);
    return v;
}

static uint64_t hash16(uint64_t seed, const unsigned char b[16])
{
    return mix(mix(seed ^ word(b)) + word(b + 8));
}

static uint64_t hash_ip(const struct own_id *space, const struct ip *ip, unsigned tag)
{
    return hash16(word(space->b) ^ word(space->b + 8) * 31 ^ (uint64_t)tag << 56, ip->b);
}

static uint64_t hash_text(struct str s, unsigned tag)
{
    uint64_t h = 0x9e3779b97f4a7c15ULL + tag;
    size_t i = 0;
    for (; i + 8 <= s.n; i += 8)
        h = mix(h ^ word((const unsigned char *)s.p + i));
    uint64_t rest = s.n - i;
    for (; i < s.n; i++)
        rest = rest << 8 | (unsigned char)s.p[i];
    return mix(h ^ rest);
}

enum { TAG_ADDRESS = 200, TAG_DOMAIN = 201, TAG_SECTOR = 202 }; /* prefixes use their length, 0-128 */

struct ownership_index *ownership_index_new(const struct own_id *internet_space)
{
    struct ownership_index *x = grow(NULL, 1, sizeof *x);
    memset(x, 0, sizeof *x);
    x->internet = *internet_space;
    x->free_slot = x->free_entry = NIL;
    x->cap = 1024;
    x->heads = grow(NULL, x->cap, sizeof *x->heads);
    x->asset_heads = grow(NULL, x->cap, sizeof *x->asset_heads);
    memset(x->heads, 0xff, x->cap * sizeof *x->heads);
    memset(x->asset_heads, 0xff, x->cap * sizeof *x->asset_heads);
    return x;
}

void ownership_index_free(struct ownership_index *x)
{
    if (!x)
        return;
    for (int32_t i = 0; i < x->slot_count; i++) {
        union {
            const char *in;
            char *out;
        } text = {x->slots[i].c.value.p};
        if (x->slots[i].used)
            free(text.out);
    }
    free(x->slots);
    free(x->entries);
    free(x->heads);
    free(x->asset_heads);
    free(x->spaces);
    free(x->space_table);
    free(x);
}

size_t ownership_count(const struct ownership_index *x)
{
    return x->live;
}

const struct own_id *index_internet(const struct ownership_index *x)
{
    return &x->internet;
}

static uint64_t asset_hash(const struct own_id *asset)
{
    return hash16(7, asset->b);
}

/* Twice the buckets; entries and slots stay where they are. */
static void rehash(struct ownership_index *x)
{
    x->cap *= 2;
    x->heads = grow(x->heads, x->cap, sizeof *x->heads);
    x->asset_heads = grow(x->asset_heads, x->cap, sizeof *x->asset_heads);
    memset(x->heads, 0xff, x->cap * sizeof *x->heads);
    memset(x->asset_heads, 0xff, x->cap * sizeof *x->asset_heads);
    for (int32_t i = 0; i < x->entry_count; i++) {
        struct entry *e = &x->entries[i];
        if (e->slot == NIL)
            continue;
        int32_t *head = &x->heads[e->hash & (x->cap - 1)];
        e->next = *head;
        *head = i;
    }
    for (int32_t i = 0; i < x->slot_count; i++) {
        struct slot *s = &x->slots[i];
        if (!s->used)
            continue;
        int32_t *head = &x->asset_heads[asset_hash(&s->c.asset) & (x->cap - 1)];
        s->next_of_asset = *head;
        *head = i;
    }
}

static void enter(struct ownership_index *x, uint64_t hash, int32_t slot)
{
    if (x->live_entries >= x->cap)
        rehash(x);
    int32_t i = x->free_entry;
    if (i != NIL) {
        x->free_entry = x->entries[i].next;
    } else {
        if (x->entry_count == x->entry_cap) {
            x->entry_cap = x->entry_cap ? x->entry_cap * 2 : 1024;
            x->entries = grow(x->entries, (size_t)x->entry_cap, sizeof *x->entries);
        }
        i = x->entry_count++;
    }
    int32_t *head = &x->heads[hash & (x->cap - 1)];
    x->entries[i] = (struct entry){hash, slot, *head};
    *head = i;
    x->live_entries++;
}

static void leave(struct ownership_index *x, uint64_t hash, int32_t slot)
{
    for (int32_t *at = &x->heads[hash & (x->cap - 1)]; *at != NIL; at = &x->entries[*at].next) {
        struct entry *e = &x->entries[*at];
        if (e->hash != hash || e->slot != slot)
            continue;
        int32_t freed = *at;
        *at = e->next;
        e->slot = NIL;
        e->next = x->free_entry;
        x->free_entry = freed;
        x->live_entries--;
        return;
    }
}

/* Where the space is in the table, or the free place where it would be. */
static size_t space_place(const struct ownership_index *x, const struct own_id *id)
{
    size_t mask = x->space_cap * 2 - 1, i = hash16(3, id->b) & mask;
    while (x->space_table[i] != NIL && !own_id_eq(&x->spaces[x->space_table[i]].id, id))
        i = (i + 1) & mask;
    return i;
}

static struct space *find_space(const struct ownership_index *x, const struct own_id *id)
{
    int32_t at = x->space_cap ? x->space_table[space_place(x, id)] : NIL;
    return at == NIL ? NULL : &x->spaces[at];
}

static void list_lengths(struct space *s)
{
    s->length_count = 0;
    for (int bits = 128; bits >= 0; bits--)
        if (s->per_bits[bits])
            s->lengths[s->length_count++] = (unsigned char)bits;
}

static void more_spaces(struct ownership_index *x)
{
    x->space_cap = x->space_cap ? x->space_cap * 2 : SPACES_FIRST;
    x->spaces = grow(x->spaces, x->space_cap, sizeof *x->spaces);
    x->space_table = grow(x->space_table, x->space_cap * 2, sizeof *x->space_table);
    memset(x->space_table, 0xff, x->space_cap * 2 * sizeof *x->space_table);
    for (size_t i = 0; i < x->space_count; i++)
        x->space_table[space_place(x, &x->spaces[i].id)] = (int32_t)i;
}

static struct space *make_space(struct ownership_index *x, const struct own_id *id)
{
    struct space *s = find_space(x, id);
    if (s)
        return s;
    if (x->space_count == x->space_cap)
        more_spaces(x);
    x->space_table[space_place(x, id)] = (int32_t)x->space_count;
    s = &x->spaces[x->space_count++];
    memset(s, 0, sizeof *s);
    s->id = *id;
    return s;
}

/* The address behind `ip`; false past the last one. */
static bool next_ip(struct ip *ip)
{
    for (int i = 15; i >= 0; i--)
        if (++ip->b[i])
            return true;
    return false;
}

/* Calls add or removes for each of the prefixes that make up the range, largest that fit, in order (at most 254). */
static void each_prefix(struct ownership_index *x, const struct claim *c, int32_t slot, bool add)
{
    struct ip at = c->first;
    struct space *s = make_space(x, &c->space);
    do {
        unsigned bits = 128;
        while (bits > 0) {
            struct ip lo = ip_first(&at, bits - 1), hi = ip_last(&at, bits - 1);
            if (ip_compare(&lo, &at) != 0 || ip_compare(&hi, &c->last) > 0)
                break;
            bits--;
        }
        uint64_t hash = hash_ip(&c->space, &at, bits);
        if (add) {
            enter(x, hash, slot);
            if (s->per_bits[bits]++ == 0)
                list_lengths(s);
        } else {
            leave(x, hash, slot);
            if (--s->per_bits[bits] == 0)
                list_lengths(s);
        }
        at = ip_last(&at, bits);
        if (ip_compare(&at, &c->last) >= 0)
            return;
    } while (next_ip(&at));
}

static void each_key(struct ownership_index *x, const struct claim *c, int32_t slot, bool add)
{
    uint64_t hash;
    switch (c->kind) {
    case CLAIM_RANGE:
        each_prefix(x, c, slot, add);
        return;
    case CLAIM_ADDRESS:
        hash = hash_ip(&c->space, &c->first, TAG_ADDRESS);
        break;
    case CLAIM_DOMAIN:
        hash = hash_text(c->value, TAG_DOMAIN);
        break;
    default:
        hash = hash_text(c->value, TAG_SECTOR);
    }
    if (add)
        enter(x, hash, slot);
    else
        leave(x, hash, slot);
}

static bool well_formed(const struct claim *c)
{
    if (own_id_none(&c->org))
        return false;
    if (c->kind == CLAIM_DOMAIN)
        return c->value.n && c->value.n <= 253 && memchr(c->value.p, '.', c->value.n);
    if (c->kind == CLAIM_SECTOR)
        return c->value.n > 0;
    int order = ip_compare(&c->first, &c->last);
    return c->kind == CLAIM_ADDRESS ? order == 0 : order <= 0;
}

bool ownership_add(struct ownership_index *x, const struct claim *c)
{
    if (!well_formed(c))
        return false;
    int32_t i = x->free_slot;
    if (i != NIL) {
        x->free_slot = x->slots[i].next_of_asset;
    } else {
        if (x->slot_count == x->slot_cap) {
            x->slot_cap = x->slot_cap ? x->slot_cap * 2 : 1024;
            x->slots = grow(x->slots, (size_t)x->slot_cap, sizeof *x->slots);
        }
        i = x->slot_count++;
    }
    struct slot *s = &x->slots[i];
    s->c = *c;
    s->c.value = (struct str){NULL, 0};
    s->used = true;
    if (c->value.n) {
        char *copy = grow(NULL, c->value.n, 1);
        memcpy(copy, c->value.p, c->value.n);
        s->c.value = (struct str){copy, c->value.n};
    }
    int32_t *head = &x->asset_heads[asset_hash(&c->asset) & (x->cap - 1)];
    s->next_of_asset = *head;
    *head = i;
    x->live++;
    /* A public address means the same in every space. */
    if ((c->kind == CLAIM_ADDRESS || c->kind == CLAIM_RANGE) && ip_is_global(&c->first) && ip_is_global(&c->last))
        s->c.space = x->internet;
    each_key(x, &s->c, i, true);
    return true;
}

size_t ownership_remove_asset(struct ownership_index *x, const struct own_id *asset)
{
    size_t n = 0;
    int32_t *at = &x->asset_heads[asset_hash(asset) & (x->cap - 1)];
    while (*at != NIL) {
        int32_t i = *at;
        struct slot *s = &x->slots[i];
        if (!own_id_eq(&s->c.asset, asset)) {
            at = &s->next_of_asset;
            continue;
        }
        *at = s->next_of_asset;
        each_key(x, &s->c, i, false);
        union {
            const char *in;
            char *out;
        } text = {s->c.value.p};
        free(text.out);
        s->used = false;
        s->next_of_asset = x->free_slot;
        x->free_slot = i;
        x->live--;
        n++;
    }
    return n;
}

/* ---- look-up ---- */

static void take(struct found *out, const struct claim *c)
{
    if (out->n < FOUND_MAX)
        out->claim[out->n++] = c;
    else
        out->more = true;
}

void index_address(const struct ownership_index *x, const struct own_id *space, const struct ip *ip, struct found *out)
{
    uint64_t hash = hash_ip(space, ip, TAG_ADDRESS);
    for (int32_t i = x->heads[hash & (x->cap - 1)]; i != NIL; i = x->entries[i].next) {
        if (x->entries[i].hash != hash)
            continue;
        const struct claim *c = &x->slots[x->entries[i].slot].c;
        if (c->kind == CLAIM_ADDRESS && ip_compare(&c->first, ip) == 0 && own_id_eq(&c->space, space))
            take(out, c);
    }
}

static void find_text(const struct ownership_index *x, struct str s, unsigned tag, enum claim_kind kind, struct found *out)
{
    uint64_t hash = hash_text(s, tag);
    for (int32_t i = x->heads[hash & (x->cap - 1)]; i != NIL; i = x->entries[i].next) {
        if (x->entries[i].hash != hash)
            continue;
        const struct claim *c = &x->slots[x->entries[i].slot].c;
        if (c->kind == kind && str_eq(c->value, s))
            take(out, c);
    }
}

void index_domain(const struct ownership_index *x, struct str domain, struct found *out)
{
    find_text(x, domain, TAG_DOMAIN, CLAIM_DOMAIN, out);
}

void index_sector(const struct ownership_index *x, struct str sector, struct found *out)
{
    find_text(x, sector, TAG_SECTOR, CLAIM_SECTOR, out);
}

/* Longest prefix first; but the pieces of an odd range say little about its size, so the caller compares sizes. */
void index_ranges(const struct ownership_index *x, const struct own_id *space, const struct ip *ip, struct found *out)
{
    const struct space *s = find_space(x, space);
    if (!s)
        return;
    for (unsigned k = 0; k < s->length_count; k++) {
        struct ip net = ip_first(ip, s->lengths[k]);
        uint64_t hash = hash_ip(space, &net, s->lengths[k]);
        for (int32_t i = x->heads[hash & (x->cap - 1)]; i != NIL; i = x->entries[i].next) {
            if (x->entries[i].hash != hash)
                continue;
            const struct claim *c = &x->slots[x->entries[i].slot].c;
            if (c->kind == CLAIM_RANGE && own_id_eq(&c->space, space) && ip_compare(&c->first, ip) <= 0 &&
                ip_compare(ip, &c->last) <= 0)
                take(out, c);
        }
    }
}
