/* The demonstration's hosts, about 400: a part of each unit's registered addresses as its own scans see them, some that nobody
 * registered beside them, and what the office found in a range that is set aside for tests. */
#include "discovery/discovery_store.h"
#include "kernel/clock.h"
#include "kernel/id.h"
#include "org/org.h"
#include "packs/seed.h"

enum { EVERY = 9, STRAY_EVERY = 36, OFFICE_HOSTS = 48, DAYS = 60 };

SQL_SYSTEM(demo_host_claims_sql, "the demonstration as a whole",
           "SELECT a.org_id, x.space_id, x.lo, CONCAT_WS(' ', a.os_name, a.os_version) FROM assets a JOIN asset_addresses x "
           "ON x.asset_id = a.id WHERE a.is_demo AND x.kind = 'ip' ORDER BY a.asset_no, x.lo LIMIT 20000");
SQL_SYSTEM(demo_office_sql, "the demonstration as a whole", "SELECT id FROM orgs WHERE parent_id IS NULL LIMIT 1");
SQL_SYSTEM(demo_scans_mark_sql, "the demonstration as a whole",
           "UPDATE discoveries SET is_demo = TRUE, hosts = :n, hosts_up = :n, "
           "scanner = 'nmap', arguments = 'nmap -sV -O -oX -' WHERE id = :id");
SQL_SYSTEM(demo_hosts_mark_sql, "the demonstration as a whole",
           "UPDATE discovered_hosts SET is_demo = TRUE, version = 1 WHERE discovery_id = :id");
#define DEMO_HOSTS "LEFT JOIN orgs o ON o.id = h.org_id LEFT JOIN orgs f ON f.id = h.found_by "
#define IS_DEMO "WHERE h.is_demo OR o.is_demo OR f.is_demo"
SQL_SYSTEM(demo_services_remove_sql, "the demonstration as a whole",
           "DELETE x FROM discovered_services x JOIN discovered_hosts h ON h.id = x.host_id " DEMO_HOSTS IS_DEMO);
SQL_SYSTEM(demo_names_remove_sql, "the demonstration as a whole",
           "DELETE x FROM discovered_names x JOIN discovered_hosts h ON h.id = x.host_id " DEMO_HOSTS IS_DEMO);
SQL_SYSTEM(demo_links_remove_sql, "the demonstration as a whole",
           "DELETE x FROM discovery_hosts x JOIN discovered_hosts h ON h.id = x.host_id " DEMO_HOSTS IS_DEMO);
SQL_SYSTEM(demo_hosts_remove_sql, "the demonstration as a whole", "DELETE h FROM discovered_hosts h " DEMO_HOSTS IS_DEMO);
SQL_SYSTEM(demo_scans_remove_sql, "the demonstration as a whole",
           "DELETE d FROM discoveries d JOIN orgs o ON o.id = d.org_id WHERE d.is_demo OR o.is_demo");

static const struct host_service seen[] = {
    {.protocol = {"tcp", 3}, .port = 22, .service = {"ssh", 3}, .product = {"OpenSSH", 7}, .version = {"8.4", 3}},
    {.protocol = {"tcp", 3},
     .port = 80,
     .service = {"http", 4},
     .product = {"nginx", 5},
     .version = {"1.22.1", 6},
     .cpe = {"cpe:/a:igor_sysoev:nginx:1.22.1", 31}},
    {.protocol = {"tcp", 3}, .port = 443, .service = {"https", 5}, .product = {"nginx", 5}, .version = {"1.22.1", 6}},
    {.protocol = {"tcp", 3}, .port = 3306, .service = {"mysql", 5}, .product = {"MariaDB", 7}, .version = {"10.6", 4}},
    {.protocol = {"tcp", 3}, .port = 3389, .service = {"ms-wbt-server", 13}},
    {.protocol = {"tcp", 3},
     .port = 8080,
     .service = {"http-proxy", 10},
     .product = {"Apache Tomcat", 13},
     .version = {"9.0.65", 6}},
};
enum { SEEN = sizeof seen / sizeof *seen };

struct load {
    struct services *s;
    struct arena *a;
    const struct ownership_index *index;
    struct host hosts[HOSTS_CHUNK];
    size_t n;
    int made; /* over all scans */
    int64_t now;
};

static struct host *add_host(struct load *l, const char *space, const struct ip *ip)
{
    struct host *h = &l->hosts[l->n++];
    int i = l->made++;
    *h = (struct host){.ip = *ip, .first_seen = l->now - (int64_t)(DAYS + i % 200) * INT64_C(86400000000)};
    memcpy(h->space, space, sizeof h->space);
    h->last_seen = h->scanned = l->now - (int64_t)(i * 7 % DAYS) * INT64_C(86400000000) - (int64_t)(i % 600) * 60000000;
    h->services = arena_array(l->a, 4, sizeof *h->services);
    for (int k = 0; k < SEEN && h->service_count < 4; k++)
        if ((i + k * 5) % 3 == 0 || k == i % SEEN)
            h->services[h->service_count++] = seen[k];
    h->mac =
        str_of(arena_printf(l->a, "02:00:5e:%02x:%02x:%02x", (unsigned)i >> 8 & 255, (unsigned)i & 255, (unsigned)(i * 13) & 255));
    return h;
}

/* Writes what has come together as one scan of that organisation. */
static struct error *flush(struct load *l, const char *org_id, const char *space)
{
    struct org_stamp org;
    uuid id = id_new();
    bool found;
    if (!l->n)
        return NULL;
    TRY(org_stamp_get(l->s->db, l->a, org_id, &org, &found));
    for (size_t i = 0; i < l->n; i++)
        TRY(host_settle(l->s, l->a, l->index, &l->hosts[i], &org));
    TRY(scan_insert(l->s, l->a, id.s, space, "scan.xml", NULL, &org));
    TRY(hosts_write(l->s, l->a, l->hosts, l->n, id.s, l->now));
    TRY(db_exec(l->s->db, l->a, &demo_scans_mark_sql, ARGS(A_Z("id", id.s), A_INT("n", (int64_t)l->n)), NULL));
    l->n = 0;
    return db_exec(l->s->db, l->a, &demo_hosts_mark_sql, ARGS(A_Z("id", id.s)), NULL);
}

struct claim_row {
    char org[37], space[37];
    struct ip ip;
    struct str os;
};

static struct error *read_claims(struct load *l, struct claim_row **out, size_t *count)
{
    struct rows r;
    struct claim_row *list = *out = arena_array(l->a, 20000, sizeof *list);
    *count = 0;
    TRY(db_query(l->s->db, l->a, &demo_host_claims_sql, NO_ARGS, &r));
    for (size_t i = 0; rows_next(&r); i++) {
        struct claim_row *c = &list[*count];
        if (i % EVERY != 0 || row_text(&r, 0).n != 36 || row_text(&r, 1).n != 36 || row_text(&r, 2).n != sizeof c->ip.b)
            continue;
        *c = (struct claim_row){.os = str_of(row_dup(&r, l->a, 3))};
        memcpy(c->org, row_text(&r, 0).p, 36);
        memcpy(c->space, row_text(&r, 1).p, 36);
        memcpy(c->ip.b, row_text(&r, 2).p, sizeof c->ip.b);
        (*count)++;
    }
    return rows_end(&r);
}

static struct error *load_units(struct load *l)
{
    struct claim_row *list;
    size_t n;
    TRY(read_claims(l, &list, &n));
    for (size_t i = 0; i < n; i++) {
        const struct claim_row *c = &list[i];
        struct host *h = add_host(l, c->space, &c->ip);
        h->os = c->os;
        if (i % (STRAY_EVERY / EVERY) == 0) { /* beside it, what nobody registered */
            struct ip stray = c->ip;
            stray.b[15] = (unsigned char)(stray.b[15] + 100);
            add_host(l, c->space, &stray);
        }
        if (i + 1 == n || strcmp(list[i + 1].org, c->org) != 0 || l->n + 2 > HOSTS_CHUNK)
            TRY(flush(l, c->org, c->space));
    }
    return NULL;
}

static struct error *load_office(struct load *l)
{
    struct org_stamp org;
    struct rows r;
    char id[37] = "", space[37];
    bool found;
    TRY(db_one(l->s->db, l->a, &demo_office_sql, NO_ARGS, &r, &found));
    if (!found)
        return error_new(l->a, ERR_CONFLICT, "there is no organisation: run seed first");
    memcpy(id, row_text(&r, 0).p, 36);
    TRY(rows_end(&r));
    TRY(org_stamp_get(l->s->db, l->a, id, &org, &found));
    TRY(org_private_space(l->s->db, l->a, &org, space));
    for (int i = 0; i < OFFICE_HOSTS; i++) {
        struct ip ip;
        const char *text = i % 8 == 7 ? arena_printf(l->a, "2001:db8:53::%x", i + 1)
                                      : arena_printf(l->a, "198.18.%d.%d", i / 12 + 20, i * 5 % 250 + 1);
        ip_parse(str_of(text), &ip);
        struct host *h = add_host(l, space, &ip);
        if (i % 3 == 0)
            h->names[h->name_count++] = str_of(arena_printf(l->a, "host-%d.tongchou-scan.cn", i));
    }
    return flush(l, id, space);
}

static struct error *hosts_load(struct services *s, struct arena *a)
{
    struct load *l = arena_zalloc(a, sizeof *l);
    l->s = s;
    l->a = a;
    l->now = clock_now_us();
    TRY(owner_index(s, a, &l->index));
    TRY(load_units(l));
    return load_office(l);
}

static struct error *hosts_remove(struct services *s, struct arena *a)
{
    TRY(db_exec(s->db, a, &demo_services_remove_sql, NO_ARGS, NULL));
    TRY(db_exec(s->db, a, &demo_names_remove_sql, NO_ARGS, NULL));
    TRY(db_exec(s->db, a, &demo_links_remove_sql, NO_ARGS, NULL));
    TRY(db_exec(s->db, a, &demo_hosts_remove_sql, NO_ARGS, NULL));
    return db_exec(s->db, a, &demo_scans_remove_sql, NO_ARGS, NULL);
}
DEMO(hosts, 45, hosts_load, hosts_remove);
