/* Load over kept HTTP/1.1 connections, one thread: client PORT CONNECTIONS MILLISECONDS STATUS DIRECTORY
 *
 * DIRECTORY holds 0.req, 0.body, 1.req, 1.body, ...: whole requests and the bodies that their answers must have, byte by
 * byte. Connection i sends number i modulo their count, one request at a time. Prints one JSON object: latencies in
 * microseconds, the answers of each connection, and how many had another status or body. An answer that comes after the
 * time is not counted; a connection that the server closes is opened again and counts as one wrong status. */
#include <arpa/inet.h>
#include <errno.h>
#include <netinet/tcp.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

enum { CONNECTIONS_MAX = 1024, CASES_MAX = 1024, ANSWER_MAX = 4 << 20, FIRST_ROOM = 64 * 1024, LATE_MS = 5000 };

struct text {
    char *p;
    size_t n;
};
struct exchange {
    struct text request, body;
};
struct connection {
    int fd;
    const struct exchange *exchange;
    char *p; /* the answer so far */
    size_t n, room;
    int64_t sent;
    uint64_t answers;
};
struct head {
    int status;
    size_t header, length;
    bool chunked;
};

static struct exchange cases[CASES_MAX];
static struct connection all[CONNECTIONS_MAX];
static char body[ANSWER_MAX];
static uint32_t *latency;
static size_t counted, latency_room, wrong_status, wrong_body;

static _Noreturn void die(const char *what)
{
    fprintf(stderr, "client: %s: %s\n", what, strerror(errno));
    exit(1);
}

static int64_t now_us(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return t.tv_sec * INT64_C(1000000) + t.tv_nsec / 1000;
}

static bool read_file(const char *directory, size_t i, const char *kind, struct text *out)
{
    char path[4096];
    snprintf(path, sizeof path, "%s/%zu.%s", directory, i, kind);
    FILE *f = fopen(path, "rb");
    if (!f)
        return false;
    out->p = malloc(ANSWER_MAX);
    if (!out->p)
        die("memory");
    out->n = fread(out->p, 1, ANSWER_MAX, f);
    fclose(f);
    return true;
}

static size_t read_cases(const char *directory)
{
    size_t n = 0;
    while (n < CASES_MAX && read_file(directory, n, "req", &cases[n].request)) {
        if (!read_file(directory, n, "body", &cases[n].body))
            die("a request without its body");
        n++;
    }
    if (!n)
        die("no requests");
    return n;
}

static void send_request(struct connection *c)
{
    c->n = 0;
    c->sent = now_us();
    const struct text *r = &c->exchange->request;
    if (send(c->fd, r->p, r->n, MSG_NOSIGNAL) != (ssize_t)r->n && errno != EPIPE && errno != ECONNRESET)
        die("send"); /* a closed connection is met when it is read */
}

static void open_connection(struct connection *c, int port, int queue)
{
    struct sockaddr_in to = {.sin_family = AF_INET, .sin_port = htons((uint16_t)port), .sin_addr = {htonl(INADDR_LOOPBACK)}};
    int one = 1;
    c->fd = socket(AF_INET, SOCK_STREAM, 0);
    if (c->fd < 0 || connect(c->fd, (const struct sockaddr *)&to, sizeof to) != 0)
        die("connect");
    setsockopt(c->fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
    epoll_ctl(queue, EPOLL_CTL_ADD, c->fd, &(struct epoll_event){.events = EPOLLIN, .data.ptr = c});
    c->room = c->p ? c->room : FIRST_ROOM;
    c->p = c->p ? c->p : malloc(c->room);
    if (!c->p)
        die("memory");
}

static const char *header_of(const struct connection *c, size_t end, const char *name)
{
    size_t n = strlen(name);
    for (const char *p = c->p; (size_t)(p - c->p) + n < end;) {
        if (strncasecmp(p, name, n) == 0)
            return p + n;
        p = memchr(p, '\n', end - (size_t)(p - c->p));
        if (!p)
            return NULL;
        p++;
    }
    return NULL;
}

static bool read_head(const struct connection *c, struct head *out)
{
    const char *end = memmem(c->p, c->n, "\r\n\r\n", 4);
    if (!end || c->n < 12)
        return false;
    *out = (struct head){.status = (int)strtol(c->p + 9, NULL, 10), .header = (size_t)(end - c->p) + 4};
    const char *length = header_of(c, out->header, "Content-Length:"), *coding = header_of(c, out->header, "Transfer-Encoding:");
    out->length = length ? strtoul(length, NULL, 10) : 0;
    out->chunked = coding && strncasecmp(coding + strspn(coding, " "), "chunked", 7) == 0;
    return true;
}

/* True when the last chunk is there; the body is put together in `body`. */
static bool join_chunks(const struct connection *c, size_t at, size_t *length)
{
    *length = 0;
    for (;;) {
        const char *line = memmem(c->p + at, c->n - at, "\r\n", 2);
        if (!line)
            return false;
        size_t size = strtoul(c->p + at, NULL, 16);
        at = (size_t)(line - c->p) + 2;
        if (c->n < at + size + 2)
            return false;
        if (!size)
            return true;
        if (*length + size > sizeof body)
            die("an answer that is too large");
        memcpy(body + *length, c->p + at, size);
        *length += size;
        at += size + 2;
    }
}

static bool complete(const struct connection *c, struct head *h, struct text *out)
{
    if (!read_head(c, h))
        return false;
    if (h->chunked) {
        out->p = body;
        return join_chunks(c, h->header, &out->n);
    }
    *out = (struct text){c->p + h->header, h->length};
    return c->n >= h->header + h->length;
}

static void count(struct connection *c, const struct head *h, const struct text *got, int status)
{
    const struct text *want = &c->exchange->body;
    wrong_status += h->status != status;
    wrong_body += got->n != want->n || memcmp(got->p, want->p, want->n) != 0;
    if (counted == latency_room) {
        latency_room = latency_room ? latency_room * 2 : 65536;
        latency = realloc(latency, latency_room * sizeof *latency);
        if (!latency)
            die("memory");
    }
    latency[counted++] = (uint32_t)(now_us() - c->sent);
    c->answers++;
}

enum received { PART, WHOLE, CLOSED };

static enum received receive(struct connection *c, struct head *h, struct text *got)
{
    if (c->n == c->room) {
        c->room *= 2;
        c->p = c->room <= 2 * (size_t)ANSWER_MAX ? realloc(c->p, c->room) : NULL;
        if (!c->p)
            die("an answer that is too large");
    }
    ssize_t n = recv(c->fd, c->p + c->n, c->room - c->n, 0);
    if (n <= 0)
        return CLOSED;
    c->n += (size_t)n;
    return complete(c, h, got) ? WHOLE : PART;
}

/* False when this connection is done. */
static bool serve(struct connection *c, int port, int queue, int64_t until, int status)
{
    struct head h;
    struct text got;
    enum received what = receive(c, &h, &got);
    if (what == PART)
        return true;
    if (now_us() >= until)
        return false;
    if (what == WHOLE) {
        count(c, &h, &got, status);
    } else {
        close(c->fd);
        wrong_status++;
        open_connection(c, port, queue);
    }
    send_request(c);
    return true;
}

static void run(int port, int queue, size_t connections, int64_t until, int status)
{
    size_t waiting = connections;
    struct epoll_event ready[CONNECTIONS_MAX];
    for (size_t i = 0; i < connections; i++)
        send_request(&all[i]);
    while (waiting) {
        int n = epoll_wait(queue, ready, CONNECTIONS_MAX, LATE_MS);
        if (n <= 0)
            die("no answer");
        for (int i = 0; i < n; i++) {
            struct connection *c = ready[i].data.ptr;
            if (serve(c, port, queue, until, status))
                continue;
            waiting--;
            close(c->fd);
        }
    }
}

static int by_size(const void *a, const void *b)
{
    uint32_t x = *(const uint32_t *)a, y = *(const uint32_t *)b;
    return (x > y) - (x < y);
}

static unsigned percentile(double p)
{
    return counted ? latency[(size_t)(p * (double)(counted - 1))] : 0;
}

static void report(size_t connections, double seconds)
{
    if (counted)
        qsort(latency, counted, sizeof *latency, by_size);
    printf("{\"requests\":%zu,\"seconds\":%.6f,\"wrong_status\":%zu,\"wrong_body\":%zu,\"p50\":%u,\"p99\":%u,\"max\":%u,\"each\":[",
           counted, seconds, wrong_status, wrong_body, percentile(0.5), percentile(0.99), percentile(1));
    for (size_t i = 0; i < connections; i++)
        printf("%s%llu", i ? "," : "", (unsigned long long)all[i].answers);
    printf("]}\n");
}

int main(int argc, char **argv)
{
    if (argc != 6) {
        fprintf(stderr, "usage: client PORT CONNECTIONS MILLISECONDS STATUS DIRECTORY\n");
        return 64;
    }
    int port = (int)strtol(argv[1], NULL, 10), status = (int)strtol(argv[4], NULL, 10);
    size_t connections = strtoul(argv[2], NULL, 10), n = read_cases(argv[5]);
    int64_t length = strtol(argv[3], NULL, 10) * INT64_C(1000);
    if (connections < 1 || connections > CONNECTIONS_MAX)
        return 64;
    int queue = epoll_create1(0);
    for (size_t i = 0; i < connections; i++) {
        struct connection *c = &all[i];
        c->exchange = &cases[i % n];
        open_connection(c, port, queue);
    }
    int64_t began = now_us();
    run(port, queue, connections, began + length, status);
    report(connections, (double)length / 1e6);
    return 0;
}
