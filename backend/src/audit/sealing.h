/* Sealing and verifying the audit trail. */
#ifndef AUDIT_SEALING_H
#define AUDIT_SEALING_H

#include "http/services.h"
#include "kernel/error.h"

/* Seals what has grown since the last seal, and copies new seals to STATE/audit/seals.log. The worker does so every
 * 10 s under the lease "sealer"; two at once do no harm. */
struct error *audit_seal(struct services *s, struct arena *a) MUST_CHECK;

enum { AUDIT_PROBLEMS_MAX = 20 };
struct audit_problem {
    const char *kind; /* altered, missing, cut, order, unknown_segment; seal_altered, seal_missing, seal_file; purge_forged */
    char segment[37]; /* "" when it is a seal */
    uint64_t n;       /* the row's number in its segment (from 0), or the seal's (from 1) */
    char row_id[37];  /* "" when there is no such row */
    char at[27];
    const char *detail;
};
struct audit_report {
    uint64_t rows, segments, seals;
    char sealed_until[27];   /* time of the last seal; "" when there is none */
    uint64_t unsealed_rows;  /* behind the last seal: cutting these off would not be noticed */
    char unsealed_since[27]; /* the oldest of them */
    uint64_t problem_count;
    struct audit_problem problems[AUDIT_PROBLEMS_MAX]; /* the first ones, seals before rows, old segments first */
};
/* Reads everything once, in bounded memory (about 100 bytes per segment). Reports problems, fails only when it cannot read. */
struct error *audit_verify(struct services *s, struct arena *a, struct audit_report *out) MUST_CHECK;
/* The report as one line of JSON. */
struct str audit_report_json(struct arena *a, const struct audit_report *r);

#endif
