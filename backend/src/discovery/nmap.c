#include "discovery/nmap.h"

#include <expat.h>
#include <stdlib.h>
#include <stdio.h>

enum tag { T_OTHER, T_RUN, T_HOST, T_HOSTNAMES, T_PORTS, T_PORT, T_SERVICE, T_OS, T_OSMATCH, T_OSCLASS, T_CPE, T_RUNSTATS };

struct nmap {
    XML_Parser xml;
    nmap_sink sink;
    void *ctx;
    struct arena *arena; /* of the host under way */
    struct nmap_summary sum;
    enum nmap_result bad;
    enum tag stack[NMAP_DEPTH_MAX];
    size_t depth;
    uint64_t fed, read; /* bytes given, and those up to the last token that expat finished */
    bool saw_root, closed_root;
    struct nmap_host host;
    size_t port_cap;
    int best_os;
    char cpe[NMAP_TEXT_MAX];
    size_t cpe_length;
};

const char *nmap_result_name(enum nmap_result r)
{
    static const char *const names[] = {"ok", "partial", "malformed", "forbidden", "limit", "not_nmap", "stopped"};
    return names[r];
}

static void stop(struct nmap *n, enum nmap_result why, const char *limit)
{
    if (n->bad == NMAP_OK) {
        n->bad = why;
        n->sum.limit = limit;
        n->sum.line = XML_GetCurrentLineNumber(n->xml);
    }
    XML_StopParser(n->xml, XML_FALSE);
}

static const char *attribute(const char **attributes, const char *name)
{
    for (; *attributes; attributes += 2)
        if (strcmp(attributes[0], name) == 0)
            return attributes[1];
    return NULL;
}

/* A copy that lives as long as the host, cut between characters, without control characters; NULL when absent or empty. */
static const char *keep(struct nmap *n, const char *s)
{
    if (!s || !*s)
        return NULL;
    size_t len = strlen(s);
    if (len > NMAP_TEXT_MAX) {
        len = NMAP_TEXT_MAX;
        while (len && ((unsigned char)s[len] & 0xc0) == 0x80)
            len--;
    }
    char *copy = arena_strndup(n->arena, s, len);
    for (size_t i = 0; i < len; i++)
        if ((unsigned char)copy[i] < 0x20 || copy[i] == 0x7f)
            copy[i] = ' ';
    return copy;
}

static int64_t number(const char *s, int64_t absent)
{
    int64_t v;
    return s && str_i64(str_of(s), &v) ? v : absent;
}

static void on_address(struct nmap *n, const char **at)
{
    struct nmap_host *h = &n->host;
    const char *type = attribute(at, "addrtype"), *addr = attribute(at, "addr");
    if (!addr)
        return;
    if (type && strcmp(type, "mac") == 0) {
        h->mac = keep(n, addr);
        h->vendor = keep(n, attribute(at, "vendor"));
        return;
    }
    struct ip ip;
    if (!ip_parse(str_of(addr), &ip))
        return;
    if (h->address_count == NMAP_ADDRESSES_MAX)
        stop(n, NMAP_LIMIT, "addresses");
    else
        h->addresses[h->address_count++] = ip;
}

static void on_hostname(struct nmap *n, const char **at)
{
    const char *name = keep(n, attribute(at, "name"));
    if (name && n->host.hostname_count < NMAP_HOSTNAMES_MAX)
        n->host.hostnames[n->host.hostname_count++] = name;
}

static void on_port(struct nmap *n, const char **at)
{
    struct nmap_host *h = &n->host;
    if (h->port_count == NMAP_PORTS_MAX) {
        stop(n, NMAP_LIMIT, "ports");
        return;
    }
    if (h->port_count == n->port_cap) {
        size_t cap = n->port_cap ? n->port_cap * 2 : 64;
        struct nmap_port *more = arena_array(n->arena, cap, sizeof *more);
        if (h->port_count)
            memcpy(more, h->ports, h->port_count * sizeof *more);
        h->ports = more;
        n->port_cap = cap;
    }
    struct nmap_port *p = &h->ports[h->port_count++];
    int64_t id = number(attribute(at, "portid"), -1);
    *p = (struct nmap_port){.port = id >= 0 && id <= 65535 ? (int)id : -1, .confidence = -1};
    p->protocol = keep(n, attribute(at, "protocol"));
}

static void on_service(struct nmap *n, struct nmap_port *p, const char **at)
{
    p->service = keep(n, attribute(at, "name"));
    p->product = keep(n, attribute(at, "product"));
    p->version = keep(n, attribute(at, "version"));
    p->extra = keep(n, attribute(at, "extrainfo"));
    p->tunnel = keep(n, attribute(at, "tunnel"));
    p->method = keep(n, attribute(at, "method"));
    p->os_type = keep(n, attribute(at, "ostype"));
    int64_t conf = number(attribute(at, "conf"), -1);
    p->confidence = conf >= 0 && conf <= 10 ? (int)conf : -1;
}

static void on_os(struct nmap *n, const char **at)
{
    int64_t accuracy = number(attribute(at, "accuracy"), 0);
    if (accuracy > n->best_os && accuracy <= 100) {
        n->best_os = (int)accuracy;
        n->host.os = keep(n, attribute(at, "name"));
        n->host.os_accuracy = (int)accuracy;
        n->host.os_cpe = NULL;
    }
}

static void begin_host(struct nmap *n, const char **at)
{
    if (n->sum.hosts == NMAP_HOSTS_MAX) {
        stop(n, NMAP_LIMIT, "hosts");
        return;
    }
    arena_reset(n->arena);
    n->host = (struct nmap_host){.up = false};
    n->host.start = number(attribute(at, "starttime"), 0);
    n->host.end = number(attribute(at, "endtime"), 0);
    n->port_cap = 0;
    n->best_os = -1;
}

/* Cut between characters. */
static void copy_cut(char *to, size_t size, const char *from)
{
    size_t n = from ? strnlen(from, size) : 0;
    if (n == size)
        for (n--; n && ((unsigned char)from[n] & 0xc0) == 0x80;)
            n--;
    if (n)
        memcpy(to, from, n);
    to[n] = '\0';
}

static void begin_run(struct nmap *n, const char **at)
{
    n->saw_root = true;
    n->sum.start = number(attribute(at, "start"), 0);
    copy_cut(n->sum.scanner, sizeof n->sum.scanner, attribute(at, "scanner"));
    copy_cut(n->sum.args, sizeof n->sum.args, attribute(at, "args"));
    copy_cut(n->sum.version, sizeof n->sum.version, attribute(at, "version"));
}

/* What stands directly below a host. `hosthint` is no host: its addresses come again in the real one. */
static enum tag in_host(struct nmap *n, const char *name, const char **at)
{
    if (strcmp(name, "status") == 0) {
        n->host.state = keep(n, attribute(at, "state"));
        n->host.reason = keep(n, attribute(at, "reason"));
        n->host.up = n->host.state && strcmp(n->host.state, "up") == 0;
    } else if (strcmp(name, "address") == 0) {
        on_address(n, at);
    } else if (strcmp(name, "hostnames") == 0) {
        return T_HOSTNAMES;
    } else if (strcmp(name, "ports") == 0) {
        return T_PORTS;
    } else if (strcmp(name, "os") == 0) {
        return T_OS;
    }
    return T_OTHER;
}

static enum tag in_port(struct nmap *n, const char *name, const char **at)
{
    struct nmap_port *p = &n->host.ports[n->host.port_count - 1];
    if (strcmp(name, "state") == 0) {
        p->state = keep(n, attribute(at, "state"));
        p->reason = keep(n, attribute(at, "reason"));
    } else if (strcmp(name, "service") == 0) {
        on_service(n, p, at);
        return T_SERVICE;
    } else if (strcmp(name, "script") == 0 && p->script_count < NMAP_SCRIPTS_MAX) {
        const char *id = keep(n, attribute(at, "id"));
        if (id)
            p->scripts[p->script_count++] = id;
    }
    return T_OTHER;
}

static enum tag open_tag(struct nmap *n, enum tag parent, const char *name, const char **at)
{
    switch (parent) {
    case T_RUN:
        if (strcmp(name, "host") == 0) {
            begin_host(n, at);
            return T_HOST;
        }
        return strcmp(name, "runstats") == 0 ? T_RUNSTATS : T_OTHER;
    case T_RUNSTATS:
        if (strcmp(name, "finished") == 0)
            n->sum.end = number(attribute(at, "time"), 0);
        return T_OTHER;
    case T_HOST:
        return in_host(n, name, at);
    case T_HOSTNAMES:
        if (strcmp(name, "hostname") == 0)
            on_hostname(n, at);
        return T_OTHER;
    case T_PORTS:
        if (strcmp(name, "port") != 0)
            return T_OTHER;
        on_port(n, at);
        return n->bad == NMAP_OK ? T_PORT : T_OTHER;
    case T_PORT:
        return in_port(n, name, at);
    case T_OS:
        if (strcmp(name, "osmatch") != 0)
            return T_OTHER;
        on_os(n, at);
        return T_OSMATCH;
    case T_OSMATCH:
        return strcmp(name, "osclass") == 0 ? T_OSCLASS : T_OTHER;
    case T_SERVICE:
    case T_OSCLASS:
        n->cpe_length = 0;
        return strcmp(name, "cpe") == 0 ? T_CPE : T_OTHER;
    default:
        return T_OTHER;
    }
}

static void XMLCALL on_start(void *ctx, const char *name, const char **at)
{
    struct nmap *n = ctx;
    if (n->bad != NMAP_OK)
        return;
    if (n->depth == NMAP_DEPTH_MAX) {
        stop(n, NMAP_LIMIT, "depth");
        return;
    }
    enum tag tag = T_OTHER;
    if (n->depth == 0) {
        if (strcmp(name, "nmaprun") != 0) {
            stop(n, NMAP_NOT_NMAP, NULL);
            return;
        }
        begin_run(n, at);
        tag = T_RUN;
    } else {
        tag = open_tag(n, n->stack[n->depth - 1], name, at);
    }
    n->stack[n->depth++] = tag;
    if (arena_live(n->arena) > NMAP_HOST_BYTES / 2)
        stop(n, NMAP_LIMIT, "host_bytes");
}

static void end_cpe(struct nmap *n)
{
    n->cpe[n->cpe_length] = 0;
    enum tag parent = n->depth ? n->stack[n->depth - 1] : T_OTHER;
    if (parent == T_SERVICE && n->host.port_count) {
        struct nmap_port *p = &n->host.ports[n->host.port_count - 1];
        bool application = strncmp(n->cpe, "cpe:/a", 6) == 0;
        if (!p->cpe || (application && strncmp(p->cpe, "cpe:/a", 6) != 0))
            p->cpe = keep(n, n->cpe);
    } else if (parent == T_OSCLASS && !n->host.os_cpe) {
        n->host.os_cpe = keep(n, n->cpe);
    }
}

static void XMLCALL on_end(void *ctx, const char *name)
{
    struct nmap *n = ctx;
    (void)name;
    if (n->bad != NMAP_OK)
        return;
    enum tag tag = n->stack[--n->depth];
    if (tag == T_CPE) {
        end_cpe(n);
    } else if (tag == T_RUN) {
        n->closed_root = true;
    } else if (tag == T_HOST) {
        n->sum.hosts++;
        n->sum.hosts_up += n->host.up;
        n->sum.ports += n->host.port_count;
        if (n->sink && !n->sink(n->ctx, &n->host))
            stop(n, NMAP_STOPPED, NULL);
    }
}

static void XMLCALL on_text(void *ctx, const char *s, int len)
{
    struct nmap *n = ctx;
    if (n->bad != NMAP_OK || n->depth == 0 || n->stack[n->depth - 1] != T_CPE)
        return;
    size_t take = (size_t)len, room = sizeof n->cpe - 1 - n->cpe_length;
    take = take < room ? take : room;
    memcpy(n->cpe + n->cpe_length, s, take);
    n->cpe_length += take;
}

static void XMLCALL on_doctype(void *ctx, const char *name, const char *system, const char *public_id, int internal)
{
    (void)name;
    (void)system;
    (void)public_id;
    if (internal)
        stop(ctx, NMAP_FORBIDDEN, NULL);
}

static void XMLCALL on_entity(void *ctx, const char *name, int parameter, const char *value, int length, const char *base,
                              const char *system, const char *public_id, const char *notation)
{
    (void)name;
    (void)parameter;
    (void)value;
    (void)length;
    (void)base;
    (void)system;
    (void)public_id;
    (void)notation;
    stop(ctx, NMAP_FORBIDDEN, NULL);
}

/* An entity of the DTD that is not loaded. */
static void XMLCALL on_skipped(void *ctx, const char *name, int parameter)
{
    (void)name;
    (void)parameter;
    stop(ctx, NMAP_FORBIDDEN, NULL);
}

static int XMLCALL on_external(XML_Parser xml, const char *context, const char *base, const char *system, const char *public_id)
{
    (void)context;
    (void)base;
    (void)system;
    (void)public_id;
    stop(XML_GetUserData(xml), NMAP_FORBIDDEN, NULL);
    return XML_STATUS_ERROR;
}

static void drop_parser(void *p)
{
    XML_ParserFree(p);
}

static void drop_arena(void *p)
{
    arena_free(p);
}

struct nmap *nmap_new(struct arena *a, nmap_sink sink, void *ctx)
{
    struct nmap *n = arena_zalloc(a, sizeof *n);
    n->xml = XML_ParserCreate(NULL);
    if (!n->xml)
        abort();
    arena_cleanup(a, drop_parser, n->xml);
    n->arena = arena_new(NMAP_HOST_BYTES);
    arena_cleanup(a, drop_arena, n->arena);
    n->sink = sink;
    n->ctx = ctx;
    XML_SetUserData(n->xml, n);
    XML_SetElementHandler(n->xml, on_start, on_end);
    XML_SetCharacterDataHandler(n->xml, on_text);
    XML_SetStartDoctypeDeclHandler(n->xml, on_doctype);
    XML_SetEntityDeclHandler(n->xml, on_entity);
    XML_SetSkippedEntityHandler(n->xml, on_skipped);
    XML_SetExternalEntityRefHandler(n->xml, on_external);
    XML_SetParamEntityParsing(n->xml, XML_PARAM_ENTITY_PARSING_NEVER);
    return n;
}

bool nmap_feed(struct nmap *n, const char *p, size_t len)
{
    while (len && n->bad == NMAP_OK) {
        size_t step = len < 65536 ? len : 65536;
        n->fed += step;
        if (XML_Parse(n->xml, p, (int)step, XML_FALSE) == XML_STATUS_ERROR)
            stop(n, NMAP_MALFORMED, NULL);
        XML_Index at = XML_GetCurrentByteIndex(n->xml);
        if (at > 0)
            n->read = (uint64_t)at;
        if (n->fed - n->read > NMAP_TOKEN_MAX)
            stop(n, NMAP_LIMIT, "token");
        p += step;
        len -= step;
    }
    return n->bad == NMAP_OK;
}

enum nmap_result nmap_finish(struct nmap *n, struct nmap_summary *out)
{
    enum nmap_result result = n->bad;
    if (result == NMAP_OK && XML_Parse(n->xml, "", 0, XML_TRUE) == XML_STATUS_ERROR) {
        enum XML_Error e = XML_GetErrorCode(n->xml);
        bool cut = e == XML_ERROR_NO_ELEMENTS || e == XML_ERROR_UNCLOSED_TOKEN || e == XML_ERROR_PARTIAL_CHAR ||
                   e == XML_ERROR_UNCLOSED_CDATA_SECTION;
        n->sum.line = XML_GetCurrentLineNumber(n->xml);
        /* Behind the closed root only blanks and comments can be cut: nothing of the scan is missing. */
        result = n->bad != NMAP_OK ? n->bad : !cut || !n->saw_root ? NMAP_MALFORMED : n->closed_root ? NMAP_OK : NMAP_PARTIAL;
    }
    *out = n->sum;
    return result;
}
