/* tongchou-worker: one process for each role, started again when it ends. */
#include <malloc.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "kernel/log.h"
#include "main/app.h"
#include "queue/worker.h"

enum { STATEMENT_S = 120, ROLES = 4, KEPT_BYTES = 32 << 20 };
static const enum worker_role role_of[ROLES] = {WORKER_CLERK, WORKER_EVENTS, WORKER_JOBS, WORKER_SENDER};

static volatile sig_atomic_t stop;

static void on_signal(int sig)
{
    (void)sig;
    stop = 1;
}

static pid_t start(struct app *app, enum worker_role role)
{
    pid_t pid = fork();
    if (pid != 0)
        return pid;
    prctl(PR_SET_PDEATHSIG, SIGTERM);
    mallopt(M_MMAP_THRESHOLD, KEPT_BYTES); /* runs are alike: their memory is not fetched anew each time */
    mallopt(M_TRIM_THRESHOLD, KEPT_BYTES);
    worker_run(app_services(app, STATEMENT_S), role, &stop);
    _exit(0);
}

static void wait_tick(void)
{
    nanosleep(&(struct timespec){.tv_nsec = 200 * 1000000L}, NULL);
}

int main(int argc, char **argv)
{
    struct app app;
    pid_t child[ROLES];
    app_init(&app, "tongchou-worker", &argc, &argv, true);
    sql_registry_init();
    struct sigaction sa = {.sa_handler = on_signal};
    sigaction(SIGTERM, &sa, NULL);
    sigaction(SIGINT, &sa, NULL);
    signal(SIGPIPE, SIG_IGN);
    for (int i = 0; i < ROLES; i++)
        child[i] = start(&app, role_of[i]);
    while (!stop) {
        pid_t ended = waitpid(-1, NULL, WNOHANG);
        for (int i = 0; ended > 0 && i < ROLES; i++) {
            if (child[i] != ended)
                continue;
            log_warn("worker", "role %d ended and is started again", (int)role_of[i]);
            child[i] = start(&app, role_of[i]);
        }
        wait_tick();
    }
    for (int i = 0; i < ROLES; i++)
        kill(child[i], SIGTERM);
    while (waitpid(-1, NULL, 0) > 0)
        ;
    return 0;
}
