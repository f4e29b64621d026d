/* POST /events: the accepted lines are committed before the answer; the streams only tell the workers sooner. */
#include <sodium.h>

#include "ingest/ingest.h"
#include "ingest/ingest_store.h"
#include "json/write.h"
#include "kernel/id.h"
#include "redis/redis.h"

struct error *event_ingest(struct request *r);

enum { REJECTED_SHOWN = 1000, ANSWER_MAX = 1 << 20, STREAM_MAX = 200000, BELLS_MAX = 4096 };

struct taken {
    struct request *r;
    const struct format *format;
    const struct format_source *rules;
    struct batch_line *lines;
    size_t accepted, ignored, rejected;
    struct jw list; /* of the rejected lines */
};

/* One bell for each part, rung after the commit. */
struct bells {
    char (*batch)[37];
    struct batch_part *part;
    size_t n;
};

static void take_line(struct taken *t, struct str line, size_t number)
{
    struct event e;
    struct arena_mark mark = arena_mark(t->r->arena);
    format_parse(t->format, t->r->arena, t->rules, line, &e);
    arena_reset_to(t->r->arena, mark);
    if (e.kind == EVENT_IGNORED) {
        t->ignored++;
        return;
    }
    if (e.kind != EVENT_REJECTED) {
        t->lines[t->accepted++] = (struct batch_line){line, e.order % PARTITIONS};
        return;
    }
    if (t->rejected++ >= REJECTED_SHOWN)
        return;
    const char *message = line_message(t->r->arena, t->r->lang, e.code, e.field);
    jw_object_begin(&t->list, NULL);
    jw_int(&t->list, "line", (int64_t)number);
    jw_z(&t->list, "code", e.code);
    jw_z(&t->list, "message", message);
    jw_object_end(&t->list);
}

static size_t count_lines(struct str body)
{
    size_t n = 1;
    for (const char *p = body.p, *end = body.p + body.n; p < end && (p = memchr(p, '\n', (size_t)(end - p))); p++)
        n++;
    return n;
}

static bool blank(struct str line)
{
    return str_trim(line).n == 0;
}

static void take_body(struct taken *t)
{
    struct str rest = t->r->body;
    t->lines = arena_array(t->r->arena, count_lines(rest), sizeof *t->lines);
    for (size_t number = 1; rest.n; number++) {
        struct str line = str_cut(&rest, '\n');
        if (!blank(line))
            take_line(t, line, number);
    }
}

static struct str answer_of(struct taken *t, struct buf *rejected, const char *batch)
{
    struct buf b = buf_new(t->r->arena, rejected->n + 256, ANSWER_MAX);
    struct jw w = jw_of(&b);
    jw_object_begin(&w, NULL);
    jw_int(&w, "accepted", (int64_t)t->accepted);
    jw_int(&w, "ignored", (int64_t)t->ignored);
    jw_raw(&w, "rejected", (struct str){rejected->p, rejected->n});
    if (t->rejected > REJECTED_SHOWN)
        jw_int(&w, "rejected_more", (int64_t)(t->rejected - REJECTED_SHOWN));
    jw_z(&w, "batch_id", batch);
    jw_object_end(&w);
    return buf_done(&b);
}

static void digest_of(const struct request *r, const struct source *source, unsigned char out[32])
{
    crypto_generichash_state h;
    crypto_generichash_init(&h, source->rules.id, sizeof source->rules.id, 32);
    crypto_generichash_update(&h, (const unsigned char *)source->format, sizeof source->format);
    crypto_generichash_update(&h, (const unsigned char *)r->body.p, r->body.n);
    crypto_generichash_final(&h, out, 32);
}

static void remember(struct bells *bells, const char *id, const struct batch *b)
{
    for (size_t i = 0; i < b->part_count && bells->n < BELLS_MAX; i++, bells->n++) {
        memcpy(bells->batch[bells->n], id, 37);
        bells->part[bells->n] = b->parts[i];
    }
}

/* After the commit. What Redis does not take is found in the table by the workers. */
static void ring(struct request *r)
{
    const struct bells *bells = r->after_commit_data;
    size_t asked = 0;
    for (; asked < bells->n; asked++) {
        const struct batch_part *p = &bells->part[asked];
        struct str entry = str_of(arena_printf(r->arena, "%s:%u:%u", bells->batch[asked], p->first, p->count));
        struct str words[] = {STR("XADD"),
                              str_of(stream_name(r->arena, p->part)),
                              STR("MAXLEN"),
                              STR("~"),
                              str_of(arena_printf(r->arena, "%d", STREAM_MAX)),
                              STR("*"),
                              STR("p"),
                              entry};
        if (!redis_append(r->services->queue, sizeof words / sizeof *words, words))
            break;
    }
    for (size_t i = 0; i < asked; i++)
        redis_next(r->services->queue, r->arena);
}

static struct error *store_lines(struct request *r, const struct source *source, const struct taken *t, uuid id,
                                 struct bells *bells)
{
    bells->batch = arena_array(r->arena, BELLS_MAX, sizeof *bells->batch);
    bells->part = arena_array(r->arena, BELLS_MAX, sizeof *bells->part);
    for (size_t at = 0; at < t->accepted; id = id_new()) {
        struct batch b;
        size_t n = batch_fill(t->lines + at, t->accepted - at);
        struct arena_mark mark = arena_mark(r->arena);
        batch_pack(r->arena, t->lines + at, n, &b);
        struct error *e = batch_insert(r, id.s, source, event_format(str_of(source->format)), &b);
        if (e)
            return e;
        remember(bells, id.s, &b);
        arena_reset_to(r->arena, mark);
        at += n;
    }
    return NULL;
}

struct error *event_ingest(struct request *r)
{
    struct source source;
    const struct formats *formats;
    unsigned char digest[32];
    struct str name = param_str(r, "format");
    TRY(source_for(r, name, param_str(r, "source"), &source));
    TRY(formats_kept(r->services, r->arena, &formats));
    struct buf rejected = buf_new(r->arena, 256, ANSWER_MAX / 2);
    struct taken t = {.r = r, .format = format_named(formats, name), .rules = &source.rules, .list = jw_of(&rejected)};
    jw_array_begin(&t.list, NULL);
    take_body(&t);
    jw_array_end(&t.list);
    uuid id = id_new();
    struct str answer = answer_of(&t, &rejected, t.accepted ? id.s : NULL);
    bool first;
    digest_of(r, &source, digest);
    TRY(request_keep(r, digest, &answer, &first));
    if (first) {
        struct bells *bells = arena_zalloc(r->arena, sizeof *bells);
        TRY(store_lines(r, &source, &t, id, bells));
        r->after_commit = ring;
        r->after_commit_data = bells;
    }
    buf_str(&r->reply, answer);
    return reply_written(r, 202);
}
