#include "ingest/merge.h"

void merge_begin(struct arena *a, size_t lines, struct merge *out)
{
    size_t room = 16;
    while (room < lines * 4) /* two keys a line, half full */
        room *= 2;
    *out = (struct merge){.slots = arena_array(a, lines + 1, sizeof *out->slots),
                          .keys = arena_array(a, 2 * lines + 1, sizeof *out->keys),
                          .table = arena_zalloc(a, room * sizeof *out->table),
                          .mask = room - 1};
}

/* Keys are hashes already. */
static uint32_t *place(const struct merge *m, const struct event_key *key)
{
    uint64_t h;
    memcpy(&h, key->b, sizeof h);
    size_t at = h & m->mask;
    while (m->table[at] && memcmp(&m->keys[m->table[at] - 1].key, key, sizeof *key) != 0)
        at = (at + 1) & m->mask;
    return &m->table[at];
}

static struct merge_slot *slot_of(const struct merge *m, const struct event_key *key)
{
    uint32_t at = *place(m, key);
    return at ? &m->slots[m->keys[at - 1].slot] : NULL;
}

static void name(struct merge *m, const struct event_key *key, const struct merge_slot *s)
{
    uint32_t *at = place(m, key);
    if (!*at) {
        m->keys[m->key_count].key = *key;
        *at = (uint32_t)++m->key_count;
    }
    m->keys[*at - 1].slot = (uint32_t)(s - m->slots);
}

static struct merge_slot *slot_new(struct merge *m, size_t line)
{
    struct merge_slot *s = &m->slots[m->slot_count++];
    *s = (struct merge_slot){.line = line, .status = STR(""), .pushed = STR("")};
    return s;
}

static void take_event(struct merge_slot *s, const struct event *e, size_t line)
{
    if (!s->event) { /* changes of status that came first stay the last word */
        s->event = e;
        s->line = line;
        s->last_at = e->at;
        s->count = e->count;
        s->status = e->status;
        return;
    }
    if (e->count > s->count)
        s->count = e->count;
    if (e->at <= s->last_at)
        return;
    s->last_at = e->at;
    if (e->status.n) {
        s->status = e->status;
        s->pushed = STR("");
    }
}

/* The alias leads to a slot that holds nothing but changes of status: they were about this event. */
static void join(struct merge_slot *s, struct merge_slot *alias)
{
    if (alias == s || alias->event || alias->merged_away)
        return;
    s->pushed = alias->pushed;
    alias->merged_away = true;
}

void merge_line(struct merge *m, const struct event *e, size_t line)
{
    struct merge_slot *s = slot_of(m, &e->key), *alias = e->has_alias ? slot_of(m, &e->alias) : NULL;
    if (!s)
        s = alias ? alias : slot_new(m, line);
    name(m, &e->key, s);
    if (alias)
        join(s, alias);
    if (e->has_alias && (!alias || alias->merged_away))
        name(m, &e->alias, s);
    if (e->kind == EVENT_UPDATE)
        s->pushed = e->status;
    else
        take_event(s, e, line);
}
