/* Prefork master and the loop of a child. */
#include <errno.h>
#include <fcgiapp.h>
#include <malloc.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "http/fcgi.h"
#include "http/server.h"
#include "http/services.h"
#include "kernel/clock.h"
#include "kernel/log.h"

enum {
    BACKLOG = 512,
    ARENA_LIMIT = 256 << 20,
    TICK_MS = 200,
    GRACE_US = 35 * 1000000, /* after asking children to end */
    BACKOFF_MAX_US = 5000000,
    BIND_MODE = 0660
};

/* What a child tells the master; in shared memory. */
struct slot {
    pid_t pid;
    unsigned pool;
    bool leaving;               /* rolled away: not replaced when it ends */
    int64_t leave_by;           /* monotonic us: killed after */
    _Atomic int64_t busy_since; /* monotonic us of the request under way, 0 when waiting */
};

static volatile sig_atomic_t want_stop, want_roll;

static void on_signal(int sig)
{
    if (sig == SIGHUP)
        want_roll = 1;
    else
        want_stop = 1;
}

static void set_handler(int sig, void (*fn)(int))
{
    struct sigaction sa = {.sa_handler = fn}; /* no SA_RESTART: accept() must come back */
    sigaction(sig, &sa, NULL);
}

/* ---- child ---- */
void server_answer(const struct server *s, struct request *r)
{
    for (size_t i = 0; i < s->stage_count; i++) {
        struct error *e = s->stages[i].run(r);
        if (e) {
            if (e->code == ERR_INTERNAL)
                log_error("request", "%s %.*s: %s: %s", r->request_id, (int)r->path.n, r->path.p, s->stages[i].name,
                          e->detail ? e->detail : "");
            reply_problem(r, e);
            return;
        }
        if (r->answered)
            return;
    }
}

static void serve_one(const struct server *s, struct services *services, struct arena *a, FCGX_Request *q)
{
    struct fcgi f = {.fcgx = q, .tmp_dir = s->tmp_dir};
    struct request *r = arena_zalloc(a, sizeof *r);
    r->arena = a;
    r->services = services;
    r->db = services->db;
    r->contract = s->contract;
    fcgi_begin(r, &f);
    server_answer(s, r);
    size_t bytes = fcgi_send(r);
    s->finished(r, bytes); /* before the parameters go */
    fcgi_end(&f);
}

static _Noreturn void child_main(const struct server *s, int socket, struct slot *me)
{
    prctl(PR_SET_PDEATHSIG, SIGTERM);      /* a child without a master ends */
    mallopt(M_MMAP_THRESHOLD, 256 * 1024); /* large bodies go back to the system at once */
    mallopt(M_TRIM_THRESHOLD, 1 << 20);
    struct services *services = s->child_start(s->app);
    struct arena *a = arena_new(ARENA_LIMIT);
    FCGX_Request q;
    FCGX_InitRequest(&q, socket, FCGI_FAIL_ACCEPT_ON_INTR);
    while (!want_stop) {
        if (FCGX_Accept_r(&q) < 0)
            continue;
        atomic_store(&me->busy_since, clock_mono_us());
        serve_one(s, services, a, &q);
        arena_reset(a);
        atomic_store(&me->busy_since, 0);
    }
    _exit(0);
}

/* ---- master ---- */
struct master {
    const struct server *server;
    const struct pool *pools;
    size_t pool_count;
    int socket[SERVER_MAX_POOLS];
    struct slot *slots;
    int64_t next_fork[SERVER_MAX_POOLS];
    int64_t backoff[SERVER_MAX_POOLS];
};

static int bind_socket(const char *path)
{
    unlink(path);
    mode_t old = umask(0117);
    int fd = FCGX_OpenSocket(path, BACKLOG);
    umask(old);
    if (fd < 0 || chmod(path, BIND_MODE) != 0) {
        log_error("master", "cannot listen on %s", path);
        exit(70);
    }
    return fd;
}

static struct slot *free_slot(struct master *m)
{
    for (size_t i = 0; i < SERVER_MAX_CHILDREN; i++)
        if (m->slots[i].pid == 0)
            return &m->slots[i];
    return NULL;
}

static void fork_child(struct master *m, unsigned pool)
{
    struct slot *slot = free_slot(m);
    if (!slot)
        return;
    slot->pool = pool;
    slot->leaving = false;
    atomic_store(&slot->busy_since, 0);
    pid_t pid = fork();
    if (pid == 0) {
        set_handler(SIGHUP, SIG_IGN);
        child_main(m->server, m->socket[pool], slot);
    }
    if (pid > 0)
        slot->pid = pid;
}

static unsigned staying(const struct master *m, unsigned pool)
{
    unsigned n = 0;
    for (size_t i = 0; i < SERVER_MAX_CHILDREN; i++)
        n += m->slots[i].pid && m->slots[i].pool == pool && !m->slots[i].leaving;
    return n;
}

static void keep_full(struct master *m)
{
    int64_t now = clock_mono_us();
    for (unsigned p = 0; p < m->pool_count; p++)
        while (staying(m, p) < m->pools[p].children && now >= m->next_fork[p])
            fork_child(m, p);
}

/* A child that died young makes the next one wait: 50 ms, doubled to 5 s. */
static void reap(struct master *m)
{
    int status;
    pid_t pid;
    while ((pid = waitpid(-1, &status, WNOHANG)) > 0) {
        for (size_t i = 0; i < SERVER_MAX_CHILDREN; i++) {
            struct slot *s = &m->slots[i];
            if (s->pid != pid)
                continue;
            if (!s->leaving && !want_stop) {
                log_warn("master", "child %d of pool %u ended, status %d", (int)pid, s->pool, status);
                int64_t b = m->backoff[s->pool] ? m->backoff[s->pool] * 2 : 50000;
                m->backoff[s->pool] = b < BACKOFF_MAX_US ? b : BACKOFF_MAX_US;
                if (WIFSIGNALED(status)) /* a crash in the middle of work: replace at once, once */
                    m->backoff[s->pool] = m->backoff[s->pool] > 50000 ? m->backoff[s->pool] : 0;
                m->next_fork[s->pool] = clock_mono_us() + m->backoff[s->pool];
            }
            s->pid = 0;
        }
    }
}

static void calm_backoff(struct master *m)
{
    int64_t now = clock_mono_us();
    for (size_t p = 0; p < m->pool_count; p++)
        if (m->backoff[p] && now > m->next_fork[p] + 2 * BACKOFF_MAX_US)
            m->backoff[p] = 0;
}

static void kill_overdue(struct master *m)
{
    int64_t now = clock_mono_us();
    for (size_t i = 0; i < SERVER_MAX_CHILDREN; i++) {
        struct slot *s = &m->slots[i];
        if (!s->pid)
            continue;
        int64_t since = atomic_load(&s->busy_since);
        if (s->leaving && !since)
            kill(s->pid, SIGTERM); /* again: the first may have come just before accept() */
        bool late = since && now - since > (int64_t)m->pools[s->pool].deadline_seconds * 1000000;
        if (late || (s->leaving && now > s->leave_by)) {
            log_warn("master", "child %d killed: %s", (int)s->pid, late ? "over its deadline" : "did not leave");
            kill(s->pid, SIGKILL);
        }
    }
}

static void ask_to_leave(struct master *m)
{
    for (size_t i = 0; i < SERVER_MAX_CHILDREN; i++) {
        struct slot *s = &m->slots[i];
        if (!s->pid || s->leaving)
            continue;
        s->leaving = true;
        s->leave_by = clock_mono_us() + GRACE_US;
        kill(s->pid, SIGTERM);
    }
}

static bool any_child(const struct master *m)
{
    for (size_t i = 0; i < SERVER_MAX_CHILDREN; i++)
        if (m->slots[i].pid)
            return true;
    return false;
}

static void tick(void)
{
    nanosleep(&(struct timespec){.tv_nsec = TICK_MS * 1000000L}, NULL);
}

int server_run(const struct server *s, const struct pool *pools, size_t pool_count)
{
    struct master m = {.server = s, .pools = pools, .pool_count = pool_count};
    size_t bytes = SERVER_MAX_CHILDREN * sizeof *m.slots;
    m.slots = mmap(NULL, bytes, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    if (m.slots == MAP_FAILED || pool_count > SERVER_MAX_POOLS)
        return 70;
    FCGX_Init();
    signal(SIGPIPE, SIG_IGN);
    set_handler(SIGTERM, on_signal);
    set_handler(SIGINT, on_signal);
    set_handler(SIGHUP, on_signal);
    for (size_t p = 0; p < pool_count; p++)
        m.socket[p] = bind_socket(pools[p].socket_path);
    while (!want_stop) {
        if (want_roll) {
            want_roll = 0;
            ask_to_leave(&m);
        }
        reap(&m);
        keep_full(&m);
        kill_overdue(&m);
        calm_backoff(&m);
        tick();
    }
    ask_to_leave(&m);
    while (any_child(&m)) {
        reap(&m);
        kill_overdue(&m);
        tick();
    }
    for (size_t p = 0; p < pool_count; p++)
        unlink(pools[p].socket_path);
    return 0;
}
