/* A verdict as the contract tells it. Names are looked up once for all of the chain. */
#include "kernel/crypto.h"
#include "ownership/owner_store.h"

enum { NAMES_MAX = (EVIDENCE_MAX + 1) * 2 + CANDIDATES_MAX };

/* What the caller's scope holds of the organisations and assets that the verdict speaks of. */
struct named {
    struct own_id id;
    struct str name;
    struct str person[4]; /* id, name, duty, phone */
};
struct names {
    struct named list[NAMES_MAX];
    size_t n;
};

static const struct named *find(const struct names *n, const struct own_id *id)
{
    for (size_t i = 0; i < n->n; i++)
        if (own_id_eq(&n->list[i].id, id))
            return &n->list[i];
    return NULL;
}

struct id_list {
    struct buf b;
    bool any;
};

static void put_id(struct id_list *l, const struct own_id *id)
{
    char text[37];
    if (own_id_none(id))
        return;
    own_id_text(id, text);
    buf_printf(&l->b, "%s\"%s\"", l->any ? "," : "[", text);
    l->any = true;
}

static struct str ids_done(struct id_list *l)
{
    buf_z(&l->b, l->any ? "]" : "[]");
    return buf_done(&l->b);
}

static struct error *read_names(struct request *r, const struct ownership *o, struct names *out)
{
    struct id_list orgs = {.b = buf_new(r->arena, 256, 16 * 1024)}, assets = {.b = buf_new(r->arena, 256, 16 * 1024)};
    struct rows x;
    out->n = 0;
    put_id(&orgs, &o->org);
    put_id(&assets, &o->asset);
    for (size_t i = 0; i < o->candidate_count; i++)
        put_id(&orgs, &o->candidates[i].org);
    for (size_t i = 0; i < o->evidence_count; i++) {
        const struct claim *c = o->evidence[i].claim;
        if (c) {
            put_id(&orgs, &c->org);
            put_id(&assets, &c->asset);
        }
    }
    TRY(owner_names(r, ids_done(&orgs), ids_done(&assets), &x));
    while (out->n < NAMES_MAX && rows_next(&x)) {
        struct named *n = &out->list[out->n];
        if (!own_id_parse(row_text(&x, 1), &n->id) || find(out, &n->id))
            continue;
        n->name = str_of(row_dup(&x, r->arena, 2));
        for (unsigned k = 0; k < 4; k++) /* the sealed phone holds any bytes */
            n->person[k] = (struct str){str_dup(r->arena, row_text(&x, 3 + k)), row_text(&x, 3 + k).n};
        out->n++;
    }
    return rows_end(&x);
}

static void put_named(struct jw *w, const struct names *names, const struct own_id *id, const char *id_key, const char *name_key)
{
    const struct named *n = find(names, id);
    char text[37];
    own_id_text(id, text);
    jw_z(w, id_key, n ? text : NULL);
    if (name_key)
        jw_opt(w, name_key, n ? n->name : STR(""));
}

static struct error *put_person(struct request *r, struct jw *w, const struct named *asset)
{
    struct str phone = STR("");
    if (!asset || !asset->person[0].n) {
        jw_null(w, "person");
        return NULL;
    }
    if (asset->person[3].n && principal_may(r->who, "person.secret"))
        TRY(secret_get(r->services->keys, r->arena, "people.phone", asset->person[3], &phone));
    jw_object_begin(w, "person");
    jw_str(w, "id", asset->person[0]);
    jw_str(w, "name", asset->person[1]);
    jw_str(w, "duty", asset->person[2]);
    jw_opt(w, "phone", phone);
    jw_object_end(w);
    return NULL;
}

static void put_range(struct jw *w, const struct claim *c)
{
    char text[CIDR_TEXT_MAX * 2];
    int bits = ip_range_bits(&c->first, &c->last);
    size_t n;
    if (bits >= 0) {
        n = cidr_format(&c->first, (unsigned)bits, text);
    } else {
        n = ip_format(&c->first, text);
        text[n++] = '-';
        n += ip_format(&c->last, text + n);
    }
    jw_str(w, "value", (struct str){text, n});
}

static void put_value(struct jw *w, const struct claim *c)
{
    char text[IP_TEXT_MAX];
    struct str sector = c->value;
    switch (c->kind) {
    case CLAIM_ADDRESS:
        jw_str(w, "value", (struct str){text, ip_format(&c->first, text)});
        break;
    case CLAIM_RANGE:
        put_range(w, c);
        break;
    case CLAIM_SECTOR: /* without its realm */
        jw_str(w, "value", str_cut(&sector, '@'));
        break;
    case CLAIM_DOMAIN:
        jw_str(w, "value", c->value);
        break;
    }
}

static const char *source_name(enum claim_source s)
{
    static const char *const names[] = {[CLAIM_DECLARED] = "declared",
                                        [CLAIM_ASSIGNED] = "assigned",
                                        [CLAIM_IMPORTED] = "imported",
                                        [CLAIM_DISCOVERED] = "discovered"};
    return names[s];
}

static void put_evidence(struct jw *w, const struct names *names, const struct evidence *e)
{
    static const struct own_id nobody;
    const struct claim *c = e->claim;
    bool seen = c && find(names, &c->org);
    const char *kind = method_name((enum own_method)e->step);
    char claim_id[37] = "";
    if (seen)
        own_id_text(&c->id, claim_id);
    jw_object_begin(w, NULL);
    jw_int(w, "step", e->step);
    jw_z(w, "kind", kind ? kind : "remark");
    jw_z(w, "statement", e->statement);
    jw_object_begin(w, "params");
    if (seen) {
        put_value(w, c);
        jw_z(w, "source", source_name(c->source));
        jw_time(w, "valid_from", c->valid_from);
        jw_time(w, "valid_to", c->valid_to);
    }
    jw_object_end(w);
    jw_int(w, "weight", e->weight);
    put_named(w, names, c ? &c->org : &nobody, "org_id", "org_name");
    put_named(w, names, c ? &c->asset : &nobody, "asset_id", "asset_name");
    jw_opt(w, "claim_id", str_of(claim_id));
    jw_time(w, "observed_at", seen ? c->observed_at : 0);
    jw_object_end(w);
}

struct error *owner_write(struct request *r, struct jw *w, const char *key, const struct ownership *o)
{
    struct names *names = arena_alloc(r->arena, sizeof *names);
    TRY(read_names(r, o, names));
    jw_object_begin(w, key);
    jw_z(w, "verdict", verdict_name(o->verdict));
    jw_z(w, "method", method_name(o->method));
    jw_int(w, "confidence", o->confidence);
    put_named(w, names, &o->org, "org_id", "org_name");
    put_named(w, names, &o->asset, "asset_id", "asset_name");
    TRY(put_person(r, w, find(names, &o->asset)));
    jw_array_begin(w, "candidates");
    for (size_t i = 0; i < o->candidate_count; i++) {
        jw_object_begin(w, NULL);
        put_named(w, names, &o->candidates[i].org, "org_id", "org_name");
        jw_int(w, "confidence", o->candidates[i].confidence);
        jw_object_end(w);
    }
    jw_array_end(w);
    jw_array_begin(w, "evidence");
    for (size_t i = 0; i < o->evidence_count; i++)
        put_evidence(w, names, &o->evidence[i]);
    jw_array_end(w);
    jw_object_end(w);
    return NULL;
}
