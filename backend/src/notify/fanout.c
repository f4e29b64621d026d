/* From notices to deliveries, by the rules of the receiver's realm. Repeating changes nothing: a delivery is one of (notice, kind,
 * receiver). */
#include <stdlib.h>

#include "kernel/clock.h"
#include "notify/config_store.h"
#include "notify/delivery_store.h"
#include "queue/job.h"

enum { CHUNK = 50, RULES_AT_ONCE = 50, MADE_MAX = 2000 };

struct plan {
    struct db *db;
    struct arena *a;
    int64_t now;
    struct rule *rules;
    struct channel *channels;
    struct quiet *quiets;
    size_t rule_count, channel_count, quiet_count;
    struct new_delivery *made;
    size_t made_count;
};

static struct error *write_made(struct plan *p)
{
    size_t n = p->made_count;
    p->made_count = 0;
    return deliveries_insert(p->db, p->a, p->made, n, p->now);
}

static struct error *add(struct plan *p, struct new_delivery d)
{
    if (p->made_count == MADE_MAX)
        TRY(write_made(p));
    p->made[p->made_count++] = d;
    return NULL;
}

/* The channels of a kind in the nearest realm that has one. */
static size_t channels_for(const struct plan *p, const struct realms *realms, enum channel_kind kind, const struct channel **out,
                           size_t most)
{
    for (size_t r = 0; r < realms->count; r++) {
        size_t n = 0;
        for (size_t i = 0; i < p->channel_count && n < most; i++)
            if (p->channels[i].active && p->channels[i].kind == kind && strcmp(p->channels[i].realm, realms->key[r]) == 0)
                out[n++] = &p->channels[i];
        if (n)
            return n;
    }
    return 0;
}

static struct error *to_people(struct plan *p, const struct notice_row *n, const struct rule *rule, int64_t not_before)
{
    struct receiver *list = arena_array(p->a, RECEIVERS_MAX, sizeof *list);
    size_t count;
    TRY(receivers_of(p->db, p->a, n, rule, list, &count));
    for (size_t i = 0; i < count; i++)
        TRY(add(p, (struct new_delivery){n, rule->kind, list[i], not_before, list[i].person.n ? NULL : "no_person"}));
    return NULL;
}

static struct error *plan_kind(struct plan *p, const struct notice_row *n, const struct realms *realms, enum channel_kind kind)
{
    enum { CHANNELS_MAX = 20 };
    const struct rule *rules[RULES_AT_ONCE];
    const struct channel *channels[CHANNELS_MAX];
    size_t channel_count = channels_for(p, realms, kind, channels, CHANNELS_MAX);
    size_t rule_count = rules_for(p->rules, p->rule_count, realms, n->event, n->level, kind, rules, RULES_AT_ONCE);
    if (!channel_count || !rule_count)
        return NULL;
    if (kind == CHANNEL_WEBHOOK) {
        for (size_t i = 0; i < channel_count; i++)
            TRY(add(
                p,
                (struct new_delivery){
                    n, kind, {.channel = str_of(channels[i]->id), .name = channels[i]->name, .lang = STR("zh-CN")}, p->now, NULL}));
        return NULL;
    }
    int64_t not_before = quiet_until(quiet_of(p->quiets, p->quiet_count, realms), n->level, p->now);
    for (size_t i = 0; i < rule_count; i++)
        TRY(to_people(p, n, rules[i], not_before));
    return NULL;
}

static struct error *plan_chunk(struct plan *p, const struct notice_row *list, size_t n)
{
    p->made = arena_array(p->a, MADE_MAX, sizeof *p->made);
    p->made_count = 0;
    for (size_t i = 0; i < n; i++) {
        struct realms realms;
        TRY(realm_chain(p->db, p->a, &list[i].org, &realms));
        for (int k = 0; k < CHANNEL_KINDS; k++)
            TRY(plan_kind(p, &list[i], &realms, (enum channel_kind)k));
    }
    return write_made(p);
}

static struct error *in_transaction(struct plan *p, const struct notice_row *list, size_t n)
{
    TRY(db_begin(p->db, p->a));
    struct error *e = plan_chunk(p, list, n);
    return db_finish(p->db, p->a, e);
}

static void drop_text(void *p)
{
    free(p);
}

static struct error *on_notice(struct services *s, struct arena *a, const char *subject_id, json_t *payload, uint64_t change_seq)
{
    (void)subject_id;
    (void)change_seq;
    struct plan p = {.db = s->db, .a = a, .now = clock_now_us()};
    struct notice_row *list;
    size_t n;
    char *ids = json_dumps(json_object_get(payload, "ids"), JSON_COMPACT);
    if (!ids)
        return NULL;
    arena_cleanup(a, drop_text, ids);
    TRY(channels_load(s->db, a, &p.channels, &p.channel_count));
    if (!p.channel_count)
        return NULL;
    TRY(rules_load(s->db, a, &p.rules, &p.rule_count));
    TRY(quiet_load(s->db, a, &p.quiets, &p.quiet_count));
    TRY(notices_by_id(s->db, a, ids, &list, &n));
    for (size_t i = 0; i < n; i += CHUNK) {
        struct arena_mark mark = arena_mark(a);
        TRY(in_transaction(&p, list + i, n - i < CHUNK ? n - i : CHUNK));
        arena_reset_to(a, mark);
    }
    return NULL;
}
OUTBOX_CONSUMER(notify_fanout, "notice", on_notice);
