/* LD_PRELOAD: while the file named by FULL exists, holding a directory in each line, whatever would make a file below one of them
 * larger fails as on a full disk (ENOSPC). What is there already can be read and written over. A line "statvfs" makes disks say that
 * nothing is left of them. */
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <unistd.h>

#define REAL(name) (*(void **)&real = dlsym(RTLD_NEXT, name))

/* System calls by number: nothing here may call what is intercepted. */
static long read_list(char list[4096])
{
    static const char *file;
    static int looked;
    if (!looked) {
        file = getenv("FULL");
        looked = 1;
    }
    int from = file ? (int)syscall(SYS_openat, AT_FDCWD, file, O_RDONLY) : -1;
    if (from < 0)
        return 0;
    long n = syscall(SYS_read, from, list, 4095);
    syscall(SYS_close, from);
    list[n > 0 ? n : 0] = '\0';
    return n;
}

static int below_full(int fd)
{
    char list[4096], link[64], path[4096];
    long n = read_list(list);
    if (n <= 0)
        return 0;
    snprintf(link, sizeof link, "/proc/self/fd/%d", fd);
    long length = syscall(SYS_readlinkat, AT_FDCWD, link, path, sizeof path - 1);
    if (length <= 0)
        return 0;
    path[length] = '\0';
    for (char *rest = list, *line; (line = strsep(&rest, "\n"));)
        if (*line && strncmp(path, line, strlen(line)) == 0)
            return 1;
    return 0;
}

static int too_far(int fd, off_t end)
{
    struct stat s;
    if (fstat(fd, &s) != 0 || !S_ISREG(s.st_mode) || end <= s.st_size || !below_full(fd))
        return 0;
    errno = ENOSPC;
    return 1;
}

static off_t here(int fd)
{
    struct stat s;
    int flags = fcntl(fd, F_GETFL);
    if (flags >= 0 && flags & O_APPEND && fstat(fd, &s) == 0)
        return s.st_size;
    return (off_t)syscall(SYS_lseek, fd, 0, SEEK_CUR);
}

ssize_t write(int fd, const void *p, size_t n)
{
    return too_far(fd, here(fd) + (off_t)n) ? -1 : syscall(SYS_write, fd, p, n);
}

ssize_t writev(int fd, const struct iovec *v, int n)
{
    off_t end = here(fd);
    for (int i = 0; i < n; i++)
        end += (off_t)v[i].iov_len;
    return too_far(fd, end) ? -1 : syscall(SYS_writev, fd, v, n);
}

ssize_t pwrite64(int fd, const void *p, size_t n, off64_t at);
ssize_t pwrite64(int fd, const void *p, size_t n, off64_t at)
{
    return too_far(fd, at + (off_t)n) ? -1 : syscall(SYS_pwrite64, fd, p, n, at);
}

ssize_t pwrite(int fd, const void *p, size_t n, off_t at)
{
    return pwrite64(fd, p, n, at);
}

int fallocate64(int fd, int mode, off64_t at, off64_t n);
int fallocate64(int fd, int mode, off64_t at, off64_t n)
{
    return too_far(fd, at + n) ? -1 : (int)syscall(SYS_fallocate, fd, mode, at, n);
}

int fallocate(int fd, int mode, off_t at, off_t n)
{
    return fallocate64(fd, mode, at, n);
}

int posix_fallocate64(int fd, off64_t at, off64_t n);
int posix_fallocate64(int fd, off64_t at, off64_t n)
{
    int (*real)(int, off64_t, off64_t) = NULL;
    REAL("posix_fallocate64");
    return too_far(fd, at + n) ? ENOSPC : real(fd, at, n);
}

int posix_fallocate(int fd, off_t at, off_t n)
{
    return posix_fallocate64(fd, at, n);
}

/* stdio writes by its own way. */
size_t fwrite(const void *p, size_t size, size_t n, FILE *f)
{
    size_t (*real)(const void *, size_t, size_t, FILE *) = NULL;
    REAL("fwrite");
    return too_far(fileno(f), here(fileno(f)) + (off_t)(size * n)) ? 0 : real(p, size, n, f);
}

int statvfs(const char *path, struct statvfs *out)
{
    int (*real)(const char *, struct statvfs *) = NULL;
    char list[4096];
    REAL("statvfs");
    int status = real(path, out);
    if (status == 0 && read_list(list) > 0 && strstr(list, "statvfs"))
        out->f_bavail = out->f_bfree = 0;
    return status;
}
