/* LD_PRELOAD for tongchou-api: once the file named by DIE_AFTER_COMMIT exists, the next process to commit removes it and
 * dies at once: what it did is stored and its client never hears of it. */
#include <dlfcn.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

int mysql_real_query(void *mysql, const char *query, unsigned long length);

int mysql_real_query(void *mysql, const char *query, unsigned long length)
{
    int (*real)(void *, const char *, unsigned long) = NULL;
    *(void **)&real = dlsym(RTLD_NEXT, "mysql_real_query");
    int status = real(mysql, query, length);
    const char *fuse = getenv("DIE_AFTER_COMMIT");
    if (status == 0 && fuse && length == 6 && memcmp(query, "COMMIT", 6) == 0 && unlink(fuse) == 0)
        kill(getpid(), SIGKILL);
    return status;
}
