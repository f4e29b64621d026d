#include "discovery/discovery_store.h"

#include "kernel/clock.h"
#include "kernel/id.h"
#include "org/org.h"

SQL(scan_insert_sql,
    "INSERT INTO discoveries (id, space_id, file_name, created_by, created_at, " ORG_COLUMNS ") VALUES (:id, :space, :file, "
    ":by, :now, " ORG_VALUES ")");
SQL_SYSTEM(scan_finish_sql, "the job that reads the scan",
           "UPDATE discoveries SET scanner = :scanner, arguments = :arguments, scan_from = :from, scan_to = :to, hosts = :hosts, "
           "hosts_up = :up, services = :services, partial = :partial WHERE id = :id");

SQL_SYSTEM(hosts_known_sql, "a scan meets hosts of everybody; whoever scanned is told only how many",
           "SELECT " HOST_RECORD "JSON_TABLE(:keys, '$[*]' COLUMNS (space CHAR(36) PATH '$.s', ip CHAR(32) PATH '$.i')) j "
           "JOIN discovered_hosts h ON h.space_id = j.space AND h.ip = UNHEX(j.ip)");
#define CLAIMS_OF "JSON_TABLE(:assets, '$[*]' COLUMNS (id CHAR(36) PATH '$')) j JOIN asset_addresses x ON x.asset_id = j.id "
SQL_SYSTEM(hosts_touched_sql, "a change of the registry reaches hosts of everybody",
           "SELECT " HOST_RECORD
           "(SELECT h.id FROM JSON_TABLE(:assets, '$[*]' COLUMNS (id CHAR(36) PATH '$')) j JOIN discovered_hosts h "
           "ON h.asset_id = j.id WHERE h.id > :after UNION "
           "SELECT h.id FROM " CLAIMS_OF "JOIN discovered_hosts h ON h.space_id = x.space_id AND h.ip = x.lo "
           "WHERE x.kind IN ('ip', 'url') AND h.id > :after UNION "
           "SELECT n.host_id FROM " CLAIMS_OF "JOIN discovered_names n ON n.name = x.host WHERE n.host_id > :after "
           "ORDER BY 1 LIMIT :limit) k JOIN discovered_hosts h ON h.id = k.id ORDER BY h.id");
SQL_SYSTEM(hosts_of_sector_sql, "a default owner reaches hosts of everybody",
           "SELECT " HOST_RECORD "discovered_hosts h JOIN orgs f ON f.id = h.found_by "
           "WHERE h.id > :after AND f.sector_code = :sector ORDER BY h.id LIMIT :limit");
SQL_SYSTEM(ranges_touched_sql, "a change of the registry reaches hosts of everybody",
           "SELECT DISTINCT x.space_id, x.lo, x.hi FROM " CLAIMS_OF "WHERE x.kind = 'range' LIMIT :limit");
SQL_SYSTEM(hosts_between_sql, "a change of the registry reaches hosts of everybody",
           "SELECT " HOST_RECORD
           "discovered_hosts h WHERE h.space_id = :space AND h.ip >= :from AND h.ip <= :to ORDER BY h.ip LIMIT :limit");
SQL(host_write_sql,
    "INSERT INTO discovered_hosts (id, space_id, ip, address, hostnames, mac, vendor, os, verdict, method, confidence, asset_id, "
    "found_by, discovery_id, first_seen_at, last_seen_at, updated_at, " ORG_COLUMNS
    ") VALUES (:id, :space, :ip, :address, :hostnames, "
    ":mac, :vendor, :os, :verdict, :method, :confidence, :asset, :found_by, :discovery, :first, :last, :now, " ORG_VALUES ") "
    "ON DUPLICATE KEY UPDATE hostnames = VALUES(hostnames), mac = VALUES(mac), vendor = VALUES(vendor), os = VALUES(os), "
    "verdict = VALUES(verdict), method = VALUES(method), confidence = VALUES(confidence), asset_id = VALUES(asset_id), "
    "found_by = VALUES(found_by), discovery_id = VALUES(discovery_id), org_id = VALUES(org_id), org_l1 = VALUES(org_l1), "
    "org_l2 = VALUES(org_l2), org_l3 = VALUES(org_l3), org_l4 = VALUES(org_l4), org_l5 = VALUES(org_l5), org_l6 = VALUES(org_l6), "
    "sector_code = VALUES(sector_code), first_seen_at = LEAST(first_seen_at, VALUES(first_seen_at)), "
    "last_seen_at = GREATEST(last_seen_at, VALUES(last_seen_at)), updated_at = VALUES(updated_at), version = version + 1");
SQL_SYSTEM(names_forget_sql, "the host is being written", "DELETE FROM discovered_names WHERE host_id = :id");
SQL(names_write_sql, "INSERT IGNORE INTO discovered_names (host_id, name) VALUES (:id, :name)");
SQL(services_write_sql,
    "INSERT INTO discovered_services (host_id, protocol, port, service, product, product_version, extra, cpe, first_seen_at, last_seen_at) "
    "VALUES (:id, :protocol, :port, :service, :product, :version, :extra, :cpe, :first, :last) ON DUPLICATE KEY UPDATE "
    "service = IF(VALUES(last_seen_at) < last_seen_at, service, VALUES(service)), "
    "product = IF(VALUES(last_seen_at) < last_seen_at, product, VALUES(product)), "
    "product_version = IF(VALUES(last_seen_at) < last_seen_at, product_version, VALUES(product_version)), "
    "extra = IF(VALUES(last_seen_at) < last_seen_at, extra, VALUES(extra)), "
    "cpe = IF(VALUES(last_seen_at) < last_seen_at, cpe, VALUES(cpe)), first_seen_at = LEAST(first_seen_at, VALUES(first_seen_at)), "
    "last_seen_at = GREATEST(last_seen_at, VALUES(last_seen_at))");
SQL(link_write_sql, "INSERT IGNORE INTO discovery_hosts (discovery_id, host_id) VALUES (:discovery, :id)");
SQL_SYSTEM(host_reown_sql, "a change of the registry reaches hosts of everybody",
           "UPDATE discovered_hosts SET verdict = :verdict, method = :method, confidence = :confidence, asset_id = :asset, "
           "org_id = :org_id, org_l1 = :org_l1, org_l2 = :org_l2, org_l3 = :org_l3, org_l4 = :org_l4, org_l5 = :org_l5, "
           "org_l6 = :org_l6, sector_code = :sector_code, updated_at = :now, version = version + 1 WHERE id = :id AND NOT "
           "(verdict = :verdict AND confidence = :confidence AND org_id = :org_id AND asset_id <=> :asset AND method <=> :method)");

/* ---- the scan ---- */
struct error *scan_insert(struct services *s, struct arena *a, const char *id, const char *space, const char *file_name,
                          const char *created_by, const struct org_stamp *org)
{
    return db_exec(s->db, a, &scan_insert_sql,
                   ARGS(A_Z("id", id), A_Z("space", space), A_Z("file", file_name), A_OPT("by", str_of(created_by)),
                        A_TIME(a, "now", clock_now_us()), ORG_ARGS(org)),
                   NULL);
}

struct error *scan_finish(struct services *s, struct arena *a, const char *id, const struct nmap_summary *sum, bool partial)
{
    return db_exec(s->db, a, &scan_finish_sql,
                   ARGS(A_Z("id", id), A_OPT("scanner", str_of(sum->scanner)), A_OPT("arguments", str_of(sum->args)),
                        A_TIME(a, "from", sum->start * 1000000), A_TIME(a, "to", sum->end * 1000000),
                        A_INT("hosts", (int64_t)sum->hosts), A_INT("up", (int64_t)sum->hosts_up),
                        A_INT("services", (int64_t)sum->ports), A_INT("partial", partial)),
                   NULL);
}

/* ---- reading records ---- */
static struct str dup(struct rows *r, struct arena *a, unsigned col)
{
    return str_of(row_dup(r, a, col));
}

static void read_names(struct arena *a, struct str json, struct host *h)
{
    json_t *list = json.n ? json_loadb(json.p, json.n, 0, NULL) : NULL, *name;
    size_t i;
    json_array_foreach(list, i, name)
        if (h->name_count < HOST_NAMES_MAX)
            h->names[h->name_count++] = str_of(arena_strdup(a, json_string_value(name) ? json_string_value(name) : ""));
    json_decref(list);
}

void host_from_row(struct rows *r, struct arena *a, struct host *h)
{
    memset(h, 0, sizeof *h);
    str_copy(h->id, sizeof h->id, row_text(r, 0));
    str_copy(h->space, sizeof h->space, row_text(r, 1));
    if (row_text(r, 2).n == sizeof h->ip.b)
        memcpy(h->ip.b, row_text(r, 2).p, sizeof h->ip.b);
    read_names(a, row_text(r, 3), h);
    h->mac = dup(r, a, 4);
    h->vendor = dup(r, a, 5);
    h->os = dup(r, a, 6);
    h->owner.verdict = str_is(row_text(r, 7), "owned")       ? VERDICT_OWNED
                       : str_is(row_text(r, 7), "ambiguous") ? VERDICT_AMBIGUOUS
                                                             : VERDICT_UNOWNED;
    h->owner.method = row_dup(r, a, 8);
    str_copy(h->found_by, sizeof h->found_by, row_text(r, 9));
    h->first_seen = row_time(r, 10);
    h->last_seen = row_time(r, 11);
    h->known = true;
}

static struct error *read_records(struct rows *r, struct arena *a, size_t max, struct host *out, size_t *count)
{
    *count = 0;
    while (*count < max && rows_next(r))
        host_from_row(r, a, &out[(*count)++]);
    return rows_end(r);
}

struct error *hosts_known(struct services *s, struct arena *a, const struct host *hosts, size_t n, struct host *out, size_t *count)
{
    struct buf keys = buf_new(a, n * 90 + 2, 1 << 20);
    struct rows r;
    buf_c(&keys, '[');
    for (size_t i = 0; i < n; i++) {
        char hex[33];
        hex_encode(hosts[i].ip.b, 16, hex);
        buf_printf(&keys, "%s{\"s\":\"%s\",\"i\":\"%s\"}", i ? "," : "", hosts[i].space, hex);
    }
    buf_c(&keys, ']');
    TRY(db_query(s->db, a, &hosts_known_sql, ARGS(A_STR("keys", buf_done(&keys))), &r));
    return read_records(&r, a, n, out, count);
}

struct error *hosts_touched(struct services *s, struct arena *a, const char *assets_json, const char *after, struct host *out,
                            size_t *count)
{
    struct rows r;
    TRY(db_query(s->db, a, &hosts_touched_sql, ARGS(A_Z("assets", assets_json), A_Z("after", after), A_INT("limit", HOSTS_CHUNK)),
                 &r));
    return read_records(&r, a, HOSTS_CHUNK, out, count);
}

struct error *hosts_of_sector(struct services *s, struct arena *a, const char *sector, const char *after, struct host *out,
                              size_t *count)
{
    struct rows r;
    TRY(db_query(s->db, a, &hosts_of_sector_sql, ARGS(A_Z("sector", sector), A_Z("after", after), A_INT("limit", HOSTS_CHUNK)),
                 &r));
    return read_records(&r, a, HOSTS_CHUNK, out, count);
}

struct error *ranges_touched(struct services *s, struct arena *a, const char *assets_json, struct host_range *out, size_t *count)
{
    struct rows r;
    *count = 0;
    TRY(db_query(s->db, a, &ranges_touched_sql, ARGS(A_Z("assets", assets_json), A_INT("limit", RANGES_MAX)), &r));
    while (*count < RANGES_MAX && rows_next(&r)) {
        struct host_range *x = &out[*count];
        memset(x, 0, sizeof *x);
        if (row_text(&r, 1).n != sizeof x->from.b || row_text(&r, 2).n != sizeof x->to.b)
            continue;
        str_copy(x->space, sizeof x->space, row_text(&r, 0));
        memcpy(x->from.b, row_text(&r, 1).p, sizeof x->from.b);
        memcpy(x->to.b, row_text(&r, 2).p, sizeof x->to.b);
        (*count)++;
    }
    return rows_end(&r);
}

struct error *hosts_between(struct services *s, struct arena *a, const struct host_range *range, struct host *out, size_t *count)
{
    struct rows r;
    TRY(db_query(s->db, a, &hosts_between_sql,
                 ARGS(A_Z("space", range->space), A_BYTES("from", range->from.b, 16), A_BYTES("to", range->to.b, 16),
                      A_INT("limit", HOSTS_CHUNK)),
                 &r));
    return read_records(&r, a, HOSTS_CHUNK, out, count);
}

/* ---- writing many ---- */
struct columns {
    struct arena *a;
    size_t n, count;
    struct sql_column list[40];
};

static struct str *column(struct columns *c, const char *name)
{
    struct str *v = arena_array(c->a, c->n, sizeof *v);
    c->list[c->count++] = C_TEXT(name, v);
    return v;
}

static struct str or_null(struct str s)
{
    return s.n ? s : (struct str){NULL, 0};
}

static struct str time_text(struct arena *a, int64_t us)
{
    char text[27];
    clock_sql(us, text);
    return str_of(arena_strdup(a, text));
}

/* Owner, and whose the row is. */
static void owner_columns(struct columns *c, const struct host *hosts)
{
    struct str *verdict = column(c, "verdict"), *method = column(c, "method"), *asset = column(c, "asset");
    int64_t *confidence = arena_array(c->a, c->n, sizeof *confidence);
    const struct org_stamp **orgs = arena_array(c->a, c->n, sizeof *orgs);
    for (size_t i = 0; i < c->n; i++) {
        const struct owner_brief *o = &hosts[i].owner;
        verdict[i] = str_of(verdict_name(o->verdict));
        method[i] = or_null(str_of(o->method));
        asset[i] = or_null(str_of(o->asset_id));
        confidence[i] = o->confidence;
        orgs[i] = &hosts[i].row;
    }
    c->list[c->count++] = C_INT("confidence", confidence, NULL);
    org_stamp_columns(c->a, orgs, c->n, &c->list[c->count]);
    c->count += ORG_COLUMN_COUNT;
}

static struct str names_json(struct arena *a, const struct host *h)
{
    struct buf b = buf_new(a, 256, 16 * 1024);
    struct jw w = jw_of(&b);
    if (!h->name_count)
        return (struct str){NULL, 0};
    jw_array_begin(&w, NULL);
    for (size_t i = 0; i < h->name_count; i++)
        jw_str(&w, NULL, h->names[i]);
    jw_array_end(&w);
    return buf_done(&b);
}

static struct error *write_hosts(struct services *s, struct arena *a, struct host *hosts, size_t n, const char *discovery_id,
                                 int64_t now)
{
    struct columns c = {.a = a, .n = n};
    struct str *id = column(&c, "id"), *space = column(&c, "space"), *address = column(&c, "address"),
               *names = column(&c, "hostnames");
    struct str *mac = column(&c, "mac"), *vendor = column(&c, "vendor"), *os = column(&c, "os"), *by = column(&c, "found_by");
    struct str *first = column(&c, "first"), *last = column(&c, "last"), *ip = arena_array(a, n, sizeof *ip);
    for (size_t i = 0; i < n; i++) {
        struct host *h = &hosts[i];
        char text[IP_TEXT_MAX];
        if (!h->known)
            memcpy(h->id, id_new().s, sizeof h->id);
        id[i] = str_of(h->id);
        space[i] = str_of(h->space);
        ip[i] = (struct str){(const char *)h->ip.b, 16};
        address[i] = str_of(arena_strndup(a, text, ip_format(&h->ip, text)));
        names[i] = names_json(a, h);
        mac[i] = or_null(h->mac);
        vendor[i] = or_null(h->vendor);
        os[i] = or_null(h->os);
        by[i] = str_of(h->found_by);
        first[i] = time_text(a, h->first_seen);
        last[i] = time_text(a, h->last_seen);
    }
    owner_columns(&c, hosts);
    c.list[c.count++] = C_BYTES("ip", ip);
    c.list[c.count++] = C_SAME(A_Z("discovery", discovery_id));
    c.list[c.count++] = C_SAME(A_TIME(a, "now", now));
    c.list[c.count] = (struct sql_column){.type = SQL_END};
    return db_exec_many(s->db, a, &host_write_sql, n, c.list, NULL);
}

/* Another worker may have added the same host meanwhile: then its id counts. */
static struct error *settle_ids(struct services *s, struct arena *a, struct host *hosts, size_t n)
{
    struct host *rows = arena_array(a, n, sizeof *rows);
    size_t count;
    TRY(hosts_known(s, a, hosts, n, rows, &count));
    for (size_t i = 0; i < n; i++)
        for (size_t k = 0; k < count; k++)
            if (ip_compare(&rows[k].ip, &hosts[i].ip) == 0 && strcmp(rows[k].space, hosts[i].space) == 0)
                memcpy(hosts[i].id, rows[k].id, sizeof hosts[i].id);
    return NULL;
}

/* Names and their parents; never a bare top level. */
static struct error *write_names(struct services *s, struct arena *a, const struct host *hosts, size_t n)
{
    size_t room = 0, k = 0;
    struct str *ids = arena_array(a, n, sizeof *ids);
    for (size_t i = 0; i < n; i++) {
        ids[i] = str_of(hosts[i].id);
        for (size_t m = 0; m < hosts[i].name_count; m++)
            for (size_t c = 0; c < hosts[i].names[m].n; c++)
                room += hosts[i].names[m].p[c] == '.';
    }
    TRY(db_exec_many(s->db, a, &names_forget_sql, n, COLUMNS(C_TEXT("id", ids)), NULL));
    struct str *id = arena_array(a, room + 1, sizeof *id), *name = arena_array(a, room + 1, sizeof *name);
    for (size_t i = 0; i < n; i++)
        for (size_t m = 0; m < hosts[i].name_count; m++)
            for (struct str part = hosts[i].names[m]; part.n && memchr(part.p, '.', part.n); str_cut(&part, '.')) {
                id[k] = ids[i];
                name[k++] = part;
            }
    return k ? db_exec_many(s->db, a, &names_write_sql, k, COLUMNS(C_TEXT("id", id), C_TEXT("name", name)), NULL) : NULL;
}

static struct error *write_services(struct services *s, struct arena *a, const struct host *hosts, size_t n)
{
    struct columns c = {.a = a};
    size_t k = 0;
    for (size_t i = 0; i < n; i++)
        c.n += hosts[i].service_count;
    if (!c.n)
        return NULL;
    struct str *id = column(&c, "id"), *protocol = column(&c, "protocol"), *service = column(&c, "service"),
               *product = column(&c, "product");
    struct str *version = column(&c, "version"), *extra = column(&c, "extra"), *cpe = column(&c, "cpe"), *seen = column(&c, "last");
    int64_t *port = arena_array(a, c.n, sizeof *port);
    for (size_t i = 0; i < n; i++) {
        struct str at = time_text(a, hosts[i].scanned);
        for (size_t m = 0; m < hosts[i].service_count; m++, k++) {
            const struct host_service *v = &hosts[i].services[m];
            id[k] = str_of(hosts[i].id);
            protocol[k] = v->protocol;
            port[k] = v->port;
            service[k] = or_null(v->service);
            product[k] = or_null(v->product);
            version[k] = or_null(v->version);
            extra[k] = or_null(v->extra);
            cpe[k] = or_null(v->cpe);
            seen[k] = at;
        }
    }
    c.list[c.count++] = C_INT("port", port, NULL);
    c.list[c.count++] = C_TEXT("first", seen);
    c.list[c.count] = (struct sql_column){.type = SQL_END};
    return db_exec_many(s->db, a, &services_write_sql, c.n, c.list, NULL);
}

struct error *hosts_write(struct services *s, struct arena *a, struct host *hosts, size_t n, const char *discovery_id, int64_t now)
{
    struct str *ids = arena_array(a, n + 1, sizeof *ids);
    if (!n)
        return NULL;
    TRY(write_hosts(s, a, hosts, n, discovery_id, now));
    TRY(settle_ids(s, a, hosts, n));
    TRY(write_names(s, a, hosts, n));
    TRY(write_services(s, a, hosts, n));
    for (size_t i = 0; i < n; i++)
        ids[i] = str_of(hosts[i].id);
    return db_exec_many(s->db, a, &link_write_sql, n, COLUMNS(C_SAME(A_Z("discovery", discovery_id)), C_TEXT("id", ids)), NULL);
}

struct error *hosts_reown(struct services *s, struct arena *a, const struct host *hosts, size_t n, int64_t now)
{
    struct columns c = {.a = a, .n = n};
    if (!n)
        return NULL;
    struct str *id = column(&c, "id");
    for (size_t i = 0; i < n; i++)
        id[i] = str_of(hosts[i].id);
    owner_columns(&c, hosts);
    c.list[c.count++] = C_SAME(A_TIME(a, "now", now));
    c.list[c.count] = (struct sql_column){.type = SQL_END};
    return db_exec_many(s->db, a, &host_reown_sql, n, c.list, NULL);
}
