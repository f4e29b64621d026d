/* SQL of links and work orders; inside workorders/ only. */
#ifndef WORKORDERS_WORK_ORDER_STORE_H
#define WORKORDERS_WORK_ORDER_STORE_H

#include "http/request.h"

/* id, name, state, url, mac, client_id, client name, level, mapping, version, created_at, updated_at, org_id, org name; counts of
 * its work orders: all, waiting, dead. */
struct error *link_rows(struct request *r, const struct page *p, struct rows *out) MUST_CHECK;
struct error *link_count(struct request *r, int64_t *out) MUST_CHECK;
struct error *link_row(struct request *r, const char *id, struct rows *out, bool *found) MUST_CHECK;

struct link_record {
    char id[37];
    struct str name, state, url, mac, client_id, mapping, sealed; /* sealed.n == 0: stays as it is */
    int64_t level, version;
};
struct error *link_insert(struct request *r, const struct link_record *x, const struct org_stamp *org) MUST_CHECK;
struct error *link_update(struct request *r, const struct link_record *x, uint64_t *affected) MUST_CHECK;
struct error *link_delete(struct request *r, const char *id, uint64_t *affected) MUST_CHECK;
/* Is there such an active client of that very organisation? */
struct error *link_client_fits(struct request *r, struct str client, struct str org, bool *fits) MUST_CHECK;

/* id, link_id, link name, dispatch_id, title, level, dispatch's state, state, ticket, ticket_state, sent_state, attempts, next_try,
 * error, sent_at, heard_at, created_at, org name */
struct error *work_order_rows(struct request *r, const struct page *p, struct rows *out) MUST_CHECK;
struct error *work_order_count(struct request *r, int64_t *out) MUST_CHECK;
/* A dead one is sent again. */
struct error *work_order_again(struct request *r, const char *id, uint64_t *affected) MUST_CHECK;

/* ---- out ---- */
/* Dispatches of a warning that go over a link and have no work order yet, at most 500 of them: makes those. */
struct error *work_orders_make(struct services *s, struct arena *a, const char *warning_id, int64_t *made) MUST_CHECK;
/* The dispatch has moved: what the other side knows is old. */
struct error *work_order_stale(struct services *s, struct arena *a, const char *dispatch_id) MUST_CHECK;

enum { WORK_ORDERS_AT_ONCE = 16 };
struct work_order_out {
    char id[37], dispatch_id[37];
    int64_t attempts, level, due; /* attempts: with this one */
    struct str ticket, dispatch_state, title, content, number, unit, url, mac, sealed, mapping;
};
/* Takes what is due: counted, and nobody else's for a minute. */
struct error *work_orders_take(struct services *s, struct arena *a, int64_t now, struct work_order_out *out, size_t *n) MUST_CHECK;
struct error *work_order_sent(struct services *s, struct arena *a, const struct work_order_out *x, struct str ticket,
                              int64_t now) MUST_CHECK;
/* next 0: it is dead. */
struct error *work_order_failed(struct services *s, struct arena *a, const struct work_order_out *x, const char *error,
                                int64_t next) MUST_CHECK;

/* ---- in ---- */
struct link_in {
    char client_id[37];
    struct str mac, sealed, mapping;
};
/* An active one. */
struct error *link_find(struct db *db, struct arena *a, const char *id, struct link_in *out, bool *found) MUST_CHECK;
/* first is false when the message was heard before. */
struct error *link_heard(struct db *db, struct arena *a, const char *id, struct str message, int64_t now, bool *first) MUST_CHECK;
struct work_order_in {
    char id[37], dispatch_id[37];
    struct str state;
    struct org_stamp org;
    bool inform;
};
struct error *work_order_by_ticket(struct db *db, struct arena *a, const char *link, struct str ticket, struct work_order_in *out,
                                   bool *found) MUST_CHECK;
struct error *work_order_note(struct db *db, struct arena *a, const char *id, struct str ticket_state, int64_t now) MUST_CHECK;

#endif
