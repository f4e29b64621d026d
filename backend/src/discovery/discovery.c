#include "discovery/discovery.h"

#include "json/format.h"

/* Cut to what the column holds, on a character's border. */
static struct str text(struct arena *a, const char *s, size_t max)
{
    struct str t = str_of(s);
    if (t.n > max) {
        t.n = max;
        while (t.n && !str_utf8(t, NULL))
            t.n--;
    }
    return (struct str){str_dup(a, t), t.n};
}

static void read_name(struct arena *a, const char *name, struct host *h)
{
    struct str n = str_of(name);
    if (n.n && n.p[n.n - 1] == '.')
        n.n--;
    if (h->name_count == HOST_NAMES_MAX || n.n > 253 || !format_by_name("hostname")(n))
        return;
    char *copy = str_dup(a, n);
    for (size_t i = 0; i < n.n; i++)
        if (copy[i] >= 'A' && copy[i] <= 'Z')
            copy[i] = (char)(copy[i] | 0x20);
    n.p = copy;
    for (size_t i = 0; i < h->name_count; i++)
        if (str_eq(h->names[i], n))
            return;
    h->names[h->name_count++] = n;
}

static void read_mac(struct arena *a, const char *mac, struct host *h)
{
    h->mac = text(a, mac, 17);
    char *p = str_dup(a, h->mac);
    for (size_t i = 0; i < h->mac.n; i++)
        if (p[i] >= 'A' && p[i] <= 'Z')
            p[i] = (char)(p[i] | 0x20);
    h->mac.p = p;
}

static bool same_service(const struct host_service *a, const struct nmap_port *b)
{
    return a->port == b->port && str_is(a->protocol, b->protocol);
}

static void read_services(struct arena *a, const struct nmap_host *from, struct host *h)
{
    h->services = arena_array(a, from->port_count + 1, sizeof *h->services);
    for (size_t i = 0; i < from->port_count; i++) {
        const struct nmap_port *p = &from->ports[i];
        if (p->port < 0 || !p->protocol || strlen(p->protocol) > 8 || !p->state || strcmp(p->state, "open") != 0)
            continue;
        if (h->service_count && same_service(&h->services[h->service_count - 1], p))
            continue;
        h->services[h->service_count++] = (struct host_service){.protocol = text(a, p->protocol, 8),
                                                                .port = p->port,
                                                                .service = text(a, p->service, 60),
                                                                .product = text(a, p->product, 120),
                                                                .version = text(a, p->version, 60),
                                                                .extra = text(a, p->extra, 200),
                                                                .cpe = text(a, p->cpe, 200)};
    }
}

bool host_read(struct arena *a, const struct nmap_host *from, int64_t scan_time, int64_t now, struct host *out)
{
    int64_t seen = from->end ? from->end : from->start ? from->start : scan_time;
    memset(out, 0, sizeof *out);
    if (!from->up || from->address_count == 0)
        return false;
    out->ip = from->addresses[0];
    out->last_seen = seen > 0 && seen < now / 1000000 ? seen * 1000000 : now;
    out->scanned = out->first_seen = out->last_seen;
    for (size_t i = 0; i < from->hostname_count; i++)
        read_name(a, from->hostnames[i], out);
    if (from->mac)
        read_mac(a, from->mac, out);
    out->vendor = text(a, from->vendor, 120);
    out->os = text(a, from->os, 200);
    read_services(a, from, out);
    return true;
}

void host_merge(struct host *seen, const struct host *before)
{
    bool older = seen->last_seen < before->last_seen;
    seen->known = true;
    memcpy(seen->id, before->id, sizeof seen->id);
    if (older || !seen->mac.n)
        seen->mac = before->mac.n ? before->mac : seen->mac;
    if (older || !seen->vendor.n)
        seen->vendor = before->vendor.n ? before->vendor : seen->vendor;
    if (older || !seen->os.n)
        seen->os = before->os.n ? before->os : seen->os;
    if ((older && before->name_count) || !seen->name_count) {
        memcpy(seen->names, before->names, sizeof seen->names);
        seen->name_count = before->name_count;
    }
    if (older)
        seen->last_seen = before->last_seen;
    if (before->first_seen < seen->first_seen)
        seen->first_seen = before->first_seen;
}

const struct org_stamp *host_finder(const struct org_stamp *before, const struct org_stamp *now)
{
    bool above = before && now->depth > 0 && now->depth < before->depth && strcmp(before->level[now->depth - 1], now->org_id) == 0;
    return above ? before : now;
}

bool verdict_better(const struct ownership *b, const struct ownership *a)
{
    return b->method != METHOD_NONE && (a->method == METHOD_NONE || b->method < a->method);
}

void host_resolve(const struct ownership_index *x, const struct host *h, struct str sector, struct ownership *out)
{
    struct ownership_query q = {.has_address = true, .address = h->ip, .sector = sector, .at = h->last_seen};
    own_id_parse(str_of(h->space), &q.space);
    ownership_resolve(x, &q, out);
    for (size_t i = 0; i < h->name_count && out->method != METHOD_ADDRESS; i++) {
        struct ownership named;
        q.domain = h->names[i];
        ownership_resolve(x, &q, &named);
        if (verdict_better(&named, out))
            *out = named;
    }
}

const char *scan_refusal(struct arena *a, enum nmap_result result, const struct nmap_summary *sum, const char **rule)
{
    unsigned long long line = sum->line;
    *rule = nmap_result_name(result);
    switch (result) {
    case NMAP_OK:
    case NMAP_PARTIAL:
        return NULL;
    case NMAP_MALFORMED:
        return arena_printf(a, "not well-formed XML (line %llu)", line);
    case NMAP_FORBIDDEN:
        return arena_printf(a, "entity declarations and an internal subset are not allowed (line %llu)", line);
    case NMAP_LIMIT:
        return arena_printf(a, "past a limit: %s (line %llu)", sum->limit ? sum->limit : "size", line);
    case NMAP_NOT_NMAP:
        return "not the XML of an nmap scan";
    case NMAP_STOPPED:
        break;
    }
    return "reading was stopped";
}
