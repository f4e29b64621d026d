/* What a report's flow begins with, and what follows from its end. */
#include "assets/asset_store.h"
#include "assets/asset_total.h"
#include "assets/change.h"
#include "audit/audit.h"
#include "flow/instance.h"
#include "kernel/clock.h"
#include "kernel/id.h"
#include "notify/notify.h"
#include "queue/job.h"
#include "settings/setting.h"

static const struct setting review = {
    .name = "asset.review",
    .group = SETTINGS_GENERAL,
    .label_zh = "资产报送须审核",
    .label_en = "Reports of assets are reviewed",
    .help_zh = "1：单位登记、修改、注销和导入资产先经单位审核和网信受理再入库；0：直接入库",
    .help_en =
        "1: what units register, change, retire or import is reviewed by the unit and accepted by the office first; 0: it holds at once",
    .unit = "switch",
    .shipped = 0,
    .least = 0,
    .most = 1,
    .order = 15};
SETTING(review);

struct error *change_needed(struct request *r, bool *out)
{
    int64_t on;
    TRY(setting_get(r->services, r->arena, &review, &on));
    *out = on && !principal_may(r->who, "asset.accept");
    return NULL;
}

/* ---- the end ---- */
struct ending {
    struct services *s;
    struct arena *a;
    const struct asset_change *c;
    const struct flow_end *end;
    const char *stale; /* why it cannot be done any more: changed, gone, unreadable, or what does not fit its form now */
};

static struct error *note(struct ending *x, const char *action, const struct asset *was, const struct asset *is)
{
    struct audit_actor who = {.user = x->end->by ? x->end->by->id : NULL, .org = x->end->by ? x->end->by->org_id : NULL};
    struct audit_entry e = {.action = action,
                            .subject_kind = "asset",
                            .subject_id = is->id,
                            .org = is->org,
                            .before = was ? asset_json(x->a, was) : STR(""),
                            .after = asset_json(x->a, is)};
    return audit_write(x->s, x->a, &who, &e);
}

/* Forms and lists may be others now. */
static struct error *fitting(struct ending *x, struct asset *y)
{
    const struct catalogue *c;
    TRY(catalogue_get(x->s, x->a, &c));
    struct error *e = asset_normalise(x->a, c, y);
    if (e && e->code != ERR_INVALID)
        return e;
    if (e)
        x->stale = arena_printf(x->a, "%s: %s", e->field ? e->field : "", e->detail ? e->detail : "");
    return NULL;
}

static struct error *put_new(struct ending *x, struct asset *y)
{
    memcpy(y->id, x->c->asset_id, sizeof y->id);
    y->org = x->c->org;
    y->source = "01";
    TRY(fitting(x, y));
    if (x->stale)
        return NULL;
    TRY(asset_insert_many(x->s, x->a, &y, 1, x->end->now));
    TRY(note(x, "asset.create", NULL, y));
    return asset_announce(x->s, x->a, "asset.created", &y, 1);
}

static struct error *put_change(struct ending *x, struct asset *y)
{
    static const struct scope all = {.kind = SCOPE_ALL};
    struct asset *was = arena_alloc(x->a, sizeof *was);
    bool found;
    uint64_t n = 0;
    TRY(asset_read(x->s, x->a, &all, x->c->asset_id, was, &found));
    if (!found || was->version != x->c->base_version) {
        x->stale = found ? "changed" : "gone";
        return NULL;
    }
    memcpy(y->id, was->id, sizeof y->id);
    y->org = was->org;
    y->f[ASSET_NO] = was->f[ASSET_NO];
    y->version = was->version;
    y->source = "01";
    TRY(fitting(x, y));
    if (x->stale)
        return NULL;
    TRY(asset_change_many(x->s, x->a, &y, 1, x->end->now, &n));
    if (!n) {
        x->stale = "changed";
        return NULL;
    }
    TRY(asset_claims_replace(x->s, x->a, was, y, x->end->now));
    TRY(note(x, x->c->action == CHANGE_RETIRE ? "asset.retire" : "asset.update", was, y));
    return asset_announce(x->s, x->a, "asset.updated", &y, 1);
}

static struct error *put_import(struct ending *x)
{
    json_t *params = json_loadb(x->c->content.p, x->c->content.n, 0, NULL);
    struct error *e = job_put(x->s, x->a, id_new().s, "asset_import", params, x->c->created_by, &x->c->org);
    json_decref(params);
    return e;
}

static struct error *apply(struct ending *x)
{
    struct asset *y = arena_alloc(x->a, sizeof *y);
    if (x->c->action == CHANGE_IMPORT)
        return put_import(x);
    if (!change_record(x->a, x->c->content, y)) {
        x->stale = "unreadable";
        return NULL;
    }
    return x->c->action == CHANGE_REGISTER ? put_new(x, y) : put_change(x, y);
}

static struct error *tell(struct ending *x, const char *state)
{
    const struct asset_change *c = x->c;
    const struct actor *by = x->end->by;
    if (!c->created_by[0] || (by && by->id && strcmp(by->id, c->created_by) == 0))
        return NULL;
    struct notice n = {.event = arena_printf(x->a, "asset_change.%s", state),
                       .subject_kind = "asset_change",
                       .subject_id = c->id,
                       .title = c->title,
                       .org = &c->org,
                       .user_id = c->created_by};
    return notice_put_many(x->s->db, x->a, &n, 1, x->end->now);
}

static struct error *report_ended(struct services *s, struct arena *a, struct request *r, const struct flow_end *end)
{
    struct asset_change c;
    bool found, accepted = end->result && strcmp(end->result, "accepted") == 0;
    TRY(change_lock(s, a, end->subject_id, &c, &found));
    if (!found)
        return error_new(a, ERR_CONFLICT, "the report is not in review");
    struct ending x = {.s = s, .a = a, .c = &c, .end = end};
    if (accepted)
        TRY(apply(&x));
    const char *state = x.stale ? "stale" : accepted ? "accepted" : end->status == FLOW_WITHDRAWN ? "withdrawn" : "rejected";
    TRY(change_end(s, a, c.id, state, x.stale ? str_of(x.stale) : end->opinion, end->now));
    if (r)
        asset_total_changed(r);
    return strcmp(state, "withdrawn") == 0 ? NULL : tell(&x, state);
}

/* Whoever reported does not review. */
static struct error *may_complete(struct request *r, const char *subject_id, const char *outcome)
{
    struct asset_change c;
    bool found;
    (void)outcome;
    TRY(change_lock(r->services, r->arena, subject_id, &c, &found));
    if (!found)
        return not_found(r);
    if (strcmp(c.created_by, r->who->id) == 0)
        return error_new(r->arena, ERR_FOUR_EYES, "somebody else has to review it");
    return NULL;
}

static struct error *seen(struct request *r, const char *subject_id, bool to_manage, bool *out)
{
    (void)to_manage;
    return change_seen(r, subject_id, out);
}

static const struct flow_variable variables[] = {{"action", "报送事项（register update retire import）", "What is reported", 's'},
                                                 {"class_code", "资产类别", "Class", 's'},
                                                 {0}};
static const char *const results[] = {"accepted", "rejected", NULL}, *const outcomes[] = {"approve", "reject", NULL},
                         *const permissions[] = {"asset.review", "asset.accept", NULL};
static const struct flow_kind asset_report = {
    .rules = {"asset_report", "资产报送", "Reports of assets", variables, results, outcomes, permissions},
    .subject_kind = "asset_change",
    .step = "report",
    .manage = "asset.accept",
    .ended = report_ended,
    .may_complete = may_complete,
    .seen = seen};
FLOW_KIND(asset_report);

/* ---- the beginning ---- */
static struct error *begin(struct request *r, struct asset_change *c)
{
    struct actor by = actor_of(r);
    str_copy(c->id, sizeof c->id, str_of(id_new().s));
    if (r->who->kind == PRINCIPAL_USER)
        str_copy(c->created_by, sizeof c->created_by, str_of(r->who->id));
    struct error *e = change_insert(r, c);
    if (e && e->code == ERR_DUPLICATE)
        return conflict(r, "a report of this asset is in review already");
    if (e)
        return e;
    json_t *of =
        json_pack("{s:s,s:s%}", "action", change_action_name[c->action], "class_code", c->class.p ? c->class.p : "", c->class.n);
    e = flow_begin(r->services, r->arena, r, &asset_report,
                   &(struct flow_subject){.id = c->id, .title = str_dup(r->arena, c->title), .org = &c->org}, of, &by,
                   clock_now_us());
    json_decref(of);
    if (e)
        return e;
    request_audit(r, "asset_change", c->id, &c->org, c->before, c->action == CHANGE_IMPORT ? STR("") : c->content);
    return reply_accepted(r, c->id);
}

struct error *change_submit(struct request *r, enum change_action action, const struct asset *was, const struct asset *x,
                            struct str reason)
{
    struct asset_change c = {.action = action,
                             .base_version = was ? was->version : 0,
                             .class = x->f[ASSET_CLASS],
                             .title = x->f[ASSET_NAME],
                             .content = change_content(r->arena, x),
                             .before = was ? asset_json(r->arena, was) : STR(""),
                             .reason = reason,
                             .org = x->org};
    str_copy(c.asset_id, sizeof c.asset_id, str_of(x->id));
    return begin(r, &c);
}

static void drop_text(void *p)
{
    free(p);
}

struct error *change_submit_import(struct request *r, const char *file_name, json_t *params)
{
    char *text = json_dumps(params, JSON_COMPACT);
    arena_cleanup(r->arena, drop_text, text);
    struct asset_change c = {
        .action = CHANGE_IMPORT, .title = str_chars(str_of(file_name), 200), .content = str_of(text), .org = r->who->org};
    return begin(r, &c);
}
