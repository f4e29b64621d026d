/* Which names leave the group of workers: a Redis of the test's own answers, whose consumers have been idle for as long as it says. */
#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <cmocka.h>

#include "kernel/arena.h"
#include "queue/stream.h"
#include "redis/redis.h"

#define CONSUMER(length, name, pending, idle) \
    "*6\r\n$4\r\nname\r\n$" length "\r\n" name "\r\n$7\r\npending\r\n:" pending "\r\n$4\r\nidle\r\n:" idle "\r\n"

struct played {
    int listening;
    const char *consumers; /* the answer to XINFO CONSUMERS */
    char removed[512];     /* names given to XGROUP DELCONSUMER, each with a space after it */
};

/* The last word of a command that came whole: *N, then $LENGTH and WORD for each. */
static const char *last_word(char *command)
{
    char *end = strrchr(command, '\r');
    *end = '\0';
    return strrchr(command, '\n') + 1;
}

static void *play(void *p)
{
    struct played *redis = p;
    char command[2048];
    int client = accept(redis->listening, NULL, NULL);
    for (ssize_t n; (n = read(client, command, sizeof command - 1)) > 0;) {
        command[n] = '\0';
        const char *answer = redis->consumers;
        if (strstr(command, "DELCONSUMER")) {
            strncat(redis->removed, last_word(command), sizeof redis->removed - strlen(redis->removed) - 2);
            strcat(redis->removed, " ");
            answer = ":0\r\n";
        }
        if (write(client, answer, strlen(answer)) < 0)
            break;
    }
    close(client);
    return NULL;
}

/* The names that stream_tidy removed. */
static void tidy(struct played *redis)
{
    char directory[] = "/tmp/stream_test.XXXXXX";
    struct sockaddr_un at = {.sun_family = AF_UNIX};
    pthread_t thread;
    assert_non_null(mkdtemp(directory));
    snprintf(at.sun_path, sizeof at.sun_path, "%s/redis", directory);
    redis->listening = socket(AF_UNIX, SOCK_STREAM, 0);
    assert_int_equal(bind(redis->listening, (struct sockaddr *)&at, sizeof at), 0);
    assert_int_equal(listen(redis->listening, 1), 0);
    assert_int_equal(pthread_create(&thread, NULL, play, redis), 0);
    struct arena *a = arena_new(65536);
    struct services s = {.queue = redis_open(at.sun_path), .holder = "here:1:1"};
    stream_tidy(&s, a);
    arena_free(a);
    redis_close(s.queue);
    pthread_join(thread, NULL);
    close(redis->listening);
    unlink(at.sun_path);
    rmdir(directory);
}

static void the_dead_leave(void **state)
{
    (void)state;
    struct played redis = {.consumers = "*5\r\n" CONSUMER("4", "gone", "0", "3600001") CONSUMER("4", "busy", "1", "9000000")
                               CONSUMER("4", "idle", "0", "3600000") CONSUMER("4", "here", "0", "12")
                                   CONSUMER("4", "lost", "0", "86400000")};
    tidy(&redis);
    assert_string_equal(redis.removed, "gone lost ");
}

static void nothing_is_guessed(void **state)
{
    (void)state;
    /* No idle time; a pending count that is no number. They are read past: the one after them is gone. */
    struct played redis = {.consumers =
                               "*3\r\n*4\r\n$4\r\nname\r\n$4\r\nhalf\r\n$7\r\npending\r\n:0\r\n"
                               "*6\r\n$4\r\nname\r\n$3\r\nodd\r\n$7\r\npending\r\n$1\r\n0\r\n$4\r\nidle\r\n:9000000\r\n" CONSUMER(
                                   "4", "gone", "0", "9000000")};
    tidy(&redis);
    assert_string_equal(redis.removed, "gone ");
    struct played none = {.consumers = "-ERR no such key\r\n"};
    tidy(&none);
    assert_string_equal(none.removed, "");
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(the_dead_leave), cmocka_unit_test(nothing_is_guessed)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
