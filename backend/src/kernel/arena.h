/* Arena: every allocation of one request (or one job) lives here and goes with it.
 *
 * Ownership: whoever creates an arena frees it; nothing taken from one is freed by itself.
 * Units: bytes. Errors: none; running past `limit` or out of memory ends the process (the master
 * starts another), so callers never test for NULL. Not thread-safe: one arena, one thread.
 * Under AddressSanitizer every allocation is a malloc of its own, so that overflows are seen. */
#ifndef KERNEL_ARENA_H
#define KERNEL_ARENA_H

#include <stdarg.h>
#include <stddef.h>

struct arena;

/* limit: the most bytes that may be live at once. */
struct arena *arena_new(size_t limit);
void arena_free(struct arena *a);

/* Memory is aligned to 16 and not cleared; arena_zalloc clears. */
void *arena_alloc(struct arena *a, size_t n) __attribute__((malloc, alloc_size(2), returns_nonnull));
void *arena_zalloc(struct arena *a, size_t n) __attribute__((malloc, alloc_size(2), returns_nonnull));
/* n * size with an overflow check. */
void *arena_array(struct arena *a, size_t n, size_t size) __attribute__((malloc, alloc_size(2, 3), returns_nonnull));

char *arena_strdup(struct arena *a, const char *s) __attribute__((returns_nonnull));
char *arena_strndup(struct arena *a, const char *s, size_t n) __attribute__((returns_nonnull));
char *arena_printf(struct arena *a, const char *fmt, ...) __attribute__((format(printf, 2, 3), returns_nonnull));
char *arena_vprintf(struct arena *a, const char *fmt, va_list ap) __attribute__((format(printf, 2, 0), returns_nonnull));

/* Runs drop(p) when the arena is reset or freed, last registered first. */
void arena_cleanup(struct arena *a, void (*drop)(void *), void *p);

/* A mark is a place to go back to: all that was taken since is dropped, cleanups included. */
struct arena_mark {
    void *block;
    size_t used;
    void *large;
    void *cleanups;
};
struct arena_mark arena_mark(struct arena *a);
void arena_reset_to(struct arena *a, struct arena_mark mark);
/* Back to empty; one block, and large pieces up to 4 MiB, are kept for the next use. */
void arena_reset(struct arena *a);

size_t arena_live(const struct arena *a);

#endif
