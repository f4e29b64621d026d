#include "main/pipeline.h"

#include <stdlib.h>
#include <time.h>

#include "access/access.h"
#include "audit/audit.h"
#include "http/fcgi.h"
#include "http/limit.h"
#include "identity/identity.h"
#include "kernel/clock.h"
#include "kernel/crypto.h"
#include "kernel/log.h"
#include "kernel/room.h"
#include "main/metrics.h"
#include "http/idempotency.h"

enum { TRIES = 3 };

static struct error *route(struct request *r)
{
    struct error *e = contract_route(r->contract, r);
    if (e && e->code == ERR_METHOD)
        r->allow = contract_allow(r->contract, r);
    return e;
}

static struct error *params(struct request *r)
{
    return contract_params(r->contract, r);
}

static struct error *body(struct request *r)
{
    TRY(fcgi_read_body(r));
    return contract_body(r->contract, r);
}

/* The audit rows of what the handler did; a route that must be audited and noted nothing gets a row without subject. */
static struct error *write_audit(struct request *r)
{
    if (!r->route->audit)
        return NULL;
    if (!r->audit)
        request_audit(r, "", NULL, &r->who->org, STR(""), STR(""));
    for (const struct audit_note *n = r->audit; n; n = n->next)
        TRY(audit_note_write(r, n));
    return NULL;
}

static struct error *in_transaction(struct request *r)
{
    TRY(db_begin(r->db, r->arena));
    TRY(idempotency_claim(r));
    if (!r->answered) {
        TRY(r->route->handler(r));
        TRY(write_audit(r));
        TRY(idempotency_keep(r));
    }
    TRY(db_commit(r->db, r->arena));
    for (int g = 0; r->services->generation && g < GENERATIONS; g++)
        if (r->raises[g])
            r->services->generation[g]++;
    if (r->after_commit)
        r->after_commit(r);
    return NULL;
}

static void forget_try(struct request *r)
{
    r->reply.n = 0;
    r->reply.full = false;
    r->audit = NULL;
    r->audit_tail = NULL;
    r->after_commit = NULL;
    r->etag = r->location = r->set_cookie = r->send_file = r->send_as = r->reply_type = NULL;
}

static void wait_jitter(int try)
{
    unsigned char b;
    random_bytes(&b, 1);
    nanosleep(&(struct timespec){.tv_nsec = (1 + try * 5 + b % 10) * 1000000L}, NULL);
}

/* x-tx: write. A deadlock or lock wait runs the handler again, from the same arena mark. */
static struct error *with_transaction(struct request *r)
{
    struct error *e = NULL;
    for (int try = 0; try < TRIES; try++) {
        e = in_transaction(r);
        if (!e)
            return NULL;
        bool again = db_must_retry(r->db);
        db_rollback(r->db);
        if (!again || e->code == ERR_IN_PROGRESS)
            return e;
        metrics_retried();
        forget_try(r);
        wait_jitter(try);
    }
    return e;
}

/* Without a transaction of the pipeline: reads, and handlers that make their own. What is to be audited commits its
 * own row, also when it was refused. */
static struct error *without_transaction(struct request *r)
{
    struct error *e = r->route->handler(r);
    if (r->route->audit && (!e || r->audit)) {
        struct error *failed = write_audit(r);
        if (failed)
            return failed;
    }
    return e;
}

/* Sessions are a few rows, and without them nobody could see what is wrong. */
static bool needs_room(const struct request *r)
{
    static const struct str exempt[] = {{"/api/v1/session", 15}, {"/api/v1/oauth/", 14}};
    for (size_t i = 0; i < sizeof exempt / sizeof *exempt; i++)
        if (str_starts(str_of(r->route->path), exempt[i]))
            return false;
    return strcmp(r->route->method, "GET") != 0;
}

static struct error *handle(struct request *r)
{
    if (needs_room(r) && !room_left(r->services->config))
        return error_new(r->arena, ERR_NO_ROOM, "the disk of the platform is nearly full; reading goes on");
    return r->route->tx == TX_WRITE ? with_transaction(r) : without_transaction(r);
}

/* A weak comparison is enough: the entity tag is ours. */
static struct error *not_modified(struct request *r)
{
    if (r->etag && r->status == 200 && str_is(r->if_none_match, r->etag)) {
        r->status = 304;
        r->reply.n = 0;
    }
    return NULL;
}

const struct stage pipeline[] = {
    {"headers", fcgi_headers},
    {"route", route},
    {"authenticate", identity_authenticate},
    {"limit", limit_principal},
    {"origin", identity_origin_csrf},
    {"permit", access_permit},
    {"parameters", params},
    {"body", body},
    {"handle", handle},
    {"not modified", not_modified},
};
const size_t pipeline_length = sizeof pipeline / sizeof *pipeline;

void pipeline_finished(struct request *r, size_t bytes_sent)
{
    int64_t took = clock_mono_us() - r->started_us;
    metrics_count(r, took);
    log_access(r->request_id, r->method, r->route ? str_of(r->route->path) : r->path, r->status, bytes_sent, took,
               r->who ? r->who->id : "", r->address);
    log_set_request(NULL);
}
