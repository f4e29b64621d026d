/* What the tests of json/ share. */
#ifndef JSON_FIXTURE_H
#define JSON_FIXTURE_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "json/read.h"
#include "json/schema.h"

enum { DEPTH = 32 };

static inline struct error *read_text(struct arena *a, const char *text, json_t **out)
{
    return json_read(a, str_of(text), DEPTH, out);
}

static inline double seconds(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

#endif
