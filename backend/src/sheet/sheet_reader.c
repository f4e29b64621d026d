/* The parent's side: starts the child, takes its frames and believes none of them. */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include "sheet/sheet_part.h"

enum { PIPE_BYTES = 1 << 20, BUFFER_FIRST = 256 * 1024 };

struct sheet_reader {
    struct arena *arena;
    struct sheet_limits limits;
    struct sheet_info info;
    pid_t child;
    int fd;
    char *p; /* [from, to) is unread */
    size_t from, to, cap, max;
    uint64_t rows, cells;
    struct str *row;
    bool ended;
};

struct frame {
    uint32_t type;
    struct str payload;
};

static void close_fd(struct sheet_reader *r)
{
    if (r->fd >= 0)
        close(r->fd);
    r->fd = -1;
}

/* How the child ended; -1 when somebody else took its status. */
static int reap(struct sheet_reader *r)
{
    int status = -1;
    pid_t got;
    if (r->child <= 0)
        return -1;
    do
        got = waitpid(r->child, &status, 0);
    while (got < 0 && errno == EINTR);
    r->child = -1;
    return got < 0 ? -1 : status;
}

void sheet_reader_stop(struct sheet_reader *r)
{
    close_fd(r);
    if (r->child > 0)
        kill(r->child, SIGKILL);
    reap(r);
    r->ended = true;
}

static void drop_reader(void *p)
{
    struct sheet_reader *r = p;
    sheet_reader_stop(r);
    free(r->p);
}

static struct error *why_it_ended(struct sheet_reader *r)
{
    close_fd(r);
    int status = reap(r);
    r->ended = true;
    int sig = status >= 0 && WIFSIGNALED(status) ? WTERMSIG(status) : 0;
    if (sig == SIGXCPU)
        return REFUSE(r->arena, "max_seconds", "Reading the file takes longer than %u s", r->limits.seconds);
    if (sig == SIGXFSZ)
        return REFUSE(r->arena, "max_inflated_bytes", "The file needs too much temporary space");
    if (status >= 0 && WIFEXITED(status) && WEXITSTATUS(status) == 70)
        return REFUSE(r->arena, "max_memory", "Reading the file needs more than %llu bytes of memory",
                      (unsigned long long)r->limits.memory_bytes);
    return REFUSE(r->arena, "crashed", "The file makes its reader fail (status %d)", sig ? sig : status);
}

static struct error *lies(struct sheet_reader *r)
{
    sheet_reader_stop(r);
    return REFUSE(r->arena, "crashed", "The reader of the file sends nonsense");
}

static struct error *wait_data(struct sheet_reader *r)
{
    struct pollfd p = {.fd = r->fd, .events = POLLIN};
    int patience = (int)(r->limits.seconds < 3600 ? r->limits.seconds : 3600) * 2000;
    int n;
    do
        n = poll(&p, 1, patience);
    while (n < 0 && errno == EINTR);
    if (n > 0)
        return NULL;
    sheet_reader_stop(r);
    return REFUSE(r->arena, "max_seconds", "Reading the file takes longer than %u s", r->limits.seconds);
}

static struct error *grow(struct sheet_reader *r, size_t need)
{
    memmove(r->p, r->p + r->from, r->to - r->from);
    r->to -= r->from;
    r->from = 0;
    if (need <= r->cap)
        return NULL;
    size_t cap = r->cap * 2 > need ? r->cap * 2 : need;
    char *p = realloc(r->p, cap);
    if (!p)
        return error_new(r->arena, ERR_UNAVAILABLE, "Out of memory");
    r->p = p;
    r->cap = cap;
    return NULL;
}

/* Until `need` bytes are in the buffer. */
static struct error *fill(struct sheet_reader *r, size_t need)
{
    if (r->to - r->from >= need)
        return NULL;
    if (r->cap - r->from < need)
        TRY(grow(r, need));
    while (r->to - r->from < need) {
        TRY(wait_data(r));
        ssize_t n = read(r->fd, r->p + r->to, r->cap - r->to);
        if (n < 0 && errno == EINTR)
            continue;
        if (n <= 0)
            return why_it_ended(r);
        r->to += (size_t)n;
    }
    return NULL;
}

static uint32_t u32(const char *p)
{
    uint32_t v;
    memcpy(&v, p, sizeof v);
    return v;
}

static struct error *next_frame(struct sheet_reader *r, struct frame *out)
{
    TRY(fill(r, FRAME_HEAD));
    size_t n = u32(r->p + r->from);
    if (n > r->max)
        return lies(r);
    TRY(fill(r, FRAME_HEAD + n));
    out->type = u32(r->p + r->from + 4);
    out->payload = (struct str){r->p + r->from + FRAME_HEAD, n};
    r->from += FRAME_HEAD + n;
    return NULL;
}

/* u32 code, two counted texts. */
static bool two_texts(struct sheet_reader *r, struct str in, uint32_t *code, char **one, char **two)
{
    if (in.n < 12)
        return false;
    size_t n1 = u32(in.p + 4), n2 = u32(in.p + 8);
    if (n1 > in.n || n2 > in.n || 12 + n1 + n2 != in.n || !str_utf8((struct str){in.p + 12, n1 + n2}, NULL))
        return false;
    *code = u32(in.p);
    *one = arena_strndup(r->arena, in.p + 12, n1);
    *two = arena_strndup(r->arena, in.p + 12 + n1, n2);
    return true;
}

static struct error *take_error(struct sheet_reader *r, struct str in)
{
    uint32_t code;
    char *rule, *detail;
    if (!two_texts(r, in, &code, &rule, &detail))
        return lies(r);
    sheet_reader_stop(r);
    if (code == ERR_INTERNAL || code == ERR_UNAVAILABLE)
        return error_new(r->arena, (enum error_code)code, "%s", detail);
    return REFUSE(r->arena, rule, "%s", detail);
}

static struct error *take_row(struct sheet_reader *r, struct str in, struct sheet_row *out)
{
    uint64_t no;
    if (in.n < 12)
        return lies(r);
    memcpy(&no, in.p, sizeof no);
    size_t n = u32(in.p + 8), at = 12 + n * sizeof(uint32_t);
    if (!no || n > r->limits.columns || at > in.n || ++r->rows > r->limits.rows || (r->cells += n) > r->limits.cells)
        return lies(r);
    struct str text = {in.p + at, in.n - at};
    if (!str_utf8(text, NULL) || (text.n && memchr(text.p, 0, text.n)))
        return lies(r);
    for (size_t i = 0, used = 0; i < n; i++) {
        size_t len = u32(in.p + 12 + i * sizeof(uint32_t));
        bool whole = len <= text.n - used && (used + len == text.n || (text.p[used + len] & 0xC0) != 0x80);
        if (!whole)
            return lies(r);
        r->row[i] = (struct str){text.p + used, len};
        used += len;
    }
    *out = (struct sheet_row){no, n, r->row};
    return NULL;
}

struct error *sheet_reader_next(struct sheet_reader *r, struct sheet_row *out)
{
    struct frame f;
    *out = (struct sheet_row){0};
    if (r->ended)
        return NULL;
    TRY(next_frame(r, &f));
    switch (f.type) {
    case FRAME_ROW:
        return take_row(r, f.payload, out);
    case FRAME_ERROR:
        return take_error(r, f.payload);
    case FRAME_END:
        sheet_reader_stop(r);
        return NULL;
    default:
        return lies(r);
    }
}

static struct error *take_info(struct sheet_reader *r)
{
    struct frame f;
    uint32_t kind;
    char *encoding, *name;
    TRY(next_frame(r, &f));
    if (f.type == FRAME_ERROR)
        return take_error(r, f.payload);
    if (f.type != FRAME_INFO || !two_texts(r, f.payload, &kind, &encoding, &name) || kind < SHEET_XLSX || kind > SHEET_XLS)
        return lies(r);
    r->info = (struct sheet_info){(enum sheet_kind)kind, encoding, name};
    return NULL;
}

/* Leaves the child only the standard streams and the pipe. */
static _Noreturn void become_child(const char *path, const struct sheet_limits *limits, int fd)
{
    enum { PIPE_FD = 3 };
    if (fd != PIPE_FD && dup2(fd, PIPE_FD) < 0)
        _exit(71);
    close_range(PIPE_FD + 1, ~0u, 0);
    sheet_child(path, limits, PIPE_FD);
}

static struct error *fork_child(struct sheet_reader *r, const char *path)
{
    int ends[2];
    if (pipe2(ends, O_CLOEXEC) != 0)
        return error_new(r->arena, ERR_UNAVAILABLE, "Out of descriptors");
    (void)fcntl(ends[0], F_SETPIPE_SZ, PIPE_BYTES);
    pid_t child = fork();
    if (child == 0)
        become_child(path, &r->limits, ends[1]);
    close(ends[1]);
    r->fd = ends[0];
    r->child = child;
    return child < 0 ? error_new(r->arena, ERR_UNAVAILABLE, "No process for the reader") : NULL;
}

struct error *sheet_reader_start(struct arena *a, const char *path, const struct sheet_limits *limits, struct sheet_reader **out)
{
    struct sheet_reader *r = arena_zalloc(a, sizeof *r);
    *r = (struct sheet_reader){.arena = a, .limits = limits ? *limits : sheet_limits_default(), .child = -1, .fd = -1};
    r->max = sheet_frame_max(&r->limits);
    r->cap = BUFFER_FIRST;
    r->p = malloc(r->cap);
    if (!r->p)
        return error_new(a, ERR_UNAVAILABLE, "Out of memory");
    r->row = arena_array(a, r->limits.columns, sizeof *r->row);
    arena_cleanup(a, drop_reader, r);
    TRY(fork_child(r, path));
    TRY(take_info(r));
    *out = r;
    return NULL;
}

const struct sheet_info *sheet_reader_info(const struct sheet_reader *r)
{
    return &r->info;
}
