/* The audit trail: who did what to which record, from where, with what result. The history row of a record is its
 * audit row. Rows of one process form a chain (segment): each carries n, the MAC of the row before and its own
 * HMAC-SM3 over all its columns. A segment opens at the first row of a process and after a commit whose outcome is
 * not known. Written in the caller's transaction; outside one, each row commits by itself. */
#ifndef AUDIT_AUDIT_H
#define AUDIT_AUDIT_H

#include "http/request.h"
#include "http/services.h"

struct audit_chain;
/* Watches the connection, so that a rolled back row gives its number back. */
struct audit_chain *audit_chain_new(struct arena *boot, struct services *s);

struct audit_actor {
    const char *user, *client, *org; /* ids or NULL */
    struct str address;
    const char *request_id;
};
struct audit_entry {
    const char *action, *subject_kind, *subject_id; /* subject_id may be NULL */
    struct org_stamp org;                           /* org_id "" when nobody's */
    struct str before, after;                       /* JSON texts, may be empty */
    const char *result;                             /* NULL is "ok" */
    const char *job_id;                             /* or NULL */
};
struct error *audit_write(struct services *s, struct arena *a, const struct audit_actor *who,
                          const struct audit_entry *entry) MUST_CHECK;
/* n rows by one array-bound INSERT; inside a transaction of at most 5,000 rows. */
struct error *audit_write_many(struct services *s, struct arena *a, const struct audit_actor *who,
                               const struct audit_entry *entries, size_t n) MUST_CHECK;
/* A note of a request, with the route's action. */
struct error *audit_note_write(struct request *r, const struct audit_note *note) MUST_CHECK;
/* The actor of a job: whoever asked for it. */
struct audit_actor audit_actor_of_job(const char *created_by, const struct org_stamp *org, const char *job_id);

#endif
