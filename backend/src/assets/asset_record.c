/* An asset as JSON says it (schema AssetWrite), for requests of one and of many. */
#include <stdlib.h>

#include "assets/asset_store.h"
#include "forms/form_refs.h"

static void drop_text(void *p)
{
    free(p);
}

static struct error *read_addresses(struct request *r, const json_t *record, struct asset *x)
{
    size_t i;
    json_t *o;
    json_array_foreach(json_object_get(record, "addresses"), i, o) {
        if (x->address_count == ASSET_MAX_ADDRESSES)
            return invalid(r, "addresses", "max_items", "at most %d addresses", ASSET_MAX_ADDRESSES);
        struct asset_address *d = &x->addresses[x->address_count];
        struct str kind = json_str(o, "kind"), value = json_str(o, "value");
        enum address_kind k;
        *d = (struct asset_address){.space = json_str(o, "space_id")};
        if (!address_kind_of(kind, &k) || !asset_address_parse(r->arena, k, value, d))
            return invalid(r, arena_printf(r->arena, "addresses/%zu/value", i), "format", "not a valid " STR_FMT, STR_ARG(kind));
        for (size_t e = 0; e < x->address_count; e++)
            if (str_eq(x->addresses[e].value, d->value))
                return invalid(r, arena_printf(r->arena, "addresses/%zu/value", i), "unique", "stands twice");
        x->address_count++;
    }
    return NULL;
}

struct error *asset_record_read(struct request *r, const json_t *record, const struct org_stamp *org, const struct asset *was,
                                struct asset *x)
{
    const struct catalogue *c;
    const json_t *attributes = json_object_get(record, "attributes");
    memset(x, 0, sizeof *x);
    x->org = *org;
    for (int i = 0; i < ASSET_FIELDS; i++)
        x->f[i] = json_str(record, asset_field_name[i]);
    x->exposed = json_is_true(json_object_get(record, "internet_exposed"));
    char *text = attributes && !json_is_null(attributes) ? json_dumps(attributes, JSON_COMPACT) : NULL;
    if (text)
        arena_cleanup(r->arena, drop_text, text);
    x->attributes = str_of(text);
    x->source = r->who->kind == PRINCIPAL_CLIENT ? "06" : "01";
    TRY(read_addresses(r, record, x));
    TRY(catalogue_get(r->services, r->arena, &c));
    TRY(asset_normalise(r->arena, c, x));
    if (was)
        asset_carry(r->arena, c, was, false, x);
    return NULL;
}

/* A responsible person belongs to the asset's own organisation. */
static struct error *check_person(struct request *r, const struct asset *x)
{
    bool there;
    if (!x->f[ASSET_PERSON].n)
        return NULL;
    TRY(asset_person_known(r, x->f[ASSET_PERSON], x->org.org_id, &there));
    return there ? NULL : invalid(r, "person_id", "unknown", "no such person in the organisation");
}

/* What the attributes refer to, and the files that they hold. */
static struct error *check_refs(struct request *r, const struct asset *was, const struct asset *x)
{
    const struct catalogue *c;
    TRY(catalogue_get(r->services, r->arena, &c));
    const struct form *form = form_for(&c->forms, x->f[ASSET_CLASS], &x->org);
    json_t *values = json_loadb(x->attributes.p, x->attributes.n, 0, NULL);
    json_t *before = was ? json_loadb(was->attributes.p, was->attributes.n, 0, NULL) : NULL;
    struct error *e = form ? form_refs_check(r, form, "asset", x->id, values, before, "attributes") : NULL;
    json_decref(values);
    json_decref(before);
    return e;
}

struct error *asset_record_check(struct request *r, const struct asset *was, const struct asset *x)
{
    TRY(check_person(r, x));
    return check_refs(r, was, x);
}
