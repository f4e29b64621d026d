/* Jobs: long work with a row in `jobs`. Rows are the truth, the Redis stream only rings the bell; a job whose
 * lease ran out is taken by another worker and goes on from its checkpoint.
 *
 * A kind is registered by its feature:
 *     JOB(asset_import, asset_import_run);
 * run() is called again until it returns with the job finished: it works in transactions of its own, each of at
 * most 5,000 rows, and writes progress and checkpoint (job_progress) inside each of them. An error that it
 * returns is retried with back-off, after 5 attempts the job is failed; job_fail() fails it at once. */
#ifndef QUEUE_JOB_H
#define QUEUE_JOB_H

#include <jansson.h>

#include "http/services.h"
#include "http/principal.h"
#include "kernel/error.h"

struct job {
    struct services *services;
    struct arena *arena; /* of this run */
    char id[37];
    char kind[33];
    json_t *params;
    json_t *checkpoint; /* NULL at the first run */
    char created_by[37];
    char request_id[65];  /* that asked for it; "" for none */
    struct org_stamp org; /* whose job it is */
    int64_t rows_total, rows_done, created, updated, rejected;
};

struct job_kind {
    const char *name;
    struct error *(*run)(struct job *);
};
#define JOB(id, run_function)                                    \
    static const struct job_kind id##_job = {#id, run_function}; \
    static const struct job_kind *const id##_job_registered __attribute__((section("job_registry"), used)) = &id##_job

/* The data scope of whoever asks goes with the params, so that the job sees what they saw then. */
void job_scope_put(json_t *params, const struct scope *scope);
struct scope job_scope(const struct job *j);
/* A member of the params as text, empty when absent; lives as long as the job. */
struct str job_param(const struct job *j, const char *name);

/* In the caller's transaction: the row and its outbox bell. id is made by the caller (id_new). */
struct error *job_put(struct services *s, struct arena *a, const char *id, const char *kind, json_t *params, const char *created_by,
                      const struct org_stamp *org) MUST_CHECK;
/* In the job's own open transaction: writes counts and checkpoint (borrowed), renews the lease and checks that the job
 * still is ours (ERR_CONFLICT otherwise: stop at once, roll back). */
struct error *job_progress(struct job *j, json_t *checkpoint) MUST_CHECK;
/* The last transaction of run(): state done, result (borrowed, may be NULL). */
struct error *job_done(struct job *j, json_t *result) MUST_CHECK;
/* Fails the job with a reason for people. */
struct error *job_fail(struct job *j, const char *fmt, ...) __attribute__((format(printf, 2, 3))) MUST_CHECK;

/* The outbox: what others must learn of, in the caller's transaction. topic: "job", "asset", "org", "warning", ... */
struct error *outbox_put(struct db *db, struct arena *a, const char *topic, const char *subject_id, json_t *payload) MUST_CHECK;
/* Consumers of topics run in the worker, at least once, after the commit, in change_seq order per topic:
 *     OUTBOX_CONSUMER(ownership_assets, "asset", ownership_on_asset); */
struct outbox_consumer {
    const char *name, *topic;
    struct error *(*run)(struct services *s, struct arena *a, const char *subject_id, json_t *payload, uint64_t change_seq);
};
#define OUTBOX_CONSUMER(id, topic_name, run_function)                                                                       \
    static const struct outbox_consumer id##_consumer = {#id, topic_name, run_function};                                    \
    static const struct outbox_consumer *const id##_consumer_registered __attribute__((section("outbox_registry"), used)) = \
        &id##_consumer

/* Periodic duties of the worker, under a lease row of that name, at most one worker at a time. */
struct duty {
    const char *name;
    unsigned every_ms;
    struct error *(*run)(struct services *s, struct arena *a);
    bool each_host; /* one worker on each host */
};
#define DUTY(id, ms, run_function) DUTY_OF(id, ms, run_function, false)
#define DUTY_EACH_HOST(id, ms, run_function) DUTY_OF(id, ms, run_function, true)
#define DUTY_OF(id, ms, run_function, each)                             \
    static const struct duty id##_duty = {#id, ms, run_function, each}; \
    static const struct duty *const id##_duty_registered __attribute__((section("duty_registry"), used)) = &id##_duty

/* Background loops that own a stream (event partitions): called in every worker in turn; returns true when it did
 * some work, so that the worker does not sleep. */
struct pump {
    const char *name;
    bool (*run)(struct services *s, struct arena *a);
};
#define PUMP(id, run_function)                                \
    static const struct pump id##_pump = {#id, run_function}; \
    static const struct pump *const id##_pump_registered __attribute__((section("pump_registry"), used)) = &id##_pump

/* The same for calls to other systems, which block: in a process of its own, so that neither events nor jobs wait for them. */
#define SENDER(id, run_function)                                \
    static const struct pump id##_sender = {#id, run_function}; \
    static const struct pump *const id##_sender_registered __attribute__((section("sender_registry"), used)) = &id##_sender

#endif
