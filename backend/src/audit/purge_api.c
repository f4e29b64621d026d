/* /audit/purges: one administrator asks, another one decides. */
#include "audit/purge.h"
#include "json/write.h"
#include "kernel/clock.h"
#include "kernel/id.h"
#include "notify/notify.h"
#include "settings/setting.h"

struct error *audit_purge_list(struct request *r);
struct error *audit_purge_create(struct request *r);
struct error *audit_purge_approve(struct request *r);
struct error *audit_purge_reject(struct request *r);

static const struct setting keep_days = {.name = "audit.keep_days",
                                         .group = SETTINGS_GENERAL,
                                         .label_zh = "审计记录留存",
                                         .label_en = "Audit records are kept",
                                         .help_zh = "更早的记录须由系统管理员申请、审计管理员批准后才会清理；法定不少于 180 天",
                                         .help_en = "older ones go only when the system administrator asks and the audit "
                                                    "administrator agrees; by law at least 180 days",
                                         .unit = "days",
                                         .shipped = 180,
                                         .least = 180,
                                         .most = 3650,
                                         .order = 20};
SETTING(keep_days);

void purge_mac(const struct keys *k, const struct purge *p, unsigned char out[DIGEST_BYTES])
{
    const struct str parts[] = {STR("audit purge 1 "), str_of(p->id), str_of(p->before), str_of(p->asked_by),
                                str_of(p->decided_by)};
    hmac_sm3_parts(&k->audit, parts, sizeof parts / sizeof *parts, out);
}

struct error *audit_purge_list(struct request *r)
{
    struct rows x;
    TRY(purge_rows(r, &x));
    list_begin(r);
    struct jw w = jw_of(&r->reply);
    while (rows_next(&x)) {
        jw_object_begin(&w, NULL);
        jw_str(&w, "id", row_text(&x, 0));
        jw_row_time(&w, "before", &x, 1);
        jw_str(&w, "reason", row_text(&x, 2));
        jw_str(&w, "state", row_text(&x, 3));
        jw_str(&w, "asked_by_name", row_text(&x, 5));
        jw_row_time(&w, "asked_at", &x, 6);
        jw_row_text(&w, "decided_by_name", &x, 7);
        jw_row_time(&w, "decided_at", &x, 8);
        jw_row_int(&w, "deleted", &x, 9);
        jw_row_text(&w, "error", &x, 10);
        jw_object_end(&w);
    }
    TRY(rows_end(&x));
    return list_end_whole(r);
}

/* The first instant that is kept: both when it is asked for and when it is decided. */
static struct error *check_age(struct request *r, int64_t before)
{
    int64_t days, now = clock_now_us();
    TRY(setting_get(r->services, r->arena, &keep_days, &days));
    if (before <= clock_local_midnight(clock_local_day(now) - (int)days))
        return NULL;
    return invalid(r, "before", "range", "records of the last %lld days are kept", (long long)days);
}

struct error *audit_purge_create(struct request *r)
{
    int64_t before = body_time(r, "before", 0);
    uuid id = id_new();
    TRY(check_age(r, before));
    struct error *e = purge_insert(r, id.s, before);
    if (e && e->code == ERR_DUPLICATE)
        return conflict(r, "another request is not decided, or not carried out yet");
    if (e)
        return e;
    const struct notice n = {.event = "audit.purge_asked",
                             .subject_kind = "audit_purge",
                             .subject_id = id.s,
                             .title = body_str(r, "reason"),
                             .permission = "audit_purge.decide"};
    TRY(notice_put_many(r->db, r->arena, &n, 1, clock_now_us()));
    request_audit(r, "audit_purge", id.s, NULL, STR(""), r->body);
    return reply_json(r, 201, json_pack("{s:s}", "id", id.s));
}

static struct error *decide(struct request *r, bool approve)
{
    struct purge p;
    bool found;
    int64_t before = 0;
    uuid job = id_new();
    TRY(purge_lock(r, param_str(r, "id").p, &p, &found));
    if (!found)
        return not_found(r);
    if (strcmp(p.asked_by, r->who->id) == 0)
        return conflict(r, "whoever asked for it does not decide it");
    clock_from_sql(str_of(p.before), &before);
    if (approve) {
        TRY(check_age(r, before));
        TRY(job_put(r->services, r->arena, job.s, "audit_purge", json_pack("{s:s}", "purge_id", p.id), r->who->id, &r->who->org));
    }
    str_copy(p.decided_by, sizeof p.decided_by, str_of(r->who->id));
    TRY(purge_decided(r, &p, approve ? "approved" : "rejected", approve ? job.s : NULL));
    request_audit(r, "audit_purge", p.id, NULL, STR(""), str_of(arena_printf(r->arena, "{\"before\":\"%s\"}", p.before)));
    return reply_empty(r, 204);
}

struct error *audit_purge_approve(struct request *r)
{
    return decide(r, true);
}

struct error *audit_purge_reject(struct request *r)
{
    return decide(r, false);
}
