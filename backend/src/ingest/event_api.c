/* GET /events and what hangs below one. */
#include "ingest/event.h"
#include "ingest/event_read_store.h"
#include "ingest/event_store.h"
#include "ingest/ingest.h"
#include "json/write.h"
#include "kernel/clock.h"
#include "ownership/owner.h"

struct error *event_list(struct request *r);
struct error *event_get(struct request *r);
struct error *event_raw(struct request *r);
struct error *event_ownership(struct request *r);

static void put_ip(struct jw *w, const char *key, struct rows *r, unsigned col)
{
    struct str bytes = row_text(r, col);
    struct ip ip;
    char text[IP_TEXT_MAX];
    if (bytes.n != sizeof ip.b) {
        jw_null(w, key);
        return;
    }
    memcpy(ip.b, bytes.p, sizeof ip.b);
    jw_str(w, key, (struct str){text, ip_format(&ip, text)});
}

/* Members of an event, inside its braces. */
static void put_members(struct jw *w, struct rows *e)
{
    int64_t format = row_int(e, EC_FORMAT), severity = row_int(e, EC_SEVERITY);
    jw_str(w, "id", row_text(e, EC_ID));
    jw_row_time(w, "occurred_at", e, EC_OCCURRED);
    jw_row_time(w, "received_at", e, EC_RECEIVED);
    jw_row_time(w, "last_seen_at", e, EC_LAST);
    jw_str(w, "name", row_text(e, EC_NAME));
    jw_z(w, "format", format >= 0 && format < FORMAT_COUNT ? FORMAT_NAMES[format] : "");
    jw_row_text(w, "category", e, EC_CATEGORY);
    jw_z(w, "severity", severity_name(severity >= 0 && severity <= SEVERITY_CRITICAL ? (enum severity)severity : SEVERITY_INFO));
    put_ip(w, "src_ip", e, EC_SRC);
    jw_row_int(w, "src_port", e, EC_SPORT);
    put_ip(w, "dst_ip", e, EC_DST);
    jw_row_int(w, "dst_port", e, EC_DPORT);
    put_ip(w, "victim_ip", e, EC_VICTIM);
    jw_row_text(w, "protocol", e, EC_PROTOCOL);
    jw_row_text(w, "url", e, EC_URL);
    jw_row_text(w, "domain", e, EC_DOMAIN);
    jw_row_text(w, "rule_id", e, EC_RULE);
    jw_row_text(w, "status", e, EC_STATUS);
    jw_int(w, "count", row_int(e, EC_COUNT));
    jw_z(w, "verdict", verdict_name((enum verdict)row_int(e, EC_VERDICT)));
    jw_z(w, "method", method_name((enum own_method)row_int(e, EC_METHOD)));
    jw_int(w, "confidence", row_int(e, EC_CONFIDENCE));
    jw_row_text(w, "org_id", e, EC_ORG);
    jw_row_text(w, "org_name", e, EC_ORG_NAME);
    jw_row_text(w, "asset_id", e, EC_ASSET);
    jw_row_text(w, "asset_name", e, EC_ASSET_NAME);
    jw_str(w, "source_id", row_text(e, EC_SOURCE));
    jw_str(w, "source_name", row_text(e, EC_SOURCE_NAME));
    jw_row_text(w, "warning_id", e, EC_WARNING);
}

/* `org`: that organisation and all below it, where it lies inside the caller's scope. */
static struct error *narrow(struct request *r, struct scope *scope)
{
    struct org_stamp org;
    bool found;
    if (!param_has(r, "org"))
        return NULL;
    TRY(org_stamp_in_scope(r->db, r->arena, &r->who->scope, str_dup(r->arena, param_str(r, "org")), &org, &found));
    *scope = found ? org_scope_subtree(&org) : (struct scope){.kind = SCOPE_NONE};
    return NULL;
}

static struct error *filter_of(struct request *r, struct event_filter *f)
{
    enum severity severity;
    struct str verdict = param_str(r, "verdict"), address = param_str(r, "address");
    *f = (struct event_filter){.scope = r->who->scope,
                               .q = param_str(r, "q"),
                               .source = param_str(r, "source"),
                               .after = param_str(r, "after"),
                               .severity = -1,
                               .verdict = -1,
                               .format = -1};
    if (severity_of(param_str(r, "severity"), &severity))
        f->severity = (int)severity;
    if (param_has(r, "format"))
        f->format = event_format(param_str(r, "format"));
    for (int v = VERDICT_UNOWNED; verdict.n && v <= VERDICT_OWNED; v++)
        if (str_is(verdict, verdict_name((enum verdict)v)))
            f->verdict = v;
    f->has_address = address.n && ip_parse(address, &f->address);
    TRY(narrow(r, &f->scope));
    char day[11];
    if (f->after.n && !event_day(f->after, day))
        return error_field(r->arena, ERR_BAD_PARAMETER, "after", "format", "not a cursor of this list");
    f->from = param_time(r, "from", 0);
    f->to = param_time(r, "to", 0);
    return NULL;
}

struct error *event_list(struct request *r)
{
    struct event_filter f;
    struct page p;
    struct rows rows;
    int64_t total, n = 0;
    const char *last = NULL;
    TRY(page_of(r, &p));
    TRY(filter_of(r, &f));
    TRY(event_count(r, &f, &total));
    TRY(event_page(r, &f, &p, &rows));
    list_begin(r);
    struct jw w = jw_of(&r->reply);
    while (rows_next(&rows)) {
        jw_object_begin(&w, NULL);
        put_members(&w, &rows);
        jw_object_end(&w);
        last = row_dup(&rows, r->arena, EC_ID);
        n++;
    }
    TRY(rows_end(&rows));
    return list_end(r, &p, total, n == p.size ? last : NULL);
}

/* ---- one ---- */
/* The event of the path, open for reading; not_found outside the scope. */
static struct error *find(struct request *r, struct str id, struct rows *out)
{
    bool found;
    TRY(event_one(r, id, out, &found));
    return found ? NULL : not_found(r);
}

struct about {
    char id[37], batch[37], source_org[37], org[37];
    uint32_t line;
    struct ownership_query question;
};

static void read_about(struct request *r, struct rows *e, struct about *out)
{
    *out = (struct about){.line = (uint32_t)row_int(e, EC_LINE)};
    str_copy(out->id, sizeof out->id, row_text(e, EC_ID));
    str_copy(out->batch, sizeof out->batch, row_text(e, EC_BATCH));
    str_copy(out->source_org, sizeof out->source_org, row_text(e, EC_SOURCE_ORG));
    str_copy(out->org, sizeof out->org, row_text(e, EC_ORG));
    struct ownership_query *q = &out->question;
    struct str victim = row_text(e, EC_VICTIM);
    q->has_address = victim.n == sizeof q->address.b;
    if (q->has_address)
        memcpy(q->address.b, victim.p, sizeof q->address.b);
    q->domain = row_null(e, EC_DOMAIN) ? STR("") : str_of(row_dup(e, r->arena, EC_DOMAIN));
    q->url = row_null(e, EC_URL) ? STR("") : str_of(row_dup(e, r->arena, EC_URL));
    q->at = row_time(e, EC_OCCURRED);
    own_id_parse(row_text(e, EC_SPACE), &q->space);
}

/* The line as it was received; empty for an event that no batch brought (demonstration). */
static struct error *line_of(struct request *r, const struct about *x, struct stored_batch *b, struct str *out)
{
    struct str *lines;
    bool found;
    *out = STR("");
    if (!x->batch[0])
        return NULL;
    TRY(batch_read(r->services, r->arena, x->batch, b, &found));
    if (!found || x->line >= b->lines || !batch_open(r->arena, b->body, b->lines, b->bytes, &lines))
        return error_new(r->arena, ERR_INTERNAL, "batch %s of event %s cannot be opened", x->batch, x->id);
    *out = lines[x->line];
    return NULL;
}

/* What the format knows beyond the columns. */
static struct error *put_fields(struct request *r, struct jw *w, const struct about *x)
{
    struct stored_batch b;
    struct str line;
    TRY(line_of(r, x, &b, &line));
    jw_object_begin(w, "fields");
    if (line.n) {
        const struct formats *formats;
        struct event e;
        TRY(formats_kept(r->services, r->arena, &formats));
        format_parse(format_named(formats, str_of(FORMAT_NAMES[b.format])), r->arena, &b.rules, line, &e);
        const struct {
            const char *name;
            struct str value;
        } fields[] = {{"type", e.type},
                      {"subtype", e.subtype},
                      {"app", e.app},
                      {"file_hash", e.file_hash},
                      {"source_event_id", e.source_event_id},
                      {"aggregation_id", e.aggregation_id}};
        for (size_t i = 0; i < sizeof fields / sizeof *fields; i++)
            if (fields[i].value.n)
                jw_str(w, fields[i].name, fields[i].value);
    }
    jw_object_end(w);
    return NULL;
}

static struct error *ask(struct request *r, const struct about *x, struct ownership *out)
{
    struct org_stamp seen_by;
    bool found;
    TRY(org_stamp_get(r->db, r->arena, x->source_org, &seen_by, &found));
    return owner_ask(r->services, r->arena, &x->question, found ? &seen_by : NULL, out);
}

struct error *event_get(struct request *r)
{
    struct rows rows;
    struct about x;
    struct ownership o;
    TRY(find(r, param_str(r, "id"), &rows));
    struct jw w = jw_of(&r->reply);
    jw_object_begin(&w, NULL);
    put_members(&w, &rows);
    jw_str(&w, "space_id", row_text(&rows, EC_SPACE));
    read_about(r, &rows, &x);
    TRY(rows_end(&rows));
    TRY(put_fields(r, &w, &x));
    TRY(ask(r, &x, &o));
    TRY(owner_write(r, &w, "ownership", &o));
    jw_object_end(&w);
    return reply_written(r, 200);
}

struct error *event_ownership(struct request *r)
{
    struct rows rows;
    struct about x;
    struct ownership o;
    TRY(find(r, param_str(r, "id"), &rows));
    read_about(r, &rows, &x);
    TRY(rows_end(&rows));
    TRY(ask(r, &x, &o));
    struct jw w = jw_of(&r->reply);
    TRY(owner_write(r, &w, NULL, &o));
    return reply_written(r, 200);
}

struct error *event_raw(struct request *r)
{
    struct rows rows;
    struct about x;
    struct stored_batch b;
    struct org_stamp owner = {0};
    struct str line;
    bool found;
    TRY(find(r, param_str(r, "id"), &rows));
    read_about(r, &rows, &x);
    TRY(rows_end(&rows));
    if (!x.batch[0])
        return not_found(r);
    TRY(line_of(r, &x, &b, &line));
    if (x.org[0])
        TRY(org_stamp_get(r->db, r->arena, x.org, &owner, &found));
    request_audit(r, "event", arena_strdup(r->arena, x.id), &owner, (struct str){NULL, 0}, (struct str){NULL, 0});
    r->reply_type = "text/plain; charset=utf-8";
    buf_str(&r->reply, line);
    return reply_written(r, 200);
}

struct error *event_snapshot(struct request *r, struct str id, struct event_snapshot *out, bool *found)
{
    struct rows rows;
    struct about x;
    struct ownership o;
    TRY(event_one(r, id, &rows, found));
    if (!*found)
        return NULL;
    struct buf event = buf_new(r->arena, 2048, 64 * 1024), owner = buf_new(r->arena, 2048, 256 * 1024);
    struct jw w = jw_of(&event), v = jw_of(&owner);
    jw_object_begin(&w, NULL);
    put_members(&w, &rows);
    jw_object_end(&w);
    read_about(r, &rows, &x);
    TRY(rows_end(&rows));
    TRY(ask(r, &x, &o));
    TRY(owner_write(r, &v, NULL, &o));
    *out = (struct event_snapshot){
        .event = buf_done(&event), .owner = buf_done(&owner), .org_id = x.org[0] ? arena_strdup(r->arena, x.org) : NULL};
    return NULL;
}
