/* LD_PRELOAD for tongchou-api: while the file named by FAIL_AT exists, holding "FUNCTION N", the N-th call of that function from then
 * on fails as it would fail by itself, once; then the file is gone. Only what a request does is counted: nothing else runs meanwhile. */
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#define REAL(name) (*(void **)&real = dlsym(RTLD_NEXT, name))

/* System calls by number: nothing here may call what is intercepted. */
static int fails(const char *function)
{
    static const char *file;
    static int looked;
    char text[64];
    if (!looked) {
        file = getenv("FAIL_AT");
        looked = 1;
    }
    if (!file)
        return 0;
    int fd = (int)syscall(SYS_openat, AT_FDCWD, file, O_RDWR);
    if (fd < 0)
        return 0;
    long n = syscall(SYS_read, fd, text, sizeof text - 1);
    int hit = 0;
    size_t name = strlen(function);
    if (n > (long)name && memcmp(text, function, name) == 0 && text[name] == ' ') {
        long left = 0;
        for (long i = (long)name + 1; i < n && text[i] >= '0' && text[i] <= '9'; i++)
            left = left * 10 + text[i] - '0';
        if (left <= 1) {
            hit = syscall(SYS_unlink, file) == 0;
        } else {
            char digits[16];
            int k = 16;
            for (left--; left; left /= 10)
                digits[--k] = (char)('0' + left % 10);
            syscall(SYS_pwrite64, fd, digits + k, (size_t)(16 - k), name + 1);
            syscall(SYS_ftruncate, fd, name + 1 + (size_t)(16 - k));
        }
    }
    syscall(SYS_close, fd);
    return hit;
}

int mysql_stmt_execute(void *statement);
int mysql_stmt_execute(void *statement)
{
    int (*real)(void *) = NULL;
    REAL("mysql_stmt_execute");
    return fails("mysql_stmt_execute") ? 1 : real(statement);
}

int mysql_real_query(void *mysql, const char *query, unsigned long length);
int mysql_real_query(void *mysql, const char *query, unsigned long length)
{
    int (*real)(void *, const char *, unsigned long) = NULL;
    REAL("mysql_real_query");
    return fails("mysql_real_query") ? 1 : real(mysql, query, length);
}

int redisGetReply(void *context, void **reply);
int redisGetReply(void *context, void **reply)
{
    int (*real)(void *, void **) = NULL;
    REAL("redisGetReply");
    return fails("redisGetReply") ? -1 : real(context, reply);
}

int open(const char *path, int flags, ...)
{
    va_list ap;
    va_start(ap, flags);
    int mode = flags & (O_CREAT | O_TMPFILE) ? va_arg(ap, int) : 0;
    va_end(ap);
    if (fails("open")) {
        errno = EMFILE;
        return -1;
    }
    return (int)syscall(SYS_openat, AT_FDCWD, path, flags, mode);
}

ssize_t write(int fd, const void *p, size_t n)
{
    if (fd > 2 && fails("write")) {
        errno = ENOSPC;
        return -1;
    }
    return syscall(SYS_write, fd, p, n);
}

int fsync(int fd)
{
    if (fails("fsync")) {
        errno = EIO;
        return -1;
    }
    return (int)syscall(SYS_fsync, fd);
}

extern void *__libc_malloc(size_t n);
void *malloc(size_t n)
{
    if (fails("malloc")) {
        errno = ENOMEM;
        return NULL;
    }
    return __libc_malloc(n);
}
