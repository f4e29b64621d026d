/* Notices: what somebody must learn of. They stand in the inbox at once; by the rules of the receiver's realm the worker also
 * sends them by mail, webhook or short message.
 *
 *     const struct notice n = {.event = "dispatch.arrived", .level = w->level, .subject_kind = "dispatch", .subject_id = d->id,
 *                              .title = w->title, .facts = facts, .org = &unit, .permission = "dispatch.handle"};
 *     TRY(notice_put_many(db, a, &n, 1, now)); */
#ifndef NOTIFY_NOTIFY_H
#define NOTIFY_NOTIFY_H

#include <jansson.h>

#include "http/principal.h"
#include "kernel/error.h"
#include "sql/sql.h"

enum { NOTICES_AT_ONCE = 5000, NOTICE_FACTS_MAX = 8192 };

/* The receiver: user_id; otherwise the users of `org` who hold `permission`; with org NULL those who hold it and see the whole
 * platform. All pointers are borrowed during the call. */
struct notice {
    const char *event;                     /* "dispatch.arrived", at most 40 bytes */
    int level;                             /* 1 red .. 4 blue, 0 none */
    const char *subject_kind, *subject_id; /* what it is about ("warning", "dispatch", "task", "job", ...); may be NULL */
    struct str title;                      /* of the subject, for people; past 300 characters it is cut */
    json_t *facts;                         /* an object of texts and numbers for templates ({"number": "YJ-..."}); may be NULL */
    const struct org_stamp *org;           /* where the receiver is; also given with user_id */
    const char *permission, *user_id;
};

/* In the caller's transaction: a row of `notices` each and one outbox row ("notice") in all. n <= NOTICES_AT_ONCE.
 * ERR_INTERNAL when a notice has no receiver or its facts are longer than NOTICE_FACTS_MAX. */
struct error *notice_put_many(struct db *db, struct arena *a, const struct notice *notices, size_t n, int64_t now) MUST_CHECK;

#endif
