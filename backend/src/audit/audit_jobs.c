/* The sealer. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "audit/seal_store.h"
#include "audit/sealing.h"
#include "kernel/clock.h"
#include "queue/job.h"

enum { SEGMENTS_AT_ONCE = 2000, SEALS_AT_ONCE = 200, LINE_MAX_BYTES = 512 };
#define OLD_US (INT64_C(12) * 3600 * 1000000) /* twice the longest life of a segment */

DUTY(sealer, 10000, audit_seal);

/* ---- the file outside the database ---- */
/* The number of the last whole line; a line that was cut by a crash is cut off. */
static struct error *file_last(struct arena *a, int fd, uint64_t *seq)
{
    char tail[2 * LINE_MAX_BYTES];
    off_t size = lseek(fd, 0, SEEK_END), from = size > (off_t)sizeof tail ? size - (off_t)sizeof tail : 0;
    ssize_t n = size < 0 ? -1 : pread(fd, tail, (size_t)(size - from), from);
    if (n < 0)
        return error_new(a, ERR_INTERNAL, "seals.log: %s", strerror(errno));
    size_t end = (size_t)n, begin;
    while (end && tail[end - 1] != '\n')
        end--;
    if (ftruncate(fd, from + (off_t)end))
        return error_new(a, ERR_INTERNAL, "seals.log: %s", strerror(errno));
    *seq = 0;
    if (!end)
        return NULL;
    for (begin = end - 1; begin && tail[begin - 1] != '\n';)
        begin--;
    unsigned char root[DIGEST_BYTES];
    if (!seal_line_read((struct str){tail + begin, end - 1 - begin}, seq, root))
        return error_new(a, ERR_INTERNAL, "seals.log: its last line is not a seal");
    return NULL;
}

static struct error *append(struct arena *a, int fd, const struct seal *seals, size_t n)
{
    struct buf b = buf_new(a, n * 256, n * LINE_MAX_BYTES);
    for (size_t i = 0; i < n; i++)
        seal_line_put(&b, &seals[i]);
    if (lseek(fd, 0, SEEK_END) < 0 || write(fd, b.p, b.n) != (ssize_t)b.n || fsync(fd))
        return error_new(a, ERR_INTERNAL, "seals.log: %s", strerror(errno));
    return NULL;
}

static struct error *copy_to(struct services *s, struct arena *a, int fd)
{
    uint64_t last;
    size_t n;
    TRY(file_last(a, fd, &last));
    do {
        struct arena_mark mark = arena_mark(a);
        struct seal *seals = arena_array(a, SEALS_AT_ONCE, sizeof *seals);
        TRY(seals_after(s->db, a, last, SEALS_AT_ONCE, seals, &n));
        if (n) {
            TRY(append(a, fd, seals, n));
            last = seals[n - 1].seq;
        }
        arena_reset_to(a, mark);
    } while (n == SEALS_AT_ONCE);
    return NULL;
}

/* After the commit: a seal that a crash kept out of the file is copied by the next run, on whichever host that is. */
static struct error *copy_to_file(struct services *s, struct arena *a)
{
    const char *dir = arena_printf(a, "%s/audit", s->config->state_dir), *path = arena_printf(a, "%s/seals.log", dir);
    if (mkdir(dir, 0700) && errno != EEXIST)
        return error_new(a, ERR_INTERNAL, "%s: %s", dir, strerror(errno));
    int fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
    if (fd < 0)
        return error_new(a, ERR_INTERNAL, "%s: %s", path, strerror(errno));
    struct error *e = flock(fd, LOCK_EX) ? error_new(a, ERR_INTERNAL, "%s: %s", path, strerror(errno)) : copy_to(s, a, fd);
    close(fd);
    return e;
}

/* ---- the seal ---- */
struct marks {
    struct str *segment;
    int64_t *rows, *final;
    size_t n;
};

static void mark(struct marks *m, const struct open_segment *o, bool final)
{
    m->segment[m->n] = str_of(o->head.segment);
    m->rows[m->n] = (int64_t)o->head.n + 1;
    m->final[m->n++] = final;
}

/* Heads that moved go under the seal; a segment that has not moved and is too old to move again is final. */
static struct error *gather(struct services *s, struct arena *a, int64_t now, struct buf *heads, struct marks *m)
{
    struct open_segment *open = arena_array(a, SEGMENTS_AT_ONCE, sizeof *open);
    size_t n;
    TRY(segments_open(s->db, a, now - OLD_US, SEGMENTS_AT_ONCE, open, &n));
    *heads = buf_new(a, 4096, SEGMENTS_AT_ONCE * (size_t)128);
    *m = (struct marks){arena_array(a, n + 1, sizeof *m->segment), arena_array(a, n + 1, sizeof *m->rows),
                        arena_array(a, n + 1, sizeof *m->final), 0};
    for (size_t i = 0; i < n; i++) {
        bool moved = open[i].sealed_rows != (int64_t)open[i].head.n + 1;
        if (moved)
            head_put(heads, &open[i].head);
        if (moved || open[i].old)
            mark(m, &open[i], !moved);
    }
    return NULL;
}

static struct error *seal_now(struct services *s, struct arena *a, int64_t now, struct str heads)
{
    struct seal last, next = {.heads = heads};
    unsigned char *signature = arena_alloc(a, SM2_SIGNATURE_MAX);
    TRY(seal_last(s->db, a, &last));
    next.seq = last.seq + 1;
    clock_sql(now, next.at);
    memcpy(next.prev_root, last.root, DIGEST_BYTES);
    if (!seal_root(a, &next, next.root))
        return error_new(a, ERR_INTERNAL, "a seal without heads");
    TRY(sm2_sign(a, s->keys->audit_sm2_pem, next.root, DIGEST_BYTES, signature, &next.signature.n));
    next.signature.p = (const char *)signature;
    return seal_insert(s->db, a, &next);
}

static struct error *in_transaction(struct services *s, struct arena *a)
{
    struct buf heads;
    struct marks m;
    int64_t now = clock_now_us();
    TRY(gather(s, a, now, &heads, &m));
    if (heads.n)
        TRY(seal_now(s, a, now, (struct str){heads.p, heads.n}));
    return m.n ? segments_sealed(s->db, a, m.segment, m.rows, m.final, m.n, now) : NULL;
}

struct error *audit_seal(struct services *s, struct arena *a)
{
    TRY(db_begin(s->db, a));
    struct error *e = in_transaction(s, a);
    if (e)
        db_rollback(s->db);
    else
        e = db_commit(s->db, a);
    if (e && e->code != ERR_DUPLICATE) /* duplicate: another process made this seal */
        return e;
    return copy_to_file(s, a);
}
