/* GET /ownership: whose is it, and why. */
#include "kernel/clock.h"
#include "org/org.h"
#include "ownership/owner.h"

struct error *ownership_explain(struct request *r);

/* The space that was named, if the caller may look into it; else the caller's own private one, which need not exist. */
static struct error *read_space(struct request *r, struct own_id *out)
{
    char id[37] = "";
    bool usable = true;
    struct str named = param_str(r, "space");
    if (named.n) {
        memcpy(id, named.p, 36);
        TRY(org_space_usable(r->db, r->arena, &r->who->scope, id, &usable));
    } else {
        TRY(org_private_space_find(r->db, r->arena, r->who->org.org_id, id));
    }
    if (!usable)
        return invalid(r, "space", "unknown", "no such address space in your scope");
    own_id_parse(str_of(id), out);
    return NULL;
}

struct error *ownership_explain(struct request *r)
{
    struct ownership_query q = {
        .at = param_time(r, "at", clock_now_us()), .domain = param_str(r, "domain"), .url = param_str(r, "url")};
    struct str address = param_str(r, "address");
    struct ownership *o = arena_alloc(r->arena, sizeof *o);
    q.has_address = address.n && ip_parse(address, &q.address);
    if (!q.has_address && !q.domain.n && !q.url.n)
        return error_field(r->arena, ERR_BAD_PARAMETER, "address", "required", "give an address, a domain or an url");
    TRY(read_space(r, &q.space));
    TRY(owner_ask(r->services, r->arena, &q, &r->who->org, o));
    struct jw w = jw_of(&r->reply);
    TRY(owner_write(r, &w, NULL, o));
    return reply_written(r, 200);
}
