/* The scan is read twice: once to know that the file is good and how many hosts it has, once to write them, a chunk of hosts
 * in each transaction with its checkpoint. A worker that takes the job over goes on after the last committed chunk. */
#include <stdio.h>
#include <stdlib.h>

#include "assets/asset.h"
#include "discovery/discovery_store.h"
#include "files/files.h"
#include "kernel/clock.h"
#include "kernel/log.h"
#include "org/org.h"
#include "queue/job.h"

enum { SERVICES_CHUNK = 3000, READ_BYTES = 256 * 1024 };

struct scan {
    struct job *job;
    const char *path;
    char space[37], internet[37];
    struct nmap_summary sum; /* of the first reading */
    bool partial;
    int64_t skip, read; /* hosts of the file: committed before, met in this run */
    struct host hosts[HOSTS_CHUNK];
    size_t n, services;
    struct arena_mark mark; /* before the chunk */
    struct error *error;
};

/* ---- whose they are ---- */
struct error *host_settle(struct services *s, struct arena *a, const struct ownership_index *x, struct host *h,
                          const struct org_stamp *finder)
{
    struct ownership o;
    host_resolve(x, h, owner_sector(x, a, finder), &o);
    TRY(owner_brief_of(s, a, &o, &h->owner));
    h->row = h->owner.org ? *h->owner.org : *finder;
    memcpy(h->found_by, finder->org_id, sizeof h->found_by);
    return NULL;
}

static struct error *finder_before(struct services *s, struct arena *a, const struct host *h, const struct org_stamp **out)
{
    struct own_id id;
    *out = NULL;
    return own_id_parse(str_of(h->found_by), &id) && !own_id_none(&id) ? owner_stamp(s, a, &id, out) : NULL;
}

/* A host whose finder is gone stays as it is until it is scanned again. */
static struct error *reown_chunk(struct services *s, struct arena *a, const struct ownership_index *x, struct host *hosts, size_t n)
{
    size_t kept = 0;
    for (size_t i = 0; i < n; i++) {
        const struct org_stamp *finder;
        TRY(finder_before(s, a, &hosts[i], &finder));
        if (!finder)
            continue;
        hosts[kept] = hosts[i];
        TRY(host_settle(s, a, x, &hosts[kept++], finder));
    }
    TRY(db_begin(s->db, a));
    TRY(hosts_reown(s, a, hosts, kept, clock_now_us()));
    return db_commit(s->db, a);
}

/* Assets that the hosts turned out to be. */
static struct error *meet_assets(struct services *s, struct arena *a, const struct host *hosts, size_t n)
{
    struct str *ids = arena_array(a, n + 1, sizeof *ids), *times = arena_array(a, n + 1, sizeof *times);
    size_t k = 0;
    for (size_t i = 0; i < n; i++) {
        if (!hosts[i].owner.asset_id[0])
            continue;
        char *text = arena_alloc(a, 27);
        clock_sql(hosts[i].last_seen, text);
        ids[k] = str_of(hosts[i].owner.asset_id);
        times[k++] = str_of(text);
    }
    return asset_seen(s, a, ids, times, k);
}

/* ---- one chunk ---- */
static struct error *merge_known(struct scan *m, const struct ownership_index *x)
{
    struct services *s = m->job->services;
    struct arena *a = m->job->arena;
    struct host *known = arena_array(a, HOSTS_CHUNK, sizeof *known);
    size_t count;
    TRY(hosts_known(s, a, m->hosts, m->n, known, &count));
    for (size_t i = 0; i < m->n; i++) {
        struct host *h = &m->hosts[i];
        const struct org_stamp *before = NULL;
        bool twice = false;
        for (size_t k = 0; k < i; k++)
            twice = twice || (ip_compare(&m->hosts[k].ip, &h->ip) == 0 && strcmp(m->hosts[k].space, h->space) == 0);
        for (size_t k = 0; k < count && !h->known; k++)
            if (ip_compare(&known[k].ip, &h->ip) == 0 && strcmp(known[k].space, h->space) == 0) {
                host_merge(h, &known[k]);
                TRY(finder_before(s, a, &known[k], &before));
            }
        TRY(host_settle(s, a, x, h, host_finder(before, &m->job->org)));
        m->job->created += !h->known && !twice;
        m->job->updated += h->known || twice;
    }
    return NULL;
}

/* The registry may have changed while the chunk was written; consumers of that change did not see these hosts yet. */
static struct error *look_again(struct scan *m, uint64_t change_seq)
{
    struct services *s = m->job->services;
    const struct ownership_index *x;
    uint64_t now;
    TRY(owner_index_now(s, m->job->arena, &x, &now));
    return now == change_seq ? NULL : reown_chunk(s, m->job->arena, x, m->hosts, m->n);
}

static struct error *write_chunk(struct scan *m)
{
    struct job *j = m->job;
    const struct ownership_index *x;
    uint64_t change_seq;
    int64_t now = clock_now_us();
    TRY(owner_index_now(j->services, j->arena, &x, &change_seq));
    TRY(db_begin(j->services->db, j->arena));
    TRY(merge_known(m, x));
    TRY(hosts_write(j->services, j->arena, m->hosts, m->n, j->id, now));
    TRY(meet_assets(j->services, j->arena, m->hosts, m->n));
    j->rows_done = m->read;
    json_t *checkpoint = json_pack("{s:I,s:I}", "hosts", (json_int_t)m->read, "started", (json_int_t)m->sum.start);
    struct error *e = job_progress(j, checkpoint);
    json_decref(checkpoint);
    if (e)
        return e;
    TRY(db_commit(j->services->db, j->arena));
    TRY(look_again(m, change_seq));
    m->n = m->services = 0;
    arena_reset_to(j->arena, m->mark);
    return NULL;
}

static bool take_host(void *ctx, const struct nmap_host *from)
{
    struct scan *m = ctx;
    struct host *h = &m->hosts[m->n];
    if (++m->read <= m->skip)
        return true;
    if (host_read(m->job->arena, from, m->sum.end ? m->sum.end : m->sum.start, clock_now_us(), h)) {
        memcpy(h->space, ip_is_global(&h->ip) ? m->internet : m->space, sizeof h->space);
        m->services += h->service_count;
        m->n++;
    } else {
        m->job->rejected += from->up;
    }
    if (m->n == HOSTS_CHUNK || m->services >= SERVICES_CHUNK)
        m->error = write_chunk(m);
    return !m->error;
}

/* ---- the file ---- */
static struct error *read_file(struct scan *m, nmap_sink sink, enum nmap_result *result, struct nmap_summary *sum)
{
    struct arena *a = m->job->arena;
    FILE *f = fopen(m->path, "rbe");
    if (!f)
        return error_new(a, ERR_UNAVAILABLE, "the file is not here");
    char *chunk = arena_alloc(a, READ_BYTES);
    struct nmap *n = nmap_new(a, sink, m);
    size_t got;
    m->mark = arena_mark(a);
    while ((got = fread(chunk, 1, READ_BYTES, f)) > 0 && nmap_feed(n, chunk, got))
        ;
    bool bad = ferror(f);
    fclose(f);
    *result = nmap_finish(n, sum);
    if (m->error)
        return m->error;
    return bad ? error_new(a, ERR_UNAVAILABLE, "the file cannot be read") : NULL;
}

static struct error *finish(struct scan *m)
{
    struct job *j = m->job;
    const struct nmap_summary *s = &m->sum;
    json_t *result = json_pack("{s:b,s:{s:s,s:s,s:I,s:I,s:I,s:I,s:I}}", "partial", m->partial, "scan", "scanner", s->scanner,
                               "arguments", s->args, "started", (json_int_t)s->start, "ended", (json_int_t)s->end, "hosts",
                               (json_int_t)s->hosts, "hosts_up", (json_int_t)s->hosts_up, "ports", (json_int_t)s->ports);
    struct error *e = db_begin(j->services->db, j->arena);
    if (!e)
        e = scan_finish(j->services, j->arena, j->id, s, m->partial);
    if (!e)
        e = job_done(j, result);
    json_decref(result);
    return e ? e : db_commit(j->services->db, j->arena);
}

static void read_params(struct scan *m)
{
    const char *space = json_string_value(json_object_get(m->job->params, "space"));
    const char *hex = json_string_value(json_object_get(m->job->params, "sha256"));
    memcpy(m->space, space, sizeof m->space);
    m->path = files_path(m->job->services, m->job->arena, hex);
    m->skip = json_integer_value(json_object_get(m->job->checkpoint, "hosts"));
}

static struct error *discovery_run(struct job *j)
{
    struct scan *m = arena_zalloc(j->arena, sizeof *m);
    struct nmap_summary again;
    enum nmap_result result;
    const char *rule, *why;
    m->job = j;
    read_params(m);
    TRY(files_here(j->services, j->arena, job_param(j, "sha256").p));
    TRY(org_internet_space(j->services->db, j->arena, m->internet));
    TRY(read_file(m, NULL, &result, &m->sum));
    why = scan_refusal(j->arena, result, &m->sum, &rule);
    if (why)
        return job_fail(j, "file: %s", why);
    m->partial = result == NMAP_PARTIAL;
    j->rows_total = (int64_t)m->sum.hosts;
    TRY(read_file(m, take_host, &result, &again));
    m->read = (int64_t)m->sum.hosts;
    TRY(write_chunk(m));
    return finish(m);
}
JOB(discovery_import, discovery_run);

/* ---- the registry has changed ---- */
/* key: what `next` is asked for, assets or a sector. */
static struct error *reown_all(struct services *s, struct arena *a,
                               struct error *(*next)(struct services *, struct arena *, const char *, const char *, struct host *,
                                                     size_t *),
                               const char *key, uint64_t change_seq)
{
    char after[37] = "00000000-0000-0000-0000-000000000000";
    const struct ownership_index *x;
    size_t n = HOSTS_CHUNK;
    while (n == HOSTS_CHUNK) {
        struct arena_mark mark = arena_mark(a);
        struct host *hosts = arena_array(a, HOSTS_CHUNK, sizeof *hosts);
        TRY(next(s, a, key, after, hosts, &n));
        if (n) {
            memcpy(after, hosts[n - 1].id, sizeof after);
            TRY(owner_index_at(s, a, change_seq, &x));
            TRY(reown_chunk(s, a, x, hosts, n));
        }
        arena_reset_to(a, mark);
    }
    return NULL;
}

/* False past the last address. */
static bool next_address(struct ip *ip)
{
    for (int i = 15; i >= 0; i--)
        if (++ip->b[i])
            return true;
    return false;
}

static struct error *reown_range(struct services *s, struct arena *a, struct host_range range, uint64_t change_seq)
{
    const struct ownership_index *x;
    bool more = true;
    while (more) {
        struct arena_mark mark = arena_mark(a);
        struct host *hosts = arena_array(a, HOSTS_CHUNK, sizeof *hosts);
        size_t n;
        TRY(hosts_between(s, a, &range, hosts, &n));
        if (n) {
            range.from = hosts[n - 1].ip;
            TRY(owner_index_at(s, a, change_seq, &x));
            TRY(reown_chunk(s, a, x, hosts, n));
        }
        more = n == HOSTS_CHUNK && next_address(&range.from);
        arena_reset_to(a, mark);
    }
    return NULL;
}

static struct error *on_assets(struct services *s, struct arena *a, const char *subject_id, json_t *payload, uint64_t change_seq)
{
    json_t *ids = json_object_get(payload, "assets");
    char *text = ids ? json_dumps(ids, JSON_COMPACT) : NULL, *assets = text ? arena_strdup(a, text) : NULL;
    struct host_range *ranges = arena_array(a, RANGES_MAX, sizeof *ranges);
    size_t n;
    (void)subject_id;
    free(text);
    if (!assets)
        return NULL;
    TRY(reown_all(s, a, hosts_touched, assets, change_seq));
    TRY(ranges_touched(s, a, assets, ranges, &n));
    for (size_t i = 0; i < n; i++)
        TRY(reown_range(s, a, ranges[i], change_seq));
    return NULL;
}
OUTBOX_CONSUMER(discovery_assets, "asset", on_assets);

static struct error *on_sector(struct services *s, struct arena *a, const char *subject_id, json_t *payload, uint64_t change_seq)
{
    const char *sector = json_string_value(json_object_get(payload, "sector"));
    (void)subject_id;
    return sector ? reown_all(s, a, hosts_of_sector, sector, change_seq) : NULL;
}
OUTBOX_CONSUMER(discovery_sectors, "sector_default", on_sector);
