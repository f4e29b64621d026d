/* The child's side of sheet_reader: parse, frame, write. A frame is its payload's length (u32), its
 * type (u32) and the payload, all in the machine's own byte order:
 *   INFO   u32 kind, u32 n1, u32 n2, encoding, sheet name
 *   ROW    u64 no, u32 n, n lengths (u32), the texts
 *   ERROR  u32 code, u32 n1, u32 n2, rule, detail
 *   END    nothing */
#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <unistd.h>

#include "sheet/sheet_part.h"

enum { SEND_AT = 64 * 1024, INFO_TEXT = 1024, CHILD_ARENA = 64 << 20 };

struct send {
    int fd;
    char *p;
    size_t n, max;
};

size_t sheet_frame_max(const struct sheet_limits *l)
{
    return FRAME_HEAD + 16 + (size_t)l->columns * sizeof(uint32_t) + l->row_bytes + 2 * INFO_TEXT;
}

static void send_all(struct send *o)
{
    for (size_t done = 0; done < o->n;) {
        ssize_t n = write(o->fd, o->p + done, o->n - done);
        if (n < 0 && errno == EINTR)
            continue;
        if (n <= 0)
            _exit(0); /* nobody reads any more */
        done += (size_t)n;
    }
    o->n = 0;
}

static void put(struct send *o, const void *p, size_t n)
{
    if (n)
        memcpy(o->p + o->n, p, n);
    o->n += n;
}

static void put32(struct send *o, uint32_t v)
{
    put(o, &v, sizeof v);
}

static void begin(struct send *o, uint32_t type, size_t payload)
{
    if (o->max - o->n < FRAME_HEAD + payload)
        send_all(o);
    put32(o, (uint32_t)payload);
    put32(o, type);
}

static void send_two(struct send *o, uint32_t type, uint32_t code, const char *one, const char *two)
{
    size_t n1 = strnlen(one, INFO_TEXT), n2 = strnlen(two, INFO_TEXT);
    begin(o, type, 12 + n1 + n2);
    put32(o, code);
    put32(o, (uint32_t)n1);
    put32(o, (uint32_t)n2);
    put(o, one, n1);
    put(o, two, n2);
    send_all(o);
}

static void send_row(struct send *o, const struct sheet_row *row)
{
    size_t text = 0;
    for (size_t i = 0; i < row->n; i++)
        text += row->cells[i].n;
    begin(o, FRAME_ROW, 12 + row->n * sizeof(uint32_t) + text);
    put(o, &row->no, sizeof row->no);
    put32(o, (uint32_t)row->n);
    for (size_t i = 0; i < row->n; i++)
        put32(o, (uint32_t)row->cells[i].n);
    for (size_t i = 0; i < row->n; i++)
        put(o, row->cells[i].p, row->cells[i].n);
    if (o->n >= SEND_AT)
        send_all(o);
}

static struct error *run(struct arena *a, const char *path, const struct sheet_limits *limits, struct send *o)
{
    struct sheet_env env;
    struct sheet *s;
    struct sheet_row row;
    TRY(sheet_env_open(a, path, limits, &env));
    sheet_confine(limits);
    sheet_confine_calls();
    TRY(sheet_open_env(a, &env, limits, &s));
    send_two(o, FRAME_INFO, s->info.kind, s->info.encoding ? s->info.encoding : "UTF-8", s->info.sheet_name);
    do {
        TRY(sheet_next(s, &row));
        if (row.no)
            send_row(o, &row);
    } while (row.no);
    return NULL;
}

void sheet_child(const char *path, const struct sheet_limits *limits, int out_fd)
{
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    struct arena *a = arena_new(CHILD_ARENA);
    struct send o = {.fd = out_fd, .max = sheet_frame_max(limits) + SEND_AT};
    o.p = malloc(o.max);
    if (!o.p)
        _exit(70);
    struct error *err = run(a, path, limits, &o);
    if (err)
        send_two(&o, FRAME_ERROR, (uint32_t)err->code, err->rule ? err->rule : "", err->detail ? err->detail : "");
    else {
        begin(&o, FRAME_END, 0);
        send_all(&o);
    }
    _exit(0);
}
