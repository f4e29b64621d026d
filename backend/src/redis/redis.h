/* Redis: one connection, opened when first needed, with short time limits. Redis holds nothing whose loss
 * matters, so every call may answer "not there": NULL is "no answer", and the caller goes on without it.
 * After a failure the connection rests for a second, so that a dead Redis costs a request nothing. */
#ifndef REDIS_REDIS_H
#define REDIS_REDIS_H

#include <hiredis/hiredis.h>
#include <stdbool.h>

#include "kernel/str.h"

struct redis;
struct redis *redis_open(const char *socket_path); /* nothing is opened until the first command */
void redis_close(struct redis *r);

/* Words are binary safe. The reply is freed by the arena; NULL: Redis is away or answered with an error. */
redisReply *redis_do(struct redis *r, struct arena *a, size_t n, const struct str *words);
#define REDIS_DO(r, a, ...) \
    redis_do((r), (a), sizeof((struct str[]){__VA_ARGS__}) / sizeof(struct str), (struct str[]){__VA_ARGS__})

/* A pipeline: append commands, then read as many replies in order. */
bool redis_append(struct redis *r, size_t n, const struct str *words);
#define REDIS_APPEND(r, ...) \
    redis_append((r), sizeof((struct str[]){__VA_ARGS__}) / sizeof(struct str), (struct str[]){__VA_ARGS__})
redisReply *redis_next(struct redis *r, struct arena *a);
/* Reads that block (XREADGROUP BLOCK) need a longer limit than the usual one. */
void redis_set_timeout(struct redis *r, unsigned milliseconds);
bool redis_up(struct redis *r);

#endif
