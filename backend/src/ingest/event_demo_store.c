/* The demonstration's events: a year of two sources, written as their senders would and taken the way that real lines are,
 * so that raw lines, owners and repetition are there. The same each time but for ids. */
#include "http/services.h"
#include "ingest/batch.h"
#include "ingest/event_store.h"
#include "kernel/clock.h"
#include "kernel/id.h"
#include "org/org.h"
#include "packs/seed.h"

enum { EVE_BATCHES = 17, HISEC_BATCHES = 3, LINES = 1000, HOSTS_MAX = 500, ADDRESSES_MAX = 200, LINKED = 16 };
#define YEAR_US (365 * INT64_C(86400000000))

SQL_SYSTEM(
    demo_hosts_sql, "the demonstration's own",
    "SELECT x.value FROM asset_addresses x JOIN orgs o ON o.id = x.org_id WHERE o.is_demo AND x.kind = 'domain' ORDER BY x.value LIMIT 500");
SQL_SYSTEM(
    demo_probe_sql, "the demonstration's own",
    "SELECT c.id, c.org_id FROM clients c JOIN orgs o ON o.id = c.org_id WHERE c.is_demo AND o.depth = 3 ORDER BY o.name LIMIT 1");
SQL_SYSTEM(demo_probed_sql, "the demonstration's own",
           "SELECT x.value FROM asset_addresses x WHERE x.org_id = :org AND x.kind = 'ip' ORDER BY x.value LIMIT 200");
SQL_SYSTEM(demo_office_sql, "the demonstration hangs below the root", "SELECT id FROM orgs WHERE parent_id IS NULL LIMIT 1");
SQL(demo_source_sql,
    "INSERT INTO sources (id, name, client_id, space_id, format, trust, is_demo, created_at, updated_at, " ORG_COLUMNS ") "
    "VALUES (:id, :name, :client, :space, :format, 90, TRUE, :now, :now, " ORG_VALUES ")");
SQL(demo_batch_sql, "INSERT INTO event_batches (id, source_id, principal, format, received_at, line_count, byte_count, body) "
                    "VALUES (:id, :source, :source, :format, :received, :lines, :bytes, :body)");
SQL_SYSTEM(demo_events_mark_sql, "the demonstration's own",
           "UPDATE events SET is_demo = TRUE WHERE source_id = :source AND batch_id = :batch");
/* Open warnings get the latest event before them that one of their units owns. */
SQL_SYSTEM(
    demo_warnings_sql, "the demonstration's own",
    "SELECT w.id, (SELECT MAX(e.id) FROM dispatches d JOIN events e ON e.org_id = d.org_id WHERE d.warning_id = w.id AND e.is_demo "
    "AND e.occurred_at < w.created_at AND e.day >= DATE(w.created_at) - INTERVAL 60 DAY) AS event "
    "FROM warnings w WHERE w.is_demo AND w.published_at IS NOT NULL ORDER BY w.created_at DESC LIMIT 16");
SQL_SYSTEM(
    demo_link_sql, "the demonstration's own",
    "UPDATE warnings w JOIN events e ON e.id = :event AND e.day = :day JOIN orgs o ON o.id = e.org_id JOIN sources s ON s.id = e.source_id "
    "LEFT JOIN assets a ON a.id = e.asset_id SET w.event_id = e.id, w.event_snapshot = JSON_OBJECT('id', CAST(e.id AS CHAR), 'name', e.name, "
    "'occurred_at', DATE_FORMAT(e.occurred_at, '%Y-%m-%dT%H:%i:%s.000Z'), 'severity', ELT(e.severity + 1, 'info', 'low', 'medium', 'high', "
    "'critical'), 'domain', e.domain, 'source_name', s.name, 'count', e.merge_count, 'org_id', CAST(e.org_id AS CHAR), 'org_name', o.name), "
    "w.owner_snapshot = JSON_OBJECT('verdict', 'owned', 'method', 'domain', 'confidence', e.confidence, 'org_id', CAST(e.org_id AS CHAR), "
    "'org_name', o.name, 'asset_id', CAST(e.asset_id AS CHAR), 'asset_name', a.name, 'person', NULL, 'candidates', JSON_ARRAY(), "
    "'evidence', JSON_ARRAY()) WHERE w.id = :warning");
SQL_SYSTEM(
    demo_event_keys_remove_sql, "the demonstration as a whole",
    "DELETE FROM event_keys WHERE EXISTS (SELECT 1 FROM events e WHERE e.id = event_keys.event_id AND e.day = event_keys.day AND e.is_demo) "
    "LIMIT 5000");
SQL_SYSTEM(demo_events_remove_sql, "the demonstration as a whole", "DELETE FROM events WHERE is_demo LIMIT 5000");
SQL_SYSTEM(demo_batches_remove_sql, "the demonstration as a whole",
           "DELETE FROM event_batches WHERE source_id IN (SELECT id FROM sources WHERE is_demo) LIMIT 100");
SQL_SYSTEM(demo_sources_remove_sql, "the demonstration as a whole", "DELETE FROM sources WHERE is_demo LIMIT 5000");

struct demo {
    struct services *s;
    struct arena *a;
    int64_t now;
    uint32_t seed;
    int made; /* lines so far, of both sources */
    char *host[HOSTS_MAX], *address[ADDRESSES_MAX];
    int hosts, addresses;
    struct stored_batch source; /* the part of it that is the source's */
};

static unsigned any(struct demo *d, unsigned n)
{
    d->seed = d->seed * 1664525u + 1013904223u;
    return (d->seed >> 8) % n;
}

/* ---- lines ---- */
static struct str eve_line(struct demo *d, int64_t at)
{
    static const struct {
        const char *name, *category;
        int sid, severity;
    } rules[] = {{"ET SCAN 境外地址批量端口探测", "Attempted Information Leak", 2010935, 3},
                 {"ET WEB_SERVER SQL 注入尝试（UNION SELECT）", "Web Application Attack", 2006446, 1},
                 {"ET EXPLOIT 中间件反序列化远程代码执行尝试", "Attempted Administrator Privilege Gain", 2034647, 1},
                 {"ET POLICY 弱口令登录成功", "Potential Corporate Privacy Violation", 2012843, 2},
                 {"ET MALWARE 挖矿木马外联矿池", "Crypto Currency Mining Activity Detected", 2024792, 1},
                 {"ET WEB_SPECIFIC_APPS 目录遍历读取敏感文件", "Web Application Attack", 2101122, 2},
                 {"ET DNS 查询可疑动态域名", "Potentially Bad Traffic", 2027758, 3}};
    unsigned k = any(d, 7), known = any(d, 100);
    char when[40];
    clock_rfc3339(at, when);
    const char *host = known < 93 ? d->host[any(d, (unsigned)d->hosts)] : arena_printf(d->a, "host%u.example.net", any(d, 60));
    return str_of(arena_printf(
        d->a,
        "{\"timestamp\":\"%s\",\"flow_id\":%d%09u,\"in_iface\":\"eth1\",\"event_type\":\"alert\",\"src_ip\":\"198.51.100.%u\",\"src_port\":%u,"
        "\"dest_ip\":\"203.0.113.%u\",\"dest_port\":%d,\"proto\":\"TCP\",\"app_proto\":\"http\",\"alert\":{\"action\":\"allowed\",\"gid\":1,"
        "\"signature_id\":%d,\"rev\":2,\"signature\":\"%s\",\"category\":\"%s\",\"severity\":%d},\"http\":{\"hostname\":\"%s\",\"url\":\"/p%u\","
        "\"http_method\":\"GET\",\"status\":%d}}",
        when, d->made, any(d, 1000000000), any(d, 250) + 1, 1024 + any(d, 60000), any(d, 250) + 1, k == 3 ? 22 : 443, rules[k].sid,
        rules[k].name, rules[k].category, rules[k].severity, host, any(d, 400), any(d, 3) ? 200 : 404));
}

/* Every fourth line closes the event three lines before it. */
static struct str hisec_line(struct demo *d, int64_t at)
{
    static const char *const names[] = {"僵尸网络通信", "远程控制木马活动", "暴力破解成功", "勒索软件加密行为", "异常外联"};
    if (d->made % 4 == 3)
        return str_of(arena_printf(d->a, "{\"EventID\":\"demo-%d\",\"EventCategory\":\"999\",\"ThreatEventStatus\":\"%d\"}",
                                   d->made - 3, d->made % 8 == 3 ? 4 : 2));
    return str_of(arena_printf(
        d->a,
        "{\"EventID\":\"demo-%d\",\"AggregationEventID\":\"demo-g%d\",\"EventName\":\"%s\",\"EventCategory\":\"15\",\"EventType\":\"12000\","
        "\"EventLevel\":\"%u\",\"ThreatEventStatus\":\"1\",\"MergeCount\":\"%u\",\"OccurTime\":\"%lld\",\"SrcIP\":\"198.51.100.%u\","
        "\"DestIP\":\"%s\",\"DestPort\":\"445\",\"Protocol\":\"6\",\"OnThreatIP\":\"%s\"}",
        d->made, d->made, names[any(d, 5)], any(d, 4) + 1, any(d, 40) + 1, (long long)(at / 1000000), any(d, 250) + 1,
        d->address[any(d, (unsigned)d->addresses)], d->address[any(d, (unsigned)d->addresses)]));
}

/* ---- batches ---- */
/* One batch with the lines of its share of the year; more of them in the last months. */
static struct error *add_batch(struct demo *d, int k, int of, struct str (*line)(struct demo *, int64_t))
{
    struct batch_line lines[LINES];
    struct event_line taken[LINES];
    struct batch packed;
    struct stored_batch *b = arena_alloc(d->a, sizeof *b);
    *b = d->source;
    memcpy(b->id, id_new().s, sizeof b->id);
    for (int i = 0; i < LINES; i++, d->made++) {
        double along = (double)(k * LINES + i) / (of * LINES);
        int64_t at = d->now - YEAR_US + (int64_t)(along * (1.6 - 0.6 * along) * (double)YEAR_US) - (int64_t)any(d, 600) * 1000000;
        lines[i] = (struct batch_line){line(d, at), 0};
        taken[i] = (struct event_line){b, (uint32_t)i, lines[i].text};
        b->received_at = at + 2000000;
    }
    batch_pack(d->a, lines, LINES, &packed);
    TRY(db_exec(d->s->db, d->a, &demo_batch_sql,
                ARGS(A_Z("id", b->id), A_Z("source", b->source_id), A_INT("format", b->format),
                     A_TIME(d->a, "received", b->received_at), A_INT("lines", packed.lines), A_INT("bytes", packed.bytes),
                     A_BYTES("body", packed.body.p, packed.body.n)),
                NULL));
    TRY(events_take(d->s, d->a, taken, LINES));
    TRY(db_exec(d->s->db, d->a, &demo_events_mark_sql, ARGS(A_Z("source", b->source_id), A_Z("batch", b->id)), NULL));
    TRY(db_commit(d->s->db, d->a)); /* each batch its own transaction */
    return db_begin(d->s->db, d->a);
}

static struct error *add_source(struct demo *d, const char *org, const char *client, int format, const char *name)
{
    struct stored_batch *x = &d->source;
    bool found;
    *x = (struct stored_batch){.format = format, .rules = {.tz_minutes = 480, .victim = VICTIM_AUTO}};
    uuid id = id_new();
    memcpy(x->source_id, id.s, sizeof id.s);
    id_bytes(str_of(id.s), x->rules.id);
    TRY(org_stamp_get(d->s->db, d->a, org, &x->seen_by, &found));
    TRY(org_private_space(d->s->db, d->a, &x->seen_by, x->space_id));
    return db_exec(d->s->db, d->a, &demo_source_sql,
                   ARGS(A_Z("id", id.s), A_Z("name", name), A_Z("client", client), A_Z("space", x->space_id),
                        A_Z("format", format ? "hisec" : "eve"), A_TIME(d->a, "now", d->now - YEAR_US), ORG_ARGS(&x->seen_by)),
                   NULL);
}

static struct error *read_list(struct demo *d, const struct sql_stmt *s, const struct sql_arg *args, char **list, int max, int *n)
{
    struct rows rows;
    TRY(db_query(d->s->db, d->a, s, args, &rows));
    while (*n < max && rows_next(&rows))
        list[(*n)++] = row_dup(&rows, d->a, 0);
    TRY(rows_end(&rows));
    return *n ? NULL : error_new(d->a, ERR_INTERNAL, "the demonstration's assets are missing");
}

static struct error *link_warnings(struct demo *d)
{
    struct rows rows;
    char *warning[LINKED], *event[LINKED], day[11];
    int n = 0;
    TRY(db_query(d->s->db, d->a, &demo_warnings_sql, NO_ARGS, &rows));
    for (; n < LINKED && rows_next(&rows); n++) {
        warning[n] = row_dup(&rows, d->a, 0);
        event[n] = row_dup(&rows, d->a, 1);
    }
    TRY(rows_end(&rows));
    for (int i = 0; i < n; i++)
        if (event[i] && event_day(str_of(event[i]), day))
            TRY(db_exec(d->s->db, d->a, &demo_link_sql, ARGS(A_Z("event", event[i]), A_Z("day", day), A_Z("warning", warning[i])),
                        NULL));
    return NULL;
}

static struct error *events_load(struct services *s, struct arena *a)
{
    struct demo *d = arena_zalloc(a, sizeof *d);
    struct rows rows;
    bool found;
    char *office[1], *client, *unit;
    int one = 0;
    *d = (struct demo){.s = s, .a = a, .now = clock_now_us(), .seed = 20260111};
    TRY(read_list(d, &demo_hosts_sql, NO_ARGS, d->host, HOSTS_MAX, &d->hosts));
    TRY(read_list(d, &demo_office_sql, NO_ARGS, office, 1, &one));
    TRY(db_one(s->db, a, &demo_probe_sql, NO_ARGS, &rows, &found));
    if (!found)
        return error_new(a, ERR_INTERNAL, "the demonstration's clients are missing");
    client = row_dup(&rows, a, 0);
    unit = row_dup(&rows, a, 1);
    TRY(rows_end(&rows));
    TRY(read_list(d, &demo_probed_sql, ARGS(A_Z("org", unit)), d->address, ADDRESSES_MAX, &d->addresses));
    TRY(add_source(d, office[0], NULL, 0, "省级互联网出口流量探针"));
    for (int k = 0; k < EVE_BATCHES; k++) {
        struct arena_mark mark = arena_mark(a);
        TRY(add_batch(d, k, EVE_BATCHES, eve_line));
        arena_reset_to(a, mark);
    }
    TRY(add_source(d, unit, client, 1, "单位威胁检测系统（HiSec）"));
    for (int k = 0; k < HISEC_BATCHES; k++) {
        struct arena_mark mark = arena_mark(a);
        TRY(add_batch(d, k, HISEC_BATCHES, hisec_line));
        arena_reset_to(a, mark);
    }
    return link_warnings(d);
}

static struct error *events_remove(struct services *s, struct arena *a)
{
    const struct sql_stmt *const all[] = {&demo_event_keys_remove_sql, &demo_events_remove_sql, &demo_batches_remove_sql,
                                          &demo_sources_remove_sql};
    for (size_t i = 0; i < sizeof all / sizeof *all; i++) {
        uint64_t n;
        do {
            TRY(db_exec(s->db, a, all[i], NO_ARGS, &n));
            TRY(db_commit(s->db, a));
            TRY(db_begin(s->db, a));
        } while (n);
    }
    return NULL;
}
DEMO(events, 70, events_load, events_remove);
