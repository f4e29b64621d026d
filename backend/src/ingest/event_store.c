#include "ingest/event_store.h"

#include <stdlib.h>

#include "ingest/ingest.h"
#include "kernel/clock.h"
#include "kernel/crypto.h"
#include "kernel/id.h"

SQL(event_keys_insert_sql, "INSERT IGNORE INTO event_keys (dedup_key, event_id, day, status) VALUES (:key, :id, :day, :status)");
SQL(event_keys_read_sql,
    "SELECT j.n, k.event_id, k.day, k.status FROM JSON_TABLE(:keys, '$[*]' COLUMNS (n FOR ORDINALITY, h CHAR(32) PATH '$')) j "
    "JOIN event_keys k ON k.dedup_key = UNHEX(j.h)");
SQL(event_keys_change_sql, "UPDATE event_keys SET event_id = :id, day = :day, status = :status WHERE dedup_key = :key");
SQL(event_insert_sql,
    "INSERT INTO events (id, day, occurred_at, received_at, last_seen_at, source_id, batch_id, line_no, format, severity, name, "
    "category, type, src_ip, dst_ip, victim_ip, src_port, dst_port, protocol, app, url, domain, file_hash, rule_id, status, "
    "merge_count, verdict, method, confidence, asset_id, " ORG_COLUMNS ") VALUES (:id, :day, :occurred, :received, :last, "
    ":source, :batch, :line, :format, :severity, :name, :category, :type, :src, :dst, :victim, :sport, :dport, :protocol, :app, "
    ":url, :domain, :hash, :rule, :status, :count, :verdict, :method, :confidence, :asset, " ORG_VALUES ")");
/* status before last_seen_at: assignments run from left to right, and the comparison is with what was there. */
SQL_SYSTEM(event_repeat_sql, "the sender's own event, found by its key",
           "UPDATE events SET status = COALESCE(:pushed, IF(:last > COALESCE(last_seen_at, occurred_at), :status, NULL), status), "
           "merge_count = GREATEST(merge_count, :count), "
           "last_seen_at = GREATEST(COALESCE(last_seen_at, occurred_at), COALESCE(:last, occurred_at)) "
           "WHERE id = :id AND day = :day");

void event_identify(struct event_row *row, uint64_t random)
{
    char text[27];
    memcpy(row->id, id_at(row->event->at, random).s, sizeof row->id);
    clock_sql(row->event->at, text);
    memcpy(row->day, text, 10);
    row->day[10] = '\0';
}

bool event_day(struct str id, char out[11])
{
    unsigned char b[16];
    char text[27];
    if (!id_bytes(id, b) || b[6] >> 4 != 7)
        return false;
    int64_t ms = 0;
    for (int i = 0; i < 6; i++)
        ms = ms << 8 | b[i];
    if (ms > 7258118400000) /* the year 2200 */
        return false;
    clock_sql(ms * 1000, text);
    memcpy(out, text, 10);
    out[10] = '\0';
    return true;
}

static const struct str NONE = {NULL, 0};

static struct str or_null(struct str s)
{
    return s.n ? s : NONE;
}

/* ---- new rows ---- */
enum { TEXTS = 29, INTS = 10 };
enum text {
    T_ID,
    T_DAY,
    T_OCCURRED,
    T_RECEIVED,
    T_LAST,
    T_SOURCE,
    T_BATCH,
    T_NAME,
    T_CATEGORY,
    T_TYPE,
    T_SRC,
    T_DST,
    T_VICTIM,
    T_PROTOCOL,
    T_APP,
    T_URL,
    T_DOMAIN,
    T_HASH,
    T_RULE,
    T_STATUS,
    T_ASSET,
    T_ORG,
    T_L1,
    T_SECTOR = T_L1 + 6
};
enum number { N_LINE, N_FORMAT, N_SEVERITY, N_SPORT, N_DPORT, N_COUNT, N_VERDICT, N_METHOD, N_CONFIDENCE };

struct columns {
    struct str *text[TEXTS];
    int64_t *number[INTS];
    bool *no_port[2];
};

static struct columns columns_new(struct arena *a, size_t n)
{
    struct columns c;
    for (int i = 0; i < TEXTS; i++)
        c.text[i] = arena_array(a, n, sizeof(struct str));
    for (int i = 0; i < INTS; i++)
        c.number[i] = arena_array(a, n, sizeof(int64_t));
    for (int i = 0; i < 2; i++)
        c.no_port[i] = arena_array(a, n, sizeof(bool));
    return c;
}

static struct str time_text(struct arena *a, int64_t us)
{
    char *text = arena_alloc(a, 27);
    clock_sql(us, text);
    return (struct str){text, 26};
}

static struct str ip_bytes(bool has, const struct ip *ip)
{
    return has ? (struct str){(const char *)ip->b, sizeof ip->b} : NONE;
}

static void put_owner(const struct columns *c, size_t i, const struct event_row *row)
{
    static const struct org_stamp nobody;
    const struct org_stamp *o = row->owner ? row->owner : &nobody;
    c->text[T_ASSET][i] = row->asset_id ? str_of(row->asset_id) : NONE;
    c->text[T_ORG][i] = or_null(str_of(o->org_id));
    for (int l = 0; l < 6; l++)
        c->text[T_L1 + l][i] = or_null(str_of(o->level[l]));
    c->text[T_SECTOR][i] = or_null(str_of(o->sector));
    c->number[N_VERDICT][i] = row->verdict;
    c->number[N_METHOD][i] = row->method;
    c->number[N_CONFIDENCE][i] = row->confidence;
}

static void put_row(struct arena *a, const struct columns *c, size_t i, const struct merge_slot *s, const struct event_row *row)
{
    const struct event *e = row->event;
    c->text[T_ID][i] = (struct str){row->id, 36};
    c->text[T_DAY][i] = (struct str){row->day, 10};
    c->text[T_OCCURRED][i] = time_text(a, e->at);
    c->text[T_RECEIVED][i] = time_text(a, row->batch->received_at);
    c->text[T_LAST][i] = s->last_at > e->at ? time_text(a, s->last_at) : NONE;
    c->text[T_SOURCE][i] = (struct str){row->batch->source_id, 36};
    c->text[T_BATCH][i] = (struct str){row->batch->id, 36};
    c->text[T_NAME][i] = e->name;
    c->text[T_CATEGORY][i] = or_null(e->category);
    c->text[T_TYPE][i] = or_null(e->type);
    c->text[T_SRC][i] = ip_bytes(e->has_src, &e->src);
    c->text[T_DST][i] = ip_bytes(e->has_dst, &e->dst);
    c->text[T_VICTIM][i] = ip_bytes(e->has_victim, &e->victim);
    c->text[T_PROTOCOL][i] = or_null(e->protocol);
    c->text[T_APP][i] = or_null(e->app);
    c->text[T_URL][i] = or_null(e->url);
    c->text[T_DOMAIN][i] = or_null(e->domain);
    c->text[T_HASH][i] = or_null(e->file_hash);
    c->text[T_RULE][i] = or_null(e->rule_id);
    c->text[T_STATUS][i] = or_null(s->pushed.n ? s->pushed : s->status);
    c->number[N_LINE][i] = row->line_no;
    c->number[N_FORMAT][i] = row->batch->format;
    c->number[N_SEVERITY][i] = e->severity;
    c->number[N_SPORT][i] = e->src_port;
    c->number[N_DPORT][i] = e->dst_port;
    c->no_port[0][i] = e->src_port < 0;
    c->no_port[1][i] = e->dst_port < 0;
    c->number[N_COUNT][i] = s->count;
    put_owner(c, i, row);
}

static struct error *insert_rows(struct services *s, struct arena *a, const struct columns *c, size_t n)
{
    return db_exec_many(
        s->db, a, &event_insert_sql, n,
        COLUMNS(C_UUID("id", c->text[T_ID]), C_TEXT("day", c->text[T_DAY]), C_TEXT("occurred", c->text[T_OCCURRED]),
                C_TEXT("received", c->text[T_RECEIVED]), C_TEXT("last", c->text[T_LAST]), C_UUID("source", c->text[T_SOURCE]),
                C_UUID("batch", c->text[T_BATCH]), C_INT("line", c->number[N_LINE], NULL),
                C_INT("format", c->number[N_FORMAT], NULL), C_INT("severity", c->number[N_SEVERITY], NULL),
                C_TEXT("name", c->text[T_NAME]), C_TEXT("category", c->text[T_CATEGORY]), C_TEXT("type", c->text[T_TYPE]),
                C_BYTES("src", c->text[T_SRC]), C_BYTES("dst", c->text[T_DST]), C_BYTES("victim", c->text[T_VICTIM]),
                C_INT("sport", c->number[N_SPORT], c->no_port[0]), C_INT("dport", c->number[N_DPORT], c->no_port[1]),
                C_TEXT("protocol", c->text[T_PROTOCOL]), C_TEXT("app", c->text[T_APP]), C_TEXT("url", c->text[T_URL]),
                C_TEXT("domain", c->text[T_DOMAIN]), C_TEXT("hash", c->text[T_HASH]), C_TEXT("rule", c->text[T_RULE]),
                C_TEXT("status", c->text[T_STATUS]), C_INT("count", c->number[N_COUNT], NULL),
                C_INT("verdict", c->number[N_VERDICT], NULL), C_INT("method", c->number[N_METHOD], NULL),
                C_INT("confidence", c->number[N_CONFIDENCE], NULL), C_UUID("asset", c->text[T_ASSET]),
                C_UUID("org_id", c->text[T_ORG]), C_UUID("org_l1", c->text[T_L1]), C_UUID("org_l2", c->text[T_L1 + 1]),
                C_UUID("org_l3", c->text[T_L1 + 2]), C_UUID("org_l4", c->text[T_L1 + 3]), C_UUID("org_l5", c->text[T_L1 + 4]),
                C_UUID("org_l6", c->text[T_L1 + 5]), C_TEXT("sector_code", c->text[T_SECTOR])),
        NULL);
}

/* ---- what the keys say ---- */
/* What becomes of a slot. id "" : nothing is known of it yet. */
struct fate {
    char id[37], day[11];
    bool stored;       /* an event of that id is there already */
    struct str parked; /* a change of status that waits for its event; p NULL: none */
};

static struct error *insert_keys(struct services *s, struct arena *a, const struct merge *m, const struct event_row *rows,
                                 bool *all_new)
{
    size_t n = m->key_count;
    struct str *key = arena_array(a, n, sizeof *key), *id = arena_array(a, n, sizeof *id), *day = arena_array(a, n, sizeof *day),
               *status = arena_array(a, n, sizeof *status);
    for (size_t i = 0; i < n; i++) {
        const struct merge_slot *slot = &m->slots[m->keys[i].slot];
        const struct event_row *row = &rows[m->keys[i].slot];
        key[i] = (struct str){(const char *)m->keys[i].key.b, EVENT_KEY_BYTES};
        id[i] = slot->event ? (struct str){row->id, 36} : NONE;
        day[i] = slot->event ? (struct str){row->day, 10} : NONE;
        status[i] = slot->event ? NONE : slot->pushed;
    }
    uint64_t inserted;
    TRY(db_exec_many(s->db, a, &event_keys_insert_sql, n,
                     COLUMNS(C_BYTES("key", key), C_UUID("id", id), C_TEXT("day", day), C_TEXT("status", status)), &inserted));
    *all_new = inserted == n;
    return NULL;
}

/* What each key leads to now, and from that what becomes of each slot. */
static struct error *read_keys(struct services *s, struct arena *a, const struct merge *m, const struct event_row *rows,
                               struct fate *fates, char (*stored)[37])
{
    struct buf b = buf_new(a, m->key_count * 36 + 8, m->key_count * 36 + 8);
    struct rows r;
    char hex[2 * EVENT_KEY_BYTES + 1];
    for (size_t i = 0; i < m->key_count; i++) {
        hex_encode(m->keys[i].key.b, EVENT_KEY_BYTES, hex);
        buf_z(&b, i ? ",\"" : "[\"");
        buf_z(&b, hex);
        buf_c(&b, '"');
    }
    buf_c(&b, ']');
    TRY(db_query(s->db, a, &event_keys_read_sql, ARGS(A_STR("keys", buf_done(&b))), &r));
    while (rows_next(&r)) {
        size_t i = (size_t)row_int(&r, 0) - 1;
        struct fate *f = &fates[m->keys[i].slot];
        str_copy(stored[i], 37, row_text(&r, 1));
        if (row_null(&r, 1)) {
            if (!f->parked.p && !row_null(&r, 3))
                f->parked = str_of(row_dup(&r, a, 3));
        } else if (!f->stored && !str_is(row_text(&r, 1), rows[m->keys[i].slot].id)) {
            char text[27];
            clock_sql(row_time(&r, 2), text);
            str_copy(f->id, 37, row_text(&r, 1));
            str_copy(f->day, 11, (struct str){text, 10});
            f->stored = true;
        }
    }
    return rows_end(&r);
}

/* Keys that lead elsewhere than to their slot's event are set right; a change of status without an event is parked. */
static struct error *correct_keys(struct services *s, struct arena *a, const struct merge *m, const struct fate *fates,
                                  char (*stored)[37])
{
    size_t n = 0;
    struct str *key = arena_array(a, m->key_count, sizeof *key), *id = arena_array(a, m->key_count, sizeof *id),
               *day = arena_array(a, m->key_count, sizeof *day), *status = arena_array(a, m->key_count, sizeof *status);
    for (size_t i = 0; i < m->key_count; i++) {
        const struct fate *f = &fates[m->keys[i].slot];
        if (f->id[0] && str_is(str_of(stored[i]), f->id))
            continue;
        key[n] = (struct str){(const char *)m->keys[i].key.b, EVENT_KEY_BYTES};
        id[n] = or_null(str_of(f->id));
        day[n] = or_null(str_of(f->day));
        status[n++] = f->id[0] ? NONE : m->slots[m->keys[i].slot].pushed;
    }
    return db_exec_many(s->db, a, &event_keys_change_sql, n,
                        COLUMNS(C_TEXT("id", id), C_TEXT("day", day), C_TEXT("status", status), C_BYTES("key", key)), NULL);
}

/* ---- repetitions of what is stored ---- */
/* An EVE event is known by its whole line: its repetition says nothing new. */
static bool says_more(const struct merge_slot *slot, const struct event_row *row)
{
    return slot->pushed.n || !slot->event || row->batch->format != 0;
}

static struct error *repeat_rows(struct services *s, struct arena *a, const struct merge *m, const struct event_row *rows,
                                 const struct fate *fates)
{
    size_t n = 0, room = m->slot_count;
    struct str *id = arena_array(a, room, sizeof *id), *day = arena_array(a, room, sizeof *day),
               *pushed = arena_array(a, room, sizeof *pushed), *status = arena_array(a, room, sizeof *status),
               *last = arena_array(a, room, sizeof *last);
    int64_t *count = arena_array(a, room, sizeof *count);
    for (size_t i = 0; i < room; i++) {
        const struct merge_slot *slot = &m->slots[i];
        if (slot->merged_away || !fates[i].stored || !says_more(slot, &rows[i]))
            continue;
        id[n] = str_of(fates[i].id);
        day[n] = str_of(fates[i].day);
        pushed[n] = or_null(slot->pushed);
        status[n] = or_null(slot->status);
        last[n] = slot->event ? time_text(a, slot->last_at) : NONE;
        count[n++] = slot->event ? slot->count : 1;
    }
    return db_exec_many(s->db, a, &event_repeat_sql, n,
                        COLUMNS(C_TEXT("pushed", pushed), C_TEXT("last", last), C_TEXT("status", status),
                                C_INT("count", count, NULL), C_TEXT("id", id), C_TEXT("day", day)),
                        NULL);
}

static int by_id(const void *a, const void *b)
{
    return memcmp((*(const struct event_row *const *)a)->id, (*(const struct event_row *const *)b)->id, 36);
}

static struct error *insert_new(struct services *s, struct arena *a, const struct merge *m, const struct event_row *rows,
                                const struct fate *fates)
{
    struct columns c = columns_new(a, m->slot_count);
    const struct event_row **order = arena_array(a, m->slot_count, sizeof *order);
    size_t n = 0;
    for (size_t i = 0; i < m->slot_count; i++)
        if (m->slots[i].event && !m->slots[i].merged_away && !(fates && fates[i].stored))
            order[n++] = &rows[i];
    qsort(order, n, sizeof *order, by_id); /* neighbours in the table are written one after the other */
    for (size_t k = 0; k < n; k++) {
        size_t i = (size_t)(order[k] - rows);
        struct merge_slot slot = m->slots[i];
        if (fates && fates[i].parked.p && !slot.pushed.n)
            slot.pushed = fates[i].parked;
        put_row(a, &c, k, &slot, &rows[i]);
    }
    return insert_rows(s, a, &c, n);
}

struct error *events_store(struct services *s, struct arena *a, const struct merge *m, struct event_row *rows)
{
    bool all_new;
    TRY(insert_keys(s, a, m, rows, &all_new));
    if (all_new)
        return insert_new(s, a, m, rows, NULL);
    struct fate *fates = arena_zalloc(a, m->slot_count * sizeof *fates);
    char(*stored)[37] = arena_zalloc(a, m->key_count * sizeof *stored);
    TRY(read_keys(s, a, m, rows, fates, stored));
    for (size_t i = 0; i < m->slot_count; i++)
        if (!fates[i].stored && m->slots[i].event) {
            memcpy(fates[i].id, rows[i].id, sizeof fates[i].id);
            memcpy(fates[i].day, rows[i].day, sizeof fates[i].day);
        }
    TRY(correct_keys(s, a, m, fates, stored));
    TRY(insert_new(s, a, m, rows, fates));
    return repeat_rows(s, a, m, rows, fates);
}
