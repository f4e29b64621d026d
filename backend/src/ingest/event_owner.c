#include "ingest/event_store.h"
#include "ownership/owner.h"

static struct ownership_query question(const struct event_row *row)
{
    const struct event *e = row->event;
    struct ownership_query q = {
        .has_address = e->has_victim, .address = e->victim, .domain = e->domain, .url = e->url, .at = e->at};
    own_id_parse(str_of(row->batch->space_id), &q.space);
    return q;
}

struct error *events_own(struct services *s, struct arena *a, struct event_row *rows, size_t n)
{
    const struct ownership_index *x;
    const struct stored_batch *batch = NULL;
    struct str sector = STR("");
    TRY(owner_index(s, a, &x));
    for (size_t i = 0; i < n; i++) {
        struct event_row *row = &rows[i];
        struct ownership o;
        struct owner_brief brief;
        if (!row->event)
            continue;
        if (row->batch != batch) {
            batch = row->batch;
            sector = owner_sector(x, a, &batch->seen_by);
        }
        struct ownership_query q = question(row);
        q.sector = sector;
        ownership_resolve(x, &q, &o);
        TRY(owner_brief_of(s, a, &o, &brief));
        row->verdict = brief.verdict;
        row->method = brief.verdict == o.verdict ? o.method : METHOD_NONE;
        row->confidence = brief.confidence;
        row->owner = brief.verdict == VERDICT_OWNED ? brief.org : NULL;
        row->asset_id = row->owner && brief.asset_id[0] ? arena_strdup(a, brief.asset_id) : NULL;
    }
    return NULL;
}
