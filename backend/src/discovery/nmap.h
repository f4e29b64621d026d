/* nmap XML, read as it streams by: files of any size, one host in memory at a time.
 *
 * A bare DOCTYPE is allowed and never loaded; an internal subset or an entity declaration ends the reading. A file that
 * stops early is `partial`: it counts up to its last complete host. Limits below; past one of them the file is refused.
 * Ownership: a host given to the sink lives until the sink returns. */
#ifndef DISCOVERY_NMAP_H
#define DISCOVERY_NMAP_H

#include <stdbool.h>
#include <stdint.h>

#include "kernel/arena.h"
#include "kernel/ip.h"

enum {
    NMAP_DEPTH_MAX = 32,
    NMAP_TOKEN_MAX = 4 * 1024 * 1024, /* bytes of one tag with its attributes */
    NMAP_HOSTS_MAX = 1000000,
    NMAP_PORTS_MAX = 131072, /* of one host */
    NMAP_ADDRESSES_MAX = 16,
    NMAP_HOSTNAMES_MAX = 64,
    NMAP_SCRIPTS_MAX = 32,
    NMAP_TEXT_MAX = 400, /* bytes of one field; longer is cut */
    NMAP_HOST_BYTES = 64 * 1024 * 1024
};

struct nmap_port {
    const char *protocol, *state, *reason; /* "tcp", "open", "syn-ack" */
    int port;
    const char *service, *product, *version, *extra, *tunnel, *method, *os_type; /* NULL when absent */
    int confidence;                                                              /* of the service, 0-10; -1 absent */
    const char *cpe; /* the first application CPE, else the first; NULL */
    const char *scripts[NMAP_SCRIPTS_MAX];
    size_t script_count;
};
struct nmap_host {
    bool up;
    const char *state, *reason;
    struct ip addresses[NMAP_ADDRESSES_MAX];
    size_t address_count;
    const char *mac, *vendor;
    const char *hostnames[NMAP_HOSTNAMES_MAX];
    size_t hostname_count;
    const char *os; /* the best match */
    int os_accuracy;
    const char *os_cpe;
    int64_t start, end; /* seconds since 1970; 0 absent */
    struct nmap_port *ports;
    size_t port_count;
};

/* Returns false to stop (the reading then ends with NMAP_STOPPED). */
typedef bool (*nmap_sink)(void *ctx, const struct nmap_host *host);

enum nmap_result { NMAP_OK, NMAP_PARTIAL, NMAP_MALFORMED, NMAP_FORBIDDEN, NMAP_LIMIT, NMAP_NOT_NMAP, NMAP_STOPPED };
const char *nmap_result_name(enum nmap_result r);

struct nmap_summary {
    uint64_t hosts, hosts_up, ports; /* complete ones */
    int64_t start, end;              /* seconds since 1970; 0 absent */
    char scanner[64], args[512], version[32];
    uint64_t line;     /* where it stopped being right */
    const char *limit; /* which one, with NMAP_LIMIT */
};

struct nmap;
struct nmap *nmap_new(struct arena *a, nmap_sink sink, void *ctx);
/* False once the result is known to be bad; feed no more, call nmap_finish. */
bool nmap_feed(struct nmap *n, const char *p, size_t len);
enum nmap_result nmap_finish(struct nmap *n, struct nmap_summary *out);

#endif
