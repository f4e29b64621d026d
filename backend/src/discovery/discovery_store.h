/* SQL of discovery; inside discovery/ only. Writes are in the caller's transaction. */
#ifndef DISCOVERY_DISCOVERY_STORE_H
#define DISCOVERY_DISCOVERY_STORE_H

#include "discovery/discovery.h"
#include "http/request.h"

enum { HOSTS_CHUNK = 200 };

/* ---- the scan ---- */
struct error *scan_insert(struct services *s, struct arena *a, const char *id, const char *space, const char *file_name,
                          const char *created_by, const struct org_stamp *org) MUST_CHECK;
struct error *scan_finish(struct services *s, struct arena *a, const char *id, const struct nmap_summary *sum,
                          bool partial) MUST_CHECK;

/* ---- hosts, many at once ---- */
/* What is known of the addresses of hosts[n] already, by their space and address; at most n. */
struct error *hosts_known(struct services *s, struct arena *a, const struct host *hosts, size_t n, struct host *out,
                          size_t *count) MUST_CHECK;
/* Adds or renews them with names, services and the scan that saw them. Ids are those that the rows have in the end. */
struct error *hosts_write(struct services *s, struct arena *a, struct host *hosts, size_t n, const char *discovery_id,
                          int64_t now) MUST_CHECK;
/* Hosts with an id after `after` that single addresses and names of these assets touch now or touched once, or that were these
 * assets; at most HOSTS_CHUNK, without services. */
struct error *hosts_touched(struct services *s, struct arena *a, const char *assets_json, const char *after, struct host *out,
                            size_t *count) MUST_CHECK;
/* The same for those that a unit of this sector has found. */
struct error *hosts_of_sector(struct services *s, struct arena *a, const char *sector, const char *after, struct host *out,
                              size_t *count) MUST_CHECK;
/* The same for ranges: which there are, and the hosts in one, by address, at most HOSTS_CHUNK. */
enum { RANGES_MAX = 2000 };
struct host_range {
    char space[37];
    struct ip from, to;
};
struct error *ranges_touched(struct services *s, struct arena *a, const char *assets_json, struct host_range *out,
                             size_t *count) MUST_CHECK;
struct error *hosts_between(struct services *s, struct arena *a, const struct host_range *range, struct host *out,
                            size_t *count) MUST_CHECK;
/* Owner and place of the row, where they have changed. */
struct error *hosts_reown(struct services *s, struct arena *a, const struct host *hosts, size_t n, int64_t now) MUST_CHECK;

/* ---- inside the caller's scope ---- */
enum {
    HOST_ID,
    HOST_ADDRESS,
    HOST_SPACE,
    HOST_SPACE_NAME,
    HOST_HOSTNAMES,
    HOST_MAC,
    HOST_VENDOR,
    HOST_OS,
    HOST_VERDICT,
    HOST_METHOD,
    HOST_CONFIDENCE,
    HOST_ORG,
    HOST_ORG_NAME,
    HOST_ASSET,
    HOST_ASSET_NAME,
    HOST_FIRST_SEEN,
    HOST_LAST_SEEN,
    HOST_SERVICES,
    HOST_DISCOVERY,
    HOST_VERSION,
    HOST_DEMO,
    HOST_COLUMNS
};
struct error *host_page(struct request *r, const struct page *p, struct rows *out) MUST_CHECK;
struct error *host_count(struct request *r, int64_t *out) MUST_CHECK;
struct error *host_row(struct request *r, const char *id, struct rows *out, bool *found) MUST_CHECK;
/* Protocol, port, service, product, version, extra, cpe, first and last time; at most 2,000. */
struct error *host_service_rows(struct request *r, const char *id, struct rows *out) MUST_CHECK;
/* The record itself, without services, as host_from_row reads it, and its version. */
#define HOST_RECORD                                                                                                  \
    "h.id, h.space_id, h.ip, h.hostnames, h.mac, h.vendor, h.os, h.verdict, h.method, h.found_by, h.first_seen_at, " \
    "h.last_seen_at, h.version FROM "
enum { HOST_RECORD_VERSION = 12 };
void host_from_row(struct rows *r, struct arena *a, struct host *out);
struct error *host_record(struct request *r, const char *id, struct host *out, int64_t *version, bool *found) MUST_CHECK;
/* Raises the version, if it is the given one. */
struct error *host_claim_version(struct request *r, const char *id, int64_t version, uint64_t *affected) MUST_CHECK;

#endif
