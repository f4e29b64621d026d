/* /metrics; nginx lets only the configured addresses through (METRICS_FROM). */
#include <stdatomic.h>
#include <sys/mman.h>

#include "kernel/clock.h"
#include "kernel/room.h"
#include "main/metrics.h"

struct error *metrics_get(struct request *r);

enum { ROUTES_MAX = 512, CLASSES = 5, BOUNDS = 12 };
static const int64_t bounds_us[BOUNDS] = {1000,   2500,   5000,   10000,   25000,   50000,
                                          100000, 250000, 500000, 1000000, 2500000, 10000000};

struct metrics {
    _Atomic uint64_t requests[ROUTES_MAX][CLASSES], micros[ROUTES_MAX];
    _Atomic uint64_t unrouted[CLASSES];
    _Atomic uint64_t retried;
    _Atomic uint64_t at_most[BOUNDS], counted, all_micros;
};
static struct metrics *shared;

void metrics_init(void)
{
    void *p = mmap(NULL, sizeof *shared, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    shared = p == MAP_FAILED ? NULL : p;
}

void metrics_retried(void)
{
    if (shared)
        shared->retried++;
}

void metrics_count(const struct request *r, int64_t duration_us)
{
    unsigned class = r->status >= 100 && r->status < 600 ? (unsigned)r->status / 100 - 1 : CLASSES - 1;
    uint64_t took = duration_us > 0 ? (uint64_t)duration_us : 0;
    if (!shared)
        return;
    size_t i = r->route ? (size_t)(r->route - routes) : ROUTES_MAX;
    if (i < ROUTES_MAX) {
        shared->requests[i][class]++;
        shared->micros[i] += took;
    } else {
        shared->unrouted[class]++;
    }
    for (unsigned b = BOUNDS; b-- > 0 && (int64_t)took <= bounds_us[b];)
        shared->at_most[b]++;
    shared->counted++;
    shared->all_micros += took;
}

static void head(struct buf *b, const char *name, const char *type, const char *help)
{
    buf_printf(b, "# HELP tongchou_%s %s\n# TYPE tongchou_%s %s\n", name, help, name, type);
}

static void put_requests(struct buf *b)
{
    head(b, "requests_total", "counter", "Requests answered, by operation and class of status.");
    for (size_t i = 0; i < route_count && i < ROUTES_MAX; i++)
        for (unsigned c = 0; c < CLASSES; c++)
            if (shared->requests[i][c])
                buf_printf(b, "tongchou_requests_total{operation=\"%s\",status=\"%uxx\"} %llu\n", routes[i].operation, c + 1,
                           (unsigned long long)shared->requests[i][c]);
    for (unsigned c = 0; c < CLASSES; c++)
        if (shared->unrouted[c])
            buf_printf(b, "tongchou_requests_total{operation=\"\",status=\"%uxx\"} %llu\n", c + 1,
                       (unsigned long long)shared->unrouted[c]);
    head(b, "operation_seconds_total", "counter", "Time spent in each operation.");
    for (size_t i = 0; i < route_count && i < ROUTES_MAX; i++)
        if (shared->micros[i])
            buf_printf(b, "tongchou_operation_seconds_total{operation=\"%s\"} %.6f\n", routes[i].operation,
                       (double)shared->micros[i] / 1e6);
}

static void put_retries(struct buf *b)
{
    head(b, "database_retries_total", "counter", "Transactions that were tried again after a deadlock or lock wait.");
    buf_printf(b, "tongchou_database_retries_total %llu\n", (unsigned long long)shared->retried);
}

static void put_durations(struct buf *b)
{
    head(b, "request_seconds", "histogram", "Duration of requests inside the API.");
    for (unsigned i = 0; i < BOUNDS; i++)
        buf_printf(b, "tongchou_request_seconds_bucket{le=\"%g\"} %llu\n", (double)bounds_us[i] / 1e6,
                   (unsigned long long)shared->at_most[i]);
    buf_printf(b, "tongchou_request_seconds_bucket{le=\"+Inf\"} %llu\ntongchou_request_seconds_sum %.6f\n",
               (unsigned long long)shared->counted, (double)shared->all_micros / 1e6);
    buf_printf(b, "tongchou_request_seconds_count %llu\n", (unsigned long long)shared->counted);
}

/* Rows of one name with several labels stand together, as the store lists them. */
static struct error *put_gauges(struct request *r)
{
    struct buf *b = &r->reply;
    struct rows x;
    struct str last = STR("");
    TRY(metrics_gauges(r->db, r->arena, &x));
    while (rows_next(&x)) {
        struct str full = str_of(row_dup(&x, r->arena, 0)), rest = full, name = str_cut(&rest, '{');
        if (!str_eq(name, last))
            buf_printf(b, "# TYPE tongchou_" STR_FMT " gauge\n", STR_ARG(name));
        buf_printf(b, "tongchou_" STR_FMT " %lld\n", STR_ARG(full), (long long)row_int(&x, 1));
        last = name;
    }
    return rows_end(&x);
}

static void put_storage(struct request *r)
{
    const struct config *c = r->services->config;
    const char *const places[][2] = {{"files", c->files_dir}, {"state", c->state_dir}};
    head(&r->reply, "storage_free_bytes", "gauge", "Room that is left on the disk of a directory.");
    for (size_t i = 0; i < 2; i++)
        buf_printf(&r->reply, "tongchou_storage_free_bytes{place=\"%s\"} %lld\n", places[i][0],
                   (long long)room_free(places[i][1], NULL));
}

struct error *metrics_get(struct request *r)
{
    struct buf *b = &r->reply;
    if (shared) {
        put_requests(b);
        put_durations(b);
        put_retries(b);
    }
    struct error *e = put_gauges(r); /* what is counted here is told while the database is away */
    put_storage(r);
    head(b, "database_up", "gauge", "Whether the database answered.");
    buf_printf(b, "tongchou_database_up %d\n", e == NULL);
    r->reply_type = "text/plain; version=0.0.4; charset=utf-8";
    return reply_written(r, 200);
}
