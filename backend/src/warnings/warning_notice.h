/* Who must learn of a move: written in its transaction. */
#ifndef WARNINGS_WARNING_NOTICE_H
#define WARNINGS_WARNING_NOTICE_H

#include "flow/task.h"
#include "warnings/dispatch_store.h"

/* The units that have just received a warning: dispatches[i] went to orgs[i]. */
struct error *notice_arrived(struct db *db, struct arena *a, const struct warning *w, const struct str *dispatches,
                             const struct org_stamp *orgs, size_t n, int64_t due, int64_t now) MUST_CHECK;
/* The other side of a dispatch, after the action; nothing for actions that nobody waits for. */
struct error *notice_moved(struct db *db, struct arena *a, const struct dispatch *d, enum dispatch_action action,
                           const struct actor *by, struct str opinion, int64_t now) MUST_CHECK;
/* Whoever drafted the warning: approved, sent back, published. by may be NULL: the platform. */
struct error *notice_drafter(struct db *db, struct arena *a, const struct warning *w, const char *event, const struct actor *by,
                             struct str opinion, int64_t now) MUST_CHECK;

#endif
