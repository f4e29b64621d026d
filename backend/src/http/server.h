/* The FastCGI side: prefork master, pools of single-threaded children, one request at a time.
 *
 * The master binds the sockets and forks; it holds no connection of any kind. A child that dies is replaced
 * with back-off; one that overruns its pool's deadline is killed. SIGHUP rolls the children without losing a
 * request, SIGTERM ends all after the requests under way. */
#ifndef HTTP_SERVER_H
#define HTTP_SERVER_H

#include "http/contract.h"

/* One step of a request, in order; the first error ends it. */
struct stage {
    const char *name;
    struct error *(*run)(struct request *);
};

struct server {
    const struct contract *contract;
    const struct stage *stages;
    size_t stage_count;
    /* Called in each child before its first request: opens connections (lazily), returns what requests get. */
    struct services *(*child_start)(void *app);
    /* After the reply was sent (or failed to be): access log, metrics. */
    void (*finished)(struct request *r, size_t bytes_sent);
    void *app;
    const char *tmp_dir;
};

struct pool {
    const char *socket_path; /* unix, mode 0660 */
    unsigned children;
    unsigned deadline_seconds;
};

enum { SERVER_MAX_POOLS = 4, SERVER_MAX_CHILDREN = 256 };

/* Runs until SIGTERM or SIGINT; the exit status. */
int server_run(const struct server *s, const struct pool *pools, size_t pool_count);

/* Runs the stages, one after another, and turns an error into a problem document. Used by the FastCGI loop. */
void server_answer(const struct server *s, struct request *r);
/* application/problem+json (RFC 9457) into r->reply, status and headers with it. */
void reply_problem(struct request *r, const struct error *e);

#endif
