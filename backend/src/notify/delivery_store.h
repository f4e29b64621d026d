/* SQL of deliveries; inside notify/ only. */
#ifndef NOTIFY_DELIVERY_STORE_H
#define NOTIFY_DELIVERY_STORE_H

#include <jansson.h>

#include "http/request.h"
#include "notify/channel.h"

enum { SEND_AT_ONCE = 32, RECEIVERS_MAX = 200 };

/* ---- making ---- */
struct notice_row {
    char id[37];
    struct str event, title, permission, user;
    int level;
    struct org_stamp org;
};
struct receiver {
    struct str user, person, channel, name, lang;
};
struct new_delivery {
    const struct notice_row *notice;
    enum channel_kind kind;
    struct receiver to;
    int64_t not_before;
    const char *skipped; /* the reason why it cannot be sent; NULL: it waits */
};
/* ids: a JSON array of texts. */
struct error *notices_by_id(struct db *db, struct arena *a, const char *ids, struct notice_row **out, size_t *n) MUST_CHECK;
struct error *receivers_of(struct db *db, struct arena *a, const struct notice_row *n, const struct rule *rule,
                           struct receiver out[RECEIVERS_MAX], size_t *count) MUST_CHECK;
struct error *deliveries_insert(struct db *db, struct arena *a, const struct new_delivery *list, size_t n, int64_t now) MUST_CHECK;
/* In the request's transaction: a test by a channel; to is sealed. */
struct error *delivery_test(struct request *r, const char *id, const struct channel *c, struct str to,
                            const struct org_stamp *org) MUST_CHECK;

/* ---- sending ---- */
struct delivery {
    char id[37];
    enum channel_kind kind;
    bool test;
    int level, attempts;
    struct str event, title, channel_id, receiver_name, lang, org_name, subject_kind, subject_id;
    struct str sealed_to, sealed_email, sealed_mobile;
    json_t *facts;
    int64_t noticed_at;
    struct org_stamp org;
};
/* Takes due ones, red and orange first: their next try moves on and their attempt counts. In a transaction of its own. */
struct error *deliveries_take(struct db *db, struct arena *a, int64_t now, struct delivery **out, size_t *n) MUST_CHECK;
struct outcome {
    const char *state, *reason, *error; /* state: waiting, sent, dead, skipped */
    struct str shown_to, channel_id;
    int64_t next_try;
    bool uncounted; /* the attempt does not count */
};
struct error *delivery_record(struct db *db, struct arena *a, const struct delivery *d, const struct outcome *o,
                              int64_t now) MUST_CHECK;
/* Notices and deliveries older than `before`, some of them; n: how many went. */
struct error *notices_prune(struct db *db, struct arena *a, int64_t before, uint64_t *n) MUST_CHECK;

/* ---- the log: columns as put_delivery reads them ---- */
struct error *delivery_page(struct request *r, const struct page *p, struct rows *out) MUST_CHECK;
struct error *delivery_total(struct request *r, int64_t *out) MUST_CHECK;
struct error *delivery_row(struct request *r, const char *id, struct rows *out, bool *found) MUST_CHECK;
struct error *delivery_again(struct request *r, const char *id, uint64_t *affected) MUST_CHECK;

#endif
