#include "ingest/event_store.h"
#include "ingest/ingest.h"
#include "ingest/retention.h"
#include "kernel/crypto.h"
#include "kernel/log.h"

#define A_DAY_US INT64_C(86400000000)

static struct error *merge_lines(struct services *s, struct arena *a, const struct event_line *lines, size_t n, struct merge *m)
{
    const struct formats *formats;
    struct event *events = arena_array(a, n, sizeof *events);
    TRY(formats_kept(s, a, &formats));
    merge_begin(a, n, m);
    for (size_t i = 0; i < n; i++) {
        const struct event_line *l = &lines[i];
        const struct format *format = format_named(formats, str_of(FORMAT_NAMES[l->batch->format]));
        format_parse(format, a, &l->batch->rules, l->text, &events[i]);
        if (events[i].kind == EVENT_NEW || events[i].kind == EVENT_UPDATE)
            merge_line(m, &events[i], i);
        else
            log_warn("events", "line %u of batch %s was accepted and now is not: %s", l->no, l->batch->id,
                     events[i].code ? events[i].code : "ignored");
    }
    return NULL;
}

struct error *events_take(struct services *s, struct arena *a, const struct event_line *lines, size_t n)
{
    struct merge m;
    if (!n)
        return NULL;
    TRY(merge_lines(s, a, lines, n, &m));
    if (!m.slot_count)
        return NULL;
    struct event_row *rows = arena_zalloc(a, m.slot_count * sizeof *rows);
    uint64_t *random = arena_array(a, m.slot_count, sizeof *random);
    random_bytes(random, m.slot_count * sizeof *random);
    for (size_t i = 0; i < m.slot_count; i++) {
        if (!m.slots[i].event)
            continue;
        rows[i].event = m.slots[i].event;
        rows[i].batch = lines[m.slots[i].line].batch;
        rows[i].line_no = lines[m.slots[i].line].no;
        event_identify(&rows[i], random[i]);
        if (rows[i].event->at > rows[i].batch->received_at + A_DAY_US)
            TRY(batch_keep_until(s, a, rows[i].batch->id, rows[i].day));
    }
    TRY(events_own(s, a, rows, m.slot_count));
    return events_store(s, a, &m, rows);
}
