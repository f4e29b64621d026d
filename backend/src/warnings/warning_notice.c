#include "warnings/warning_notice.h"

#include "kernel/clock.h"
#include "notify/notify.h"

enum { FACT_CHARS = 500 };

static void set(json_t *facts, const char *name, struct str value)
{
    struct str said = str_chars(value, FACT_CHARS);
    if (said.n)
        json_object_set_new(facts, name, json_stringn(said.p, said.n));
}

static json_t *facts_of(const struct actor *by, struct str opinion, int64_t due)
{
    json_t *facts = json_object();
    if (by) {
        set(facts, "actor", str_of(by->name));
        set(facts, "unit", str_of(by->org_name));
    }
    set(facts, "opinion", opinion);
    if (due) {
        char text[17];
        clock_local_minute(due, text);
        set(facts, "due", str_of(text));
    }
    return facts;
}

struct error *notice_arrived(struct db *db, struct arena *a, const struct warning *w, const struct str *dispatches,
                             const struct org_stamp *orgs, size_t n, int64_t due, int64_t now)
{
    struct notice *all = arena_array(a, n, sizeof *all);
    json_t *facts = facts_of(NULL, STR(""), due);
    set(facts, "number", str_of(w->number));
    for (size_t i = 0; i < n; i++)
        all[i] = (struct notice){.event = "dispatch.arrived",
                                 .level = w->level,
                                 .subject_kind = "dispatch",
                                 .subject_id = dispatches[i].p,
                                 .title = str_of(w->title),
                                 .facts = facts,
                                 .org = &orgs[i],
                                 .permission = "dispatch.handle"};
    struct error *e = notice_put_many(db, a, all, n, now);
    json_decref(facts);
    return e;
}

struct error *notice_moved(struct db *db, struct arena *a, const struct dispatch *d, enum dispatch_action action,
                           const struct actor *by, struct str opinion, int64_t now)
{
    static const struct {
        enum dispatch_action action;
        const char *event;
        bool to_issuer;
    } events[] = {{DISPATCH_FEEDBACK, "feedback.arrived", true},       {DISPATCH_ACCEPT, "dispatch.accepted", false},
                  {DISPATCH_RETURN, "dispatch.returned", false},       {DISPATCH_TERMINATE, "dispatch.terminated", false},
                  {DISPATCH_EXTEND_ASK, "extension.asked", true},      {DISPATCH_EXTEND_GRANT, "extension.decided", false},
                  {DISPATCH_EXTEND_REFUSE, "extension.decided", false}};
    for (size_t i = 0; i < sizeof events / sizeof *events; i++) {
        if (events[i].action != action)
            continue;
        bool found = true;
        struct org_stamp org = d->org;
        if (events[i].to_issuer)
            TRY(org_stamp_get(db, a, d->issuer_org, &org, &found));
        if (!found)
            return NULL;
        json_t *facts = facts_of(by, action == DISPATCH_FEEDBACK ? STR("") : opinion, d->clock.due);
        struct notice n = {.event = events[i].event,
                           .level = d->level,
                           .subject_kind = "dispatch",
                           .subject_id = d->id,
                           .title = str_of(d->title),
                           .facts = facts,
                           .org = &org,
                           .permission = events[i].to_issuer ? "dispatch.review" : "dispatch.handle"};
        struct error *e = notice_put_many(db, a, &n, 1, now);
        json_decref(facts);
        return e;
    }
    return NULL;
}

struct error *notice_drafter(struct db *db, struct arena *a, const struct warning *w, const char *event, const struct actor *by,
                             struct str opinion, int64_t now)
{
    if (!w->created_by || (by && by->id && strcmp(by->id, w->created_by) == 0))
        return NULL;
    json_t *facts = facts_of(by, opinion, 0);
    set(facts, "number", str_of(w->number));
    struct notice n = {.event = event,
                       .level = w->level,
                       .subject_kind = "warning",
                       .subject_id = w->id,
                       .title = str_of(w->title),
                       .facts = facts,
                       .org = &w->org,
                       .user_id = w->created_by};
    struct error *e = notice_put_many(db, a, &n, 1, now);
    json_decref(facts);
    return e;
}
