/* /discoveries and /discoveries/hosts */
#include <stdio.h>

#include "assets/asset.h"
#include "discovery/discovery_store.h"
#include "files/files.h"
#include "kernel/clock.h"
#include "kernel/id.h"
#include "org/org.h"
#include "queue/job.h"

struct error *discovery_create(struct request *r);
struct error *discovery_hosts(struct request *r);
struct error *discovery_host_get(struct request *r);
struct error *discovery_host_assign(struct request *r);

enum { LOOK_BYTES = 256 * 1024 };

/* ---- a scan comes in ---- */
/* What the beginning of the file shows; the job reads the rest. */
static struct error *look_at(struct request *r, const struct upload *up)
{
    const char *field = up->field[0] ? "file" : "body", *rule;
    char *chunk = arena_alloc(r->arena, LOOK_BYTES);
    struct nmap *n = nmap_new(r->arena, NULL, NULL);
    struct nmap_summary sum;
    FILE *f = fopen(up->path, "rbe");
    if (!f)
        return error_new(r->arena, ERR_UNAVAILABLE, "the upload is gone");
    size_t got = fread(chunk, 1, LOOK_BYTES, f);
    fclose(f);
    bool good = nmap_feed(n, chunk, got);
    enum nmap_result result = nmap_finish(n, &sum);
    if (good && got < up->bytes)
        return NULL;
    const char *why = scan_refusal(r->arena, result, &sum, &rule);
    if (!why)
        return NULL;
    return error_field(r->arena, result == NMAP_MALFORMED ? ERR_MALFORMED : ERR_FILE_REFUSED, field, rule, "%s", why);
}

static struct error *space_of(struct request *r, char out[37])
{
    struct str named = param_str(r, "space");
    bool usable;
    if (!named.n)
        return org_private_space(r->db, r->arena, &r->who->org, out);
    memcpy(out, named.p, 36);
    out[36] = '\0';
    TRY(org_space_usable(r->db, r->arena, &r->who->scope, out, &usable));
    return usable ? NULL : invalid(r, "space", "unknown", "no such address space in your scope");
}

struct error *discovery_create(struct request *r)
{
    const struct upload *up = request_upload(r, "file");
    const char *by = r->who->kind == PRINCIPAL_USER ? r->who->id : NULL;
    char hex[65], space[37];
    uuid id = id_new();
    if (!up)
        return invalid(r, "file", "required", "the part \"file\" is missing");
    TRY(files_fit(r, FILE_SCAN, up->bytes));
    TRY(look_at(r, up));
    TRY(space_of(r, space));
    TRY(files_keep(r->services, r->arena, up, hex));
    struct new_file f = {.sha256_hex = hex,
                         .name = up->name,
                         .media_type = files_media_type(r->arena, up->path),
                         .use = "discovery",
                         .subject_kind = "discovery",
                         .subject_id = id.s,
                         .created_by = r->who->id,
                         .bytes = up->bytes};
    TRY(files_insert(r->services, r->arena, id_new().s, &f, &r->who->org));
    TRY(scan_insert(r->services, r->arena, id.s, space, up->name, by, &r->who->org));
    json_t *params = json_pack("{s:s,s:s,s:s}", "sha256", hex, "file_name", up->name, "space", space);
    struct error *e = job_put(r->services, r->arena, id.s, "discovery_import", params, by, &r->who->org);
    json_decref(params);
    if (e)
        return e;
    request_audit(r, "discovery", id.s, &r->who->org, STR(""), STR(""));
    return reply_accepted(r, id.s);
}

/* ---- lists ---- */
static void put_host(struct jw *w, struct rows *x)
{
    bool owned = str_is(row_text(x, HOST_VERDICT), "owned");
    jw_str(w, "id", row_text(x, HOST_ID));
    jw_str(w, "address", row_text(x, HOST_ADDRESS));
    jw_str(w, "space_id", row_text(x, HOST_SPACE));
    jw_str(w, "space_name", row_text(x, HOST_SPACE_NAME));
    jw_raw(w, "hostnames", row_null(x, HOST_HOSTNAMES) ? STR("[]") : row_text(x, HOST_HOSTNAMES));
    jw_row_text(w, "mac", x, HOST_MAC);
    jw_row_text(w, "vendor", x, HOST_VENDOR);
    jw_row_text(w, "os", x, HOST_OS);
    jw_bool(w, "owned", owned);
    jw_str(w, "verdict", row_text(x, HOST_VERDICT));
    jw_row_text(w, "method", x, HOST_METHOD);
    jw_int(w, "confidence", row_int(x, HOST_CONFIDENCE));
    jw_opt(w, "org_id", owned ? row_text(x, HOST_ORG) : STR(""));
    jw_opt(w, "org_name", owned ? row_text(x, HOST_ORG_NAME) : STR(""));
    jw_row_text(w, "asset_id", x, HOST_ASSET);
    jw_row_text(w, "asset_name", x, HOST_ASSET_NAME);
    jw_row_time(w, "first_seen_at", x, HOST_FIRST_SEEN);
    jw_row_time(w, "last_seen_at", x, HOST_LAST_SEEN);
    jw_int(w, "service_count", row_int(x, HOST_SERVICES));
    jw_str(w, "discovery_id", row_text(x, HOST_DISCOVERY));
    jw_int(w, "version", row_int(x, HOST_VERSION));
    jw_row_bool(w, "is_demo", x, HOST_DEMO);
}

struct error *discovery_hosts(struct request *r)
{
    struct page p;
    struct rows x;
    int64_t total;
    TRY(page_of(r, &p));
    TRY(host_count(r, &total));
    TRY(host_page(r, &p, &x));
    list_begin(r);
    struct jw w = jw_of(&r->reply);
    while (rows_next(&x)) {
        jw_object_begin(&w, NULL);
        put_host(&w, &x);
        jw_object_end(&w);
    }
    TRY(rows_end(&x));
    return list_end(r, &p, total, NULL);
}

/* ---- one ---- */
static struct error *put_services(struct request *r, struct jw *w, const char *id)
{
    static const char *const text[] = {"service", "product", "version", "extra", "cpe"};
    struct rows x;
    TRY(host_service_rows(r, id, &x));
    jw_array_begin(w, "services");
    while (rows_next(&x)) {
        jw_object_begin(w, NULL);
        jw_str(w, "protocol", row_text(&x, 0));
        jw_int(w, "port", row_int(&x, 1));
        for (unsigned i = 0; i < 5; i++)
            jw_row_text(w, text[i], &x, i + 2);
        jw_row_time(w, "first_seen_at", &x, 7);
        jw_row_time(w, "last_seen_at", &x, 8);
        jw_object_end(w);
    }
    jw_array_end(w);
    return rows_end(&x);
}

/* The best that the address and any of the names tell, at the time that the host was last seen. */
static struct error *ask_owner(struct request *r, const struct host *h, struct ownership *out)
{
    struct ownership_query q = {.has_address = true, .address = h->ip, .at = h->last_seen};
    struct org_stamp finder;
    bool found;
    own_id_parse(str_of(h->space), &q.space);
    TRY(org_stamp_get(r->db, r->arena, h->found_by, &finder, &found));
    TRY(owner_ask(r->services, r->arena, &q, found ? &finder : NULL, out));
    for (size_t i = 0; i < h->name_count && out->method != METHOD_ADDRESS; i++) {
        struct ownership named;
        q.domain = h->names[i];
        TRY(owner_ask(r->services, r->arena, &q, found ? &finder : NULL, &named));
        if (verdict_better(&named, out))
            *out = named;
    }
    return NULL;
}

static struct error *answer(struct request *r, const char *id)
{
    struct host *h = arena_alloc(r->arena, sizeof *h);
    struct ownership *o = arena_alloc(r->arena, sizeof *o);
    struct rows x;
    int64_t version;
    bool found;
    TRY(host_record(r, id, h, &version, &found));
    if (!found)
        return not_found(r);
    TRY(ask_owner(r, h, o));
    TRY(host_row(r, id, &x, &found));
    struct jw w = jw_of(&r->reply);
    jw_object_begin(&w, NULL);
    put_host(&w, &x);
    TRY(rows_end(&x));
    TRY(put_services(r, &w, id));
    TRY(owner_write(r, &w, "ownership", o));
    jw_object_end(&w);
    return reply_written(r, 200);
}

struct error *discovery_host_get(struct request *r)
{
    return answer(r, param_str(r, "id").p);
}

/* ---- an unowned host is given to a unit ---- */
static struct error *make_asset(struct request *r, const struct host *h, const struct org_stamp *org, struct asset **out)
{
    struct asset *x = *out = arena_zalloc(r->arena, sizeof *x);
    const struct catalogue *c;
    char ip[IP_TEXT_MAX];
    x->org = *org;
    x->f[ASSET_CLASS] = STR("hardware");
    x->f[ASSET_CATEGORY] = body_str(r, "category_code");
    x->f[ASSET_NAME] = body_str(r, "name");
    x->f[ASSET_REMARK] = body_str(r, "reason");
    x->exposed = ip_is_global(&h->ip);
    x->source = "02";
    if (asset_address_parse(r->arena, ADDRESS_IP, (struct str){ip, ip_format(&h->ip, ip)}, &x->addresses[0]))
        x->addresses[x->address_count++].space = str_of(h->space);
    if (h->mac.n && asset_address_parse(r->arena, ADDRESS_MAC, h->mac, &x->addresses[x->address_count]))
        x->addresses[x->address_count++].space = str_of(h->space);
    TRY(catalogue_get(r->services, r->arena, &c));
    return asset_normalise(r->arena, c, x);
}

static struct str assign_note(struct request *r, const struct asset *x)
{
    struct buf b = buf_new(r->arena, 512, 8192);
    struct jw w = jw_of(&b);
    jw_object_begin(&w, NULL);
    jw_str(&w, "org_id", str_of(x->org.org_id));
    jw_str(&w, "asset_id", str_of(x->id));
    jw_str(&w, "reason", body_str(r, "reason"));
    jw_object_end(&w);
    return buf_done(&b);
}

/* The row goes to its new owner at once; the outbox tells the rest. */
static struct error *give(struct request *r, struct host *h, const struct asset *x)
{
    struct ownership *o = arena_alloc(r->arena, sizeof *o);
    TRY(ask_owner(r, h, o));
    h->owner =
        (struct owner_brief){.verdict = o->verdict, .method = method_name(o->method), .confidence = o->confidence, .org = &x->org};
    memcpy(h->owner.asset_id, x->id, sizeof h->owner.asset_id);
    h->row = x->org;
    return hosts_reown(r->services, r->arena, h, 1, clock_now_us());
}

struct error *discovery_host_assign(struct request *r)
{
    const char *id = param_str(r, "id").p;
    struct host *h = arena_alloc(r->arena, sizeof *h);
    struct org_stamp org;
    struct asset *x;
    int64_t version;
    bool found;
    uint64_t n;
    TRY(host_record(r, id, h, &version, &found));
    if (!found)
        return not_found(r);
    if (body_int(r, "version", 0) != version)
        return stale_version(r, version);
    if (h->owner.verdict != VERDICT_UNOWNED && !(h->owner.method && strcmp(h->owner.method, "sector") == 0))
        return conflict(r, "the host is not in the unowned pool");
    TRY(org_stamp_in_scope(r->db, r->arena, &r->who->scope, body_str(r, "org_id").p, &org, &found));
    if (!found)
        return invalid(r, "org_id", "unknown", "no such organisation in your scope");
    TRY(host_claim_version(r, id, version, &n));
    if (!n)
        return stale_version(r, version + 1);
    TRY(make_asset(r, h, &org, &x));
    TRY(asset_register(r->services, r->arena, x, r->who->kind == PRINCIPAL_USER ? r->who->id : NULL, &r->who->org, r->address,
                       r->request_id));
    TRY(give(r, h, x));
    request_audit(r, "host", id, &org, STR(""), assign_note(r, x));
    return answer(r, id);
}
