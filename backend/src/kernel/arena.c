#include "kernel/arena.h"

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#if defined(__SANITIZE_ADDRESS__)
#define ARENA_EACH_ITS_OWN 1
#elif defined(__has_feature)
#if __has_feature(address_sanitizer)
#define ARENA_EACH_ITS_OWN 1
#endif
#endif
#ifndef ARENA_EACH_ITS_OWN
#define ARENA_EACH_ITS_OWN 0
#endif

enum {
    ALIGN = 16,
    BLOCK_BYTES = 64 * 1024,
    LARGE_BYTES = BLOCK_BYTES / 4,
    SPARE_BYTES = 4 << 20,    /* kept of what was given back: pages are not fetched anew for each request */
    SPARE_PIECE = BLOCK_BYTES /* smaller ones are left to malloc */
};

struct block {
    struct block *prev;
    size_t used;
    _Alignas(ALIGN) unsigned char data[BLOCK_BYTES];
};

struct large {
    struct large *prev;
    size_t bytes;
    _Alignas(ALIGN) unsigned char data[];
};

struct cleanup {
    struct cleanup *prev;
    void (*drop)(void *);
    void *p;
};

struct arena {
    struct block *block;
    struct large *large, *spare;
    struct cleanup *cleanups;
    size_t live, spare_bytes;
    size_t limit;
};

static _Noreturn void die(const char *why)
{
    static const char tail[] = "\n";
    if (write(STDERR_FILENO, why, strlen(why)) >= 0)
        (void)!write(STDERR_FILENO, tail, sizeof tail - 1);
    _exit(70);
}

static void *must_malloc(size_t n)
{
    void *p = malloc(n);
    if (!p)
        die("{\"level\":\"fatal\",\"msg\":\"out of memory\"}");
    return p;
}

struct arena *arena_new(size_t limit)
{
    struct arena *a = must_malloc(sizeof *a);
    *a = (struct arena){.limit = limit};
    return a;
}

static void charge(struct arena *a, size_t n)
{
    if (n > a->limit || a->live > a->limit - n)
        die("{\"level\":\"fatal\",\"msg\":\"arena limit exceeded\"}");
    a->live += n;
}

/* A spare piece that is not twice as large as needed; NULL: there is none. */
static struct large *from_spare(struct arena *a, size_t n)
{
    for (struct large **at = &a->spare; *at; at = &(*at)->prev) {
        struct large *l = *at;
        if (l->bytes < n || l->bytes / 2 > n)
            continue;
        *at = l->prev;
        a->spare_bytes -= l->bytes;
        return l;
    }
    return NULL;
}

static void *take_large(struct arena *a, size_t n)
{
    struct large *l = n >= SPARE_PIECE ? from_spare(a, n) : NULL;
    if (!l) {
        l = must_malloc(sizeof *l + n);
        l->bytes = n;
    }
    charge(a, l->bytes);
    l->prev = a->large;
    a->large = l;
    return l->data;
}

static void give_back(struct arena *a, struct large *l)
{
    a->live -= l->bytes;
    if (ARENA_EACH_ITS_OWN || l->bytes < SPARE_PIECE || l->bytes > SPARE_BYTES - a->spare_bytes) {
        free(l);
        return;
    }
    l->prev = a->spare;
    a->spare = l;
    a->spare_bytes += l->bytes;
}

static struct block *push_block(struct arena *a)
{
    charge(a, sizeof(struct block));
    struct block *b = must_malloc(sizeof *b);
    b->prev = a->block;
    b->used = 0;
    a->block = b;
    return b;
}

void *arena_alloc(struct arena *a, size_t n)
{
    if (n > SIZE_MAX - ALIGN)
        die("{\"level\":\"fatal\",\"msg\":\"allocation too large\"}");
    if (ARENA_EACH_ITS_OWN)
        return take_large(a, n ? n : 1);
    size_t need = (n + ALIGN - 1) & ~(size_t)(ALIGN - 1);
    if (need > LARGE_BYTES)
        return take_large(a, need);
    struct block *b = a->block;
    if (!b || BLOCK_BYTES - b->used < need)
        b = push_block(a);
    void *p = b->data + b->used;
    b->used += need;
    return p;
}

void *arena_zalloc(struct arena *a, size_t n)
{
    return memset(arena_alloc(a, n), 0, n);
}

void *arena_array(struct arena *a, size_t n, size_t size)
{
    size_t bytes;
    if (__builtin_mul_overflow(n, size, &bytes))
        die("{\"level\":\"fatal\",\"msg\":\"array too large\"}");
    return arena_zalloc(a, bytes);
}

char *arena_strndup(struct arena *a, const char *s, size_t n)
{
    char *p = arena_alloc(a, n + 1);
    if (n)
        memcpy(p, s, n);
    p[n] = '\0';
    return p;
}

char *arena_strdup(struct arena *a, const char *s)
{
    return arena_strndup(a, s, strlen(s));
}

char *arena_vprintf(struct arena *a, const char *fmt, va_list ap)
{
    va_list again;
    va_copy(again, ap);
    int n = vsnprintf(NULL, 0, fmt, ap);
    if (n < 0)
        die("{\"level\":\"fatal\",\"msg\":\"bad format\"}");
    char *p = arena_alloc(a, (size_t)n + 1);
    vsnprintf(p, (size_t)n + 1, fmt, again);
    va_end(again);
    return p;
}

char *arena_printf(struct arena *a, const char *fmt, ...)
{
    va_list ap;
    va_start(ap, fmt);
    char *p = arena_vprintf(a, fmt, ap);
    va_end(ap);
    return p;
}

void arena_cleanup(struct arena *a, void (*drop)(void *), void *p)
{
    struct cleanup *c = arena_alloc(a, sizeof *c);
    *c = (struct cleanup){a->cleanups, drop, p};
    a->cleanups = c;
}

struct arena_mark arena_mark(struct arena *a)
{
    return (struct arena_mark){a->block, a->block ? a->block->used : 0, a->large, a->cleanups};
}

void arena_reset_to(struct arena *a, struct arena_mark mark)
{
    while (a->cleanups && (void *)a->cleanups != mark.cleanups) {
        struct cleanup *c = a->cleanups;
        a->cleanups = c->prev;
        c->drop(c->p);
    }
    while (a->large && (void *)a->large != mark.large) {
        struct large *l = a->large;
        a->large = l->prev;
        give_back(a, l);
    }
    while (a->block && (void *)a->block != mark.block) {
        struct block *b = a->block;
        if (!mark.block && !b->prev) { /* keep the first block for the next request */
            b->used = 0;
            return;
        }
        a->block = b->prev;
        a->live -= sizeof *b;
        free(b);
    }
    if (a->block)
        a->block->used = mark.used;
}

void arena_reset(struct arena *a)
{
    arena_reset_to(a, (struct arena_mark){0});
}

void arena_free(struct arena *a)
{
    if (!a)
        return;
    arena_reset(a);
    for (struct large *l = a->spare, *next; l; l = next) {
        next = l->prev;
        free(l);
    }
    free(a->block);
    free(a);
}

size_t arena_live(const struct arena *a)
{
    return a->live;
}
