/* Calls to other systems: HTTP(S), and mail by SMTP(S). They go only where the configuration lets them, wherever names and
 * redirects may lead: each name is resolved here, every address is checked, the connection is made to a checked address, and
 * once more checked when its socket is opened; each redirect is a new target. No proxy, no other protocol, no kept connection.
 *
 * What may be reached: a target's host must be named by the list (or lie in one of its prefixes), and each of its addresses must be
 * public or lie in one of its prefixes. Loopback needs a prefix inside loopback; link-local, multicast, unspecified and the
 * metadata services of clouds are never reached.
 *
 * For workers: calls block, several at once. One struct outbound a process, not thread-safe. */
#ifndef HTTP_OUTBOUND_H
#define HTTP_OUTBOUND_H

#include <stdbool.h>
#include <stdint.h>

#include "kernel/ip.h"
#include "kernel/str.h"

enum {
    OUTBOUND_ADDRESSES = 16,       /* of one name */
    OUTBOUND_REDIRECTS = 3,        /* followed */
    OUTBOUND_ANSWER = 64 * 1024,   /* kept of an answer; the rest is passed over */
    OUTBOUND_ANSWER_MAX = 1 << 20, /* past it the call fails */
    OUTBOUND_CONNECT_MS = 5000,
    OUTBOUND_TIME_MS = 15000,
    OUTBOUND_AT_ONCE = 16
};

/* ---- where ---- */
struct outbound_allow {
    struct str host; /* "tickets.example.cn", "*.example.cn" (names below it); empty: a prefix */
    struct ip net;
    unsigned bits;
};
struct outbound_policy {
    const struct outbound_allow *list;
    size_t n;
};
/* A host, *.host, an address or a prefix. Prefixes of more than 2^24 IPv4 addresses (or shorter than /16 in IPv6) are refused. */
bool outbound_allow_parse(struct str text, struct outbound_allow *out);
/* A name of the DNS, or an address as ip_parse takes it; not what only looks like a number (0x7f.1, 2130706433, 0177.0.0.1). */
bool outbound_host_valid(struct str host);
/* The host of an absolute URL, without brackets; empty when there is none, or a user beside it. */
struct str outbound_url_host(struct str url);
bool outbound_host_allowed(const struct outbound_policy *p, struct str host);
bool outbound_address_allowed(const struct outbound_policy *p, const struct ip *address);
/* In the list by an address: then the name need not be there. */
bool outbound_address_listed(const struct outbound_policy *p, const struct ip *address);

/* ---- calls ---- */
enum outbound_tls { OUTBOUND_PLAIN, OUTBOUND_STARTTLS, OUTBOUND_TLS }; /* mail only; HTTP says it by its scheme */

struct outbound_call {
    const char *url; /* http, https, smtp, smtps */
    const char *method;
    const char *const *headers; /* "Name: value", NULL-terminated; may be NULL */
    struct str body;            /* of a request, or the whole mail */
    const char *ca_pem;         /* trusted instead of the system's; may be NULL */
    int time_ms;                /* 0: OUTBOUND_TIME_MS */
    /* mail: mail_to set */
    const char *mail_from, *mail_to, *username, *password;
    enum outbound_tls tls;

    /* out, in the arena */
    const char *error; /* NULL: it was answered (HTTP: see status; mail: taken) */
    bool refused;      /* by the list: it was not called */
    int status;
    struct str answer;
};

typedef size_t (*outbound_resolver)(void *context, const char *host, struct ip *out, size_t most);

struct outbound;
struct outbound *outbound_new(void);
void outbound_free(struct outbound *o);
/* For tests: another way from names to addresses. */
void outbound_set_resolver(struct outbound *o, outbound_resolver resolve, void *context);
/* Makes the n calls, OUTBOUND_AT_ONCE at a time, and returns when all have ended. */
void outbound_run(struct outbound *o, struct arena *a, const struct outbound_policy *p, struct outbound_call *calls, size_t n);

#endif
