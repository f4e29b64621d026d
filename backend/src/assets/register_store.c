/* What making an asset needs besides its row: number, address spaces, person, the word to others. */
#include "assets/asset_store.h"
#include "audit/audit.h"
#include "forms/kind.h"
#include "kernel/clock.h"
#include "kernel/id.h"
#include "org/org.h"
#include "queue/job.h"

SQL_SYSTEM(person_known_sql, "the asset's organisation is inside the scope",
           "SELECT COUNT(*) FROM people WHERE id = :id AND org_id = :org");

struct error *asset_person_known(struct request *r, struct str id, const char *org_id, bool *out)
{
    int64_t n;
    TRY(db_int(r->db, r->arena, &person_known_sql, ARGS(A_STR("id", id), A_Z("org", org_id)), 0, &n));
    *out = n > 0;
    return NULL;
}

struct error *asset_spaces(struct services *s, struct arena *a, struct asset *x)
{
    char *internet = NULL, *own = NULL;
    for (size_t i = 0; i < x->address_count; i++) {
        struct asset_address *d = &x->addresses[i];
        bool public = asset_address_public(d);
        if (public && !internet) {
            internet = arena_alloc(a, 37);
            TRY(org_internet_space(s->db, a, internet));
        }
        if (!public && !d->space.n && !own) {
            own = arena_alloc(a, 37);
            TRY(org_private_space(s->db, a, &x->org, own));
        }
        if (public)
            d->space = str_of(internet);
        else if (!d->space.n)
            d->space = str_of(own);
    }
    return NULL;
}

struct error *asset_place(struct services *s, struct arena *a, struct asset *x)
{
    memcpy(x->id, id_new().s, sizeof x->id);
    TRY(asset_spaces(s, a, x));
    if (x->f[ASSET_NO].n)
        return NULL;
    char issuer[13];
    const struct catalogue *c;
    uint64_t number;
    TRY(catalogue_get(s, a, &c));
    TRY(asset_issuer(s, a, x->org.org_id, issuer));
    struct str part = catalogue_class(c, x->f[ASSET_CLASS])->number_part;
    TRY(asset_number_block(s, a, issuer, part, 1, &number));
    x->f[ASSET_NO] = asset_number(a, issuer, part, number);
    return NULL;
}

/* Each organisation once, and the place in that list of each asset's. */
static void orgs_of(struct asset *const *x, size_t n, json_t *orgs, json_t *of)
{
    for (size_t i = 0; i < n; i++) {
        size_t k = 0;
        while (k < json_array_size(orgs) && strcmp(json_string_value(json_array_get(orgs, k)), x[i]->org.org_id) != 0)
            k++;
        if (k == json_array_size(orgs))
            json_array_append_new(orgs, json_string(x[i]->org.org_id));
        json_array_append_new(of, json_integer((json_int_t)k));
    }
}

/* One outbox row for all: {"action", "assets": [ids], "orgs": [their organisations], "of": [the place in orgs]}. */
struct error *asset_announce(struct services *s, struct arena *a, const char *action, struct asset *const *x, size_t n)
{
    json_t *ids = json_array();
    for (size_t i = 0; i < n; i++)
        json_array_append_new(ids, json_string(x[i]->id));
    json_t *orgs = json_array(), *of = json_array();
    orgs_of(x, n, orgs, of);
    json_t *payload = json_pack("{s:s,s:o,s:o,s:o}", "action", action, "assets", ids, "orgs", orgs, "of", of);
    struct error *e = outbox_put(s->db, a, "asset", x[0]->id, payload);
    json_decref(payload);
    return e;
}

struct error *asset_register(struct services *s, struct arena *a, struct asset *x, const char *actor_user,
                             const struct org_stamp *actor_org, struct str address, const char *request_id)
{
    TRY(asset_place(s, a, x));
    TRY(asset_insert_many(s, a, &x, 1, clock_now_us()));
    struct audit_actor who = {.user = actor_user, .org = actor_org->org_id, .address = address, .request_id = request_id};
    struct audit_entry e = {
        .action = "asset.create", .subject_kind = "asset", .subject_id = x->id, .org = x->org, .after = asset_json(a, x)};
    TRY(audit_write(s, a, &who, &e));
    return asset_announce(s, a, "asset.created", &x, 1);
}

/* ---- as what fields refer to ---- */
static struct error *asset_ref_known(struct request *r, const char *id, bool *out)
{
    struct asset x;
    return asset_read(r->services, r->arena, &r->who->scope, id, &x, out);
}
#define ASSET_WORD(S, IX) "SELECT a.asset_no FROM assets a WHERE a.id = :id AND" S(a)
SQL_SCOPED(asset_word_sql, ASSET_WORD);
#define ASSET_MEANT(S, IX) "SELECT a.id FROM assets a WHERE (a.asset_no = :text OR a.id = :id) AND" S(a) " LIMIT 2"
SQL_SCOPED(asset_meant_sql, ASSET_MEANT);
FORM_REF(asset, asset_ref_known, &asset_word_sql, &asset_meant_sql);
