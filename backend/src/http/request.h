/* One request: what the pipeline hands to a handler, and what the handler gives back.
 *
 * A handler is `struct error *asset_get(struct request *r)`: parse, decide, store, audit, reply.
 * It may run again after a deadlock, so it touches only r->arena and the transaction; the pipeline opens
 * and commits it (x-tx: write), sends the reply after the commit and writes the access log.
 * Everything here lives in r->arena and ends with the request. */
#ifndef HTTP_REQUEST_H
#define HTTP_REQUEST_H

#include <jansson.h>
#include <stdbool.h>

#include "http/route.h"
#include "http/principal.h"
#include "http/services.h"
#include "kernel/error.h"
#include "kernel/str.h"
#include "sql/sql.h"

enum { REQUEST_MAX_UPLOADS = 10, REQUEST_MAX_SEGMENTS = 12 };

/* One file part of a multipart body, or a raw XML body: already on disk under STATE/tmp, hashed, removed with
 * the request unless file_keep takes it. */
struct upload {
    const char *field; /* "file"; "" for a raw body */
    const char *name;  /* the client's name, last path element, UTF-8, at most 255 bytes; never used as a path */
    const char *type;  /* as the client says; not trusted */
    const char *path;  /* the temporary file */
    uint64_t bytes;
    unsigned char sha256[32];
};

/* A line for the audit trail; the pipeline writes it with the route's action in the same transaction. */
struct audit_note {
    struct audit_note *next;
    const char *subject_kind, *subject_id;
    struct org_stamp org;     /* whose record it is; org_id "" when nobody's */
    struct str before, after; /* JSON texts, may be empty; secrets already left out */
    const char *result;       /* "ok" unless said */
};

struct contract;

struct request {
    struct arena *arena;
    const struct route *route;
    struct services *services;
    struct db *db;

    struct str method, path, query, content_type;
    struct str address; /* the client's, as text */
    struct str user_agent;
    const char *request_id;
    const char *lang; /* "zh-CN" or "en" */
    enum body body_kind;
    struct str body; /* raw bytes of JSON, NDJSON and form bodies */
    json_t *json;    /* parsed and validated body: JSON, or the fields of a form; NULL when there is none */
    json_t *params;  /* validated path and query parameters, coerced to their types */
    struct upload uploads[REQUEST_MAX_UPLOADS];
    size_t upload_count;
    uint64_t *sheet_rows; /* of a body that came as a sheet: the number of each item's row */
    struct str if_none_match, idempotency_key, authorization, cookie, csrf_token, origin, host;
    struct str sign_time, sign_id, signature; /* X-Tongchou-*: of signed messages from other systems */
    struct str https;                         /* "on" when nginx itself speaks TLS with the client */
    const void *matched;                      /* the contract's own */
    void *transport;                          /* the FastCGI side's own */
    struct str segment[REQUEST_MAX_SEGMENTS]; /* path elements, decoded by nginx */
    const struct contract *contract;
    int64_t started_us; /* monotonic */
    bool answered;      /* a stage has given the whole reply: the later ones are passed over */

    const struct principal *who; /* never NULL after authentication; kind NONE on public routes */

    /* the reply */
    int status;
    const char *reply_type; /* application/json unless set */
    struct buf reply;
    const char *etag; /* with quotes; the pipeline answers 304 by itself */
    const char *location;
    const char *set_cookie;
    const char *send_file; /* X-Accel-Redirect path below /_files/ */
    const char *send_as;   /* file name of the download */
    const char *allow;
    int retry_after;

    void (*after_commit)(struct request *); /* x-tx: write: what may be lost, such as a bell; runs once, before the reply */
    void *after_commit_data;
    bool raises[GENERATIONS]; /* after the commit: what other children keep is stale (services.h) */
    struct audit_note *audit, **audit_tail;
};

/* Remembers what the handler did to a record. A route with x-audit that says nothing gets a row without a subject. */
void request_audit(struct request *r, const char *subject_kind, const char *subject_id, const struct org_stamp *org,
                   struct str before, struct str after);

/* ---- parameters: validated already, so absent is the only question ---- */
struct str param_str(const struct request *r, const char *name); /* p == NULL when absent */
bool param_has(const struct request *r, const char *name);
int64_t param_int(const struct request *r, const char *name, int64_t absent);
bool param_bool(const struct request *r, const char *name, bool absent);
int64_t param_time(const struct request *r, const char *name, int64_t absent); /* of format date-time */

/* ---- members of the JSON body ---- */
struct str body_str(const struct request *r, const char *name); /* p == NULL when absent or null */
int64_t body_int(const struct request *r, const char *name, int64_t absent);
bool body_bool(const struct request *r, const char *name, bool absent);
int64_t body_time(const struct request *r, const char *name, int64_t absent); /* of format date-time; null is 0 */
bool body_has(const struct request *r, const char *name);
bool body_given(const struct request *r, const char *name);  /* also when it is null: absent leaves, null takes away */
json_t *body_get(const struct request *r, const char *name); /* borrowed; NULL when absent */
struct str json_str(const json_t *object, const char *name); /* the same for any object */
const struct upload *request_upload(const struct request *r, const char *field);

/* ---- replies: return these from the handler ---- */
/* Text that jansson writes: for small answers. Takes the reference. */
struct error *reply_json(struct request *r, int status, json_t *take);
/* The handler has written r->reply itself (json/write.h): for lists and everything hot. */
struct error *reply_written(struct request *r, int status);
struct error *reply_empty(struct request *r, int status); /* 204 */
/* 202 {"id": ...} */
struct error *reply_accepted(struct request *r, const char *id);
/* A stored file of `sha256` (hex) as a download, through nginx. */
struct error *reply_file(struct request *r, const char *sha256_hex, const char *name, const char *type);

/* ---- short errors ---- */
struct error *not_found(struct request *r) __attribute__((returns_nonnull));
struct error *invalid(struct request *r, const char *field, const char *rule, const char *fmt, ...)
    __attribute__((format(printf, 4, 5), returns_nonnull));
struct error *conflict(struct request *r, const char *fmt, ...) __attribute__((format(printf, 2, 3), returns_nonnull));
/* The record has version `now`, not the one that the caller has read. */
struct error *stale_version(struct request *r, int64_t now) __attribute__((returns_nonnull));

/* ---- lists ---- */
/* Page, size and the frame {"items":[...],"total":n,"page":p,"size":s}. total < 0: unknown beyond 10,000. */
struct page {
    int64_t page, size, offset;
};
enum { PAGE_SIZE_MAX = 200, PAGE_DEPTH_MAX = 100000, TOTAL_CAP = 10000 };
/* page and size are validated by the contract; ERR_BAD_PARAMETER past page x size = 100,000. */
struct error *page_of(struct request *r, struct page *out) MUST_CHECK;
void list_begin(struct request *r);
/* Ends a list that has no pages. */
struct error *list_end_whole(struct request *r);
/* counted: rows counted up to TOTAL_CAP + 1; past the cap total_more is written. after may be NULL: the cursor that goes on. */
struct error *list_end(struct request *r, const struct page *p, int64_t counted, const char *after) MUST_CHECK;

#endif
