/* SQL of notices and their read marks; inside notify/ only. */
#ifndef NOTIFY_NOTICE_STORE_H
#define NOTIFY_NOTICE_STORE_H

#include "http/request.h"

enum { UNREAD_SHOWN = 100, READ_AT_ONCE = 2000 };

struct notice_filter {
    struct str event;
    bool unread;
    int64_t level;
    struct str after_time, after_id; /* the cursor: what comes behind it; empty: from the newest */
    int64_t size;
};

/* Newest first. Columns: id, event, level, subject_kind, subject_id, title, facts, created_at, read. */
struct error *notice_page(struct request *r, const struct notice_filter *f, struct rows *out) MUST_CHECK;
/* Counts up to UNREAD_SHOWN. */
struct error *notice_unread(struct request *r, int64_t *out) MUST_CHECK;
/* Marks one of the caller's own; found says whether it is one. */
struct error *notice_mark(struct request *r, const char *id, bool *found) MUST_CHECK;
/* Marks up to READ_AT_ONCE of what is unread now. */
struct error *notice_mark_all(struct request *r, uint64_t *marked) MUST_CHECK;

#endif
