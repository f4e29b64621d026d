/* The Redis stream of jobs ("jobs", consumer group "workers"): the relay puts the id of each new job there, and one worker takes
 * it at once. The table `jobs` is the truth: what the stream has lost is found by the sweep, what it says twice is taken once. */
#ifndef QUEUE_STREAM_H
#define QUEUE_STREAM_H

#include "http/services.h"

struct stream_entry {
    char id[48];  /* of the entry; "" is none */
    char job[37]; /* untrusted until the table knows it */
};

void stream_put(struct services *s, struct arena *a, const char *const *jobs, size_t n);
/* Waits up to `wait_ms` (0: not at all). False when none came, or Redis is away: then it has not waited. */
bool stream_take(struct services *s, struct arena *a, unsigned wait_ms, struct stream_entry *out, bool *answered);
/* One that somebody took a minute ago and never ended. */
bool stream_reclaim(struct services *s, struct arena *a, struct stream_entry *out);
/* After the commit. */
void stream_done(struct services *s, struct arena *a, const struct stream_entry *e);
/* Names of processes that died without a word leave the group, once nothing is pending with them; a living one that goes with them
 * comes back by itself. */
void stream_tidy(struct services *s, struct arena *a);
/* This process takes no more. */
void stream_leave(struct services *s, struct arena *a);

#endif
