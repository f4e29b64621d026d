#include "audit/audit.h"

#include "audit/chain.h"
#include "kernel/clock.h"
#include "kernel/id.h"
#include "org/org.h"
#include "search/search.h"

/* A process writes into a new segment after this long, so that the sealer's list of open ones stays short. */
#define SEGMENT_MAX_US (INT64_C(6) * 3600 * 1000000)

struct audit_chain {
    struct services *s;
    char segment[37];
    int64_t opened_us;
    bool open;               /* the segment's row is committed */
    uint32_t n, committed_n; /* next number */
    unsigned char prev[32], committed_prev[32];
};

SQL(audit_segment_sql, "INSERT INTO audit_segments (id, holder, opened_at) VALUES (:id, :holder, :now)");
SQL(audit_insert_sql,
    "INSERT INTO audit_log (id, segment, n, prev, mac, at, actor_user, actor_client, actor_org, address, request_id, "
    "action, subject_kind, subject_id, result, job_id, before_json, after_json, " ORG_COLUMNS ") VALUES (:id, :segment, :n, "
    ":prev, :mac, :at, :actor_user, :actor_client, :actor_org, :address, :request_id, :action, :subject_kind, :subject_id, "
    ":result, :job_id, :before_json, :after_json, " ORG_VALUES ")");

static void start_segment(struct audit_chain *c)
{
    memcpy(c->segment, id_new().s, sizeof c->segment);
    c->opened_us = clock_now_us();
    c->open = false;
    c->n = c->committed_n = 0;
    memset(c->prev, 0, sizeof c->prev);
    memset(c->committed_prev, 0, sizeof c->committed_prev);
}

static void on_end(void *context, enum db_end how)
{
    struct audit_chain *c = context;
    if (how == DB_UNKNOWN) {
        start_segment(c);
    } else if (how == DB_COMMITTED) {
        c->open = c->open || c->n > 0;
        c->committed_n = c->n;
        memcpy(c->committed_prev, c->prev, sizeof c->prev);
    } else {
        c->n = c->committed_n;
        memcpy(c->prev, c->committed_prev, sizeof c->prev);
    }
}

struct audit_chain *audit_chain_new(struct arena *boot, struct services *s)
{
    struct audit_chain *c = arena_zalloc(boot, sizeof *c);
    c->s = s;
    start_segment(c);
    db_on_end(s->db, on_end, c);
    return c;
}

/* The segment's row, in the same transaction as its first row. A transaction never spreads over two segments. */
static struct error *open_segment(struct audit_chain *c, struct arena *a)
{
    int64_t age = clock_now_us() - c->opened_us;
    if (c->n == c->committed_n && (age > SEGMENT_MAX_US || age < 0))
        start_segment(c);
    if (c->open || c->n > 0)
        return NULL;
    return db_exec(c->s->db, a, &audit_segment_sql,
                   ARGS(A_Z("id", c->segment), A_Z("holder", c->s->holder), A_TIME(a, "now", clock_now_us())), NULL);
}

/* Columns of many rows, side by side. */
struct columns {
    struct str *id, *prev, *mac, *action, *kind, *subject, *result, *job, *before, *after, *org[8];
    int64_t *n;
};

static struct str or_null(struct str s)
{
    return s.n ? s : (struct str){NULL, 0};
}

/* NULL and empty are both SQL NULL, in the row and under its MAC. */
static struct str text_of(const char *s)
{
    return or_null(str_of(s));
}

/* Whoever has no address or request is "-", and so is the kind of a record that nobody names: the columns are NOT NULL, and the
 * MAC covers what is stored. */
static struct audit_actor normal(const struct audit_actor *who)
{
    struct audit_actor n = *who;
    if (!n.address.n)
        n.address = STR("-");
    if (!n.request_id || !n.request_id[0])
        n.request_id = "-";
    return n;
}

static void alloc_columns(struct arena *a, size_t n, struct columns *c)
{
    struct str **all[] = {&c->id,     &c->prev,   &c->mac,    &c->action, &c->kind,   &c->subject,
                          &c->result, &c->job,    &c->before, &c->after,  &c->org[0], &c->org[1],
                          &c->org[2], &c->org[3], &c->org[4], &c->org[5], &c->org[6], &c->org[7]};
    for (size_t i = 0; i < sizeof all / sizeof *all; i++)
        *all[i] = arena_array(a, n, sizeof(struct str));
    c->n = arena_array(a, n, sizeof *c->n);
}

static void fill_row(struct arena *a, struct columns *c, size_t i, const struct audit_entry *e)
{
    c->id[i] = str_of(arena_strdup(a, id_new().s));
    c->action[i] = text_of(e->action);
    c->kind[i] = e->subject_kind && e->subject_kind[0] ? str_of(e->subject_kind) : STR("-");
    c->subject[i] = text_of(e->subject_id);
    c->result[i] = text_of(e->result ? e->result : "ok");
    c->job[i] = text_of(e->job_id);
    c->before[i] = or_null(e->before);
    c->after[i] = or_null(e->after);
    c->org[0][i] = or_null(str_of(e->org.org_id));
    for (unsigned l = 0; l < 6; l++)
        c->org[l + 1][i] = or_null(str_of(e->org.level[l]));
    c->org[7][i] = or_null(str_of(e->org.sector));
}

static void chain_row(struct audit_chain *chain, struct arena *a, const struct audit_actor *who, struct columns *c, size_t i,
                      const char *at)
{
    unsigned char *both = arena_alloc(a, 64);
    memcpy(both, chain->prev, 32);
    struct chain_fields f = {.segment = chain->segment,
                             .n = chain->n,
                             .values = {c->id[i], str_of(at), text_of(who->user), text_of(who->client), text_of(who->org),
                                        who->address, text_of(who->request_id), c->action[i], c->kind[i], c->subject[i],
                                        c->result[i], c->job[i], c->before[i], c->after[i], c->org[0][i]}};
    chain_mac(&chain->s->keys->audit, &f, chain->prev, both + 32);
    memcpy(chain->prev, both + 32, 32);
    c->n[i] = chain->n++;
    c->prev[i] = (struct str){(const char *)both, 32};
    c->mac[i] = (struct str){(const char *)both + 32, 32};
}

#define SAME(name, value) C_SAME(A_OPT(name, value))

static struct error *insert(struct services *s, struct arena *a, const struct audit_actor *who, struct columns *c, size_t n,
                            const char *at)
{
    return db_exec_many(
        s->db, a, &audit_insert_sql, n,
        COLUMNS(C_TEXT("id", c->id), SAME("segment", str_of(s->audit->segment)), C_INT("n", c->n, NULL), C_BYTES("prev", c->prev),
                C_BYTES("mac", c->mac), SAME("at", str_of(at)), SAME("actor_user", text_of(who->user)),
                SAME("actor_client", text_of(who->client)), SAME("actor_org", text_of(who->org)), SAME("address", who->address),
                SAME("request_id", str_of(who->request_id)), C_TEXT("action", c->action), C_TEXT("subject_kind", c->kind),
                C_TEXT("subject_id", c->subject), C_TEXT("result", c->result), C_TEXT("job_id", c->job),
                C_TEXT("before_json", c->before), C_TEXT("after_json", c->after), C_TEXT("org_id", c->org[0]),
                C_TEXT("org_l1", c->org[1]), C_TEXT("org_l2", c->org[2]), C_TEXT("org_l3", c->org[3]), C_TEXT("org_l4", c->org[4]),
                C_TEXT("org_l5", c->org[5]), C_TEXT("org_l6", c->org[6]), C_TEXT("sector_code", c->org[7])),
        NULL);
}

/* Who searches learns of every record that was changed: one outbox row for each kind. */
static struct error *tell_search(struct services *s, struct arena *a, const struct audit_entry *entries, size_t n)
{
    const char **ids = arena_array(a, n, sizeof *ids);
    bool *told = arena_array(a, n, sizeof *told);
    for (size_t i = 0; i < n; i++) {
        const char *kind = entries[i].subject_kind;
        size_t count = 0;
        if (told[i] || !kind || !entries[i].subject_id || !(entries[i].before.n || entries[i].after.n) ||
            !search_follows_audit(kind))
            continue;
        for (size_t k = i; k < n; k++)
            if (entries[k].subject_kind && entries[k].subject_id && strcmp(entries[k].subject_kind, kind) == 0) {
                told[k] = true;
                ids[count++] = entries[k].subject_id;
            }
        TRY(search_changed_many(s->db, a, kind, ids, count));
    }
    return NULL;
}

struct error *audit_write_many(struct services *s, struct arena *a, const struct audit_actor *who,
                               const struct audit_entry *entries, size_t n)
{
    struct columns c;
    struct audit_actor by = normal(who);
    bool own = !db_in_transaction(s->db);
    char at[27];
    if (!n)
        return NULL;
    if (own)
        TRY(db_begin(s->db, a));
    struct error *e = open_segment(s->audit, a);
    clock_sql(clock_now_us(), at);
    alloc_columns(a, n, &c);
    for (size_t i = 0; i < n && !e; i++) {
        fill_row(a, &c, i, &entries[i]);
        chain_row(s->audit, a, &by, &c, i, at);
    }
    if (!e)
        e = insert(s, a, &by, &c, n, at);
    if (!e)
        e = tell_search(s, a, entries, n);
    if (!own)
        return e;
    return db_finish(s->db, a, e);
}

struct error *audit_write(struct services *s, struct arena *a, const struct audit_actor *who, const struct audit_entry *entry)
{
    return audit_write_many(s, a, who, entry, 1);
}

struct error *audit_note_write(struct request *r, const struct audit_note *note)
{
    const struct principal *w = r->who;
    struct audit_actor who = {.user = w->kind == PRINCIPAL_USER ? w->id : NULL,
                              .client = w->kind == PRINCIPAL_CLIENT ? w->id : NULL,
                              .org = w->kind == PRINCIPAL_NONE ? NULL : w->org.org_id,
                              .address = r->address,
                              .request_id = r->request_id};
    struct audit_entry e = {.action = r->route->audit,
                            .subject_kind = note->subject_kind,
                            .subject_id = note->subject_id,
                            .org = note->org,
                            .before = note->before,
                            .after = note->after,
                            .result = note->result};
    return audit_write(r->services, r->arena, &who, &e);
}

struct audit_actor audit_actor_of_job(const char *created_by, const struct org_stamp *org, const char *job_id)
{
    return (struct audit_actor){.user = created_by && created_by[0] ? created_by : NULL,
                                .org = org && org->org_id[0] ? org->org_id : NULL,
                                .address = STR("-"),
                                .request_id = job_id};
}
