/* What scans find: hosts and their services, matched with the registry. discovery.c is pure: no SQL, no clock.
 *
 * A host is one address in one address space: a public address lies in the space of the internet, any other in the space
 * that the scan was made in. Seen again it is the same host: times move on, services are added, those that are no longer
 * seen keep their last time. Whose it is, is resolved at the time it was last seen, and again when a registered address or
 * name that touches it changes.
 *
 * Whose the row is, and so who sees it: the owner's. While nobody owns it, the row belongs to whoever scanned it, so the
 * pool of unowned hosts is seen by that unit and by the offices above it, never by other units. The last who scanned it
 * counts, except that an organisation above the former one does not take it away: it sees it anyway. Ambiguous hosts are
 * unowned in this sense: none of the candidates is told before somebody has decided. What a unit's scan says of a public
 * address of another unit is added to that unit's host, and only the owner sees it. */
#ifndef DISCOVERY_DISCOVERY_H
#define DISCOVERY_DISCOVERY_H

#include "discovery/nmap.h"
#include "http/principal.h"
#include "ownership/owner.h"

enum { HOST_NAMES_MAX = 16 };

struct host_service {
    struct str protocol, service, product, version, extra, cpe; /* empty: not known */
    int port;
};
struct host {
    char id[37], space[37], found_by[37];
    struct ip ip;
    struct str names[HOST_NAMES_MAX]; /* lower case, each once */
    size_t name_count;
    struct str mac, vendor, os;
    int64_t scanned, first_seen, last_seen; /* microseconds since 1970 UTC; scanned: by this scan, the others over all */
    bool known;                             /* there was one before this scan */
    struct host_service *services;          /* open ones */
    size_t service_count;
    struct owner_brief owner;
    struct org_stamp row; /* whose the row is */
};

/* A scanned host as a record, copied into the arena. False when it is down or has no address of its own. `now` bounds the
 * time that the scan says; `scan_time` (0: none) is taken when the host says none. */
bool host_read(struct arena *a, const struct nmap_host *from, int64_t scan_time, int64_t now, struct host *out);
/* What is known of the host already is kept where this scan is older or says nothing. */
void host_merge(struct host *seen, const struct host *before);
/* Who counts as having found it; before may be NULL. */
const struct org_stamp *host_finder(const struct org_stamp *before, const struct org_stamp *now);
/* The best that the address and any of the names tell. */
void host_resolve(const struct ownership_index *x, const struct host *h, struct str sector, struct ownership *out);
/* The same with all that follows: owner, whose the row is, who found it (the given one). */
struct error *host_settle(struct services *s, struct arena *a, const struct ownership_index *x, struct host *h,
                          const struct org_stamp *finder) MUST_CHECK;
/* Of two verdicts the one from the earlier step; a is kept when they are equal. */
bool verdict_better(const struct ownership *b, const struct ownership *a);

/* Why a file was not taken; NULL for NMAP_OK and NMAP_PARTIAL. `rule` names it in a word. */
const char *scan_refusal(struct arena *a, enum nmap_result result, const struct nmap_summary *sum, const char **rule);

#endif
