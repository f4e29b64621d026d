/* What no record takes. */
#include <arpa/inet.h>
#include <stdio.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <sys/un.h>
#include <unistd.h>

#include "files/files.h"

enum { SCAN_CHUNK = 64 * 1024, SCAN_SECONDS = 30 };

/* Programs have no business in a feedback; whoever must send one packs it. Everything else leaves as an attachment. */
static bool is_program(const char *media_type)
{
    static const char *const programs[] = {"application/x-dosexec",    "application/vnd.microsoft.portable-executable",
                                           "application/x-executable", "application/x-pie-executable",
                                           "application/x-sharedlib",  "application/x-mach-binary",
                                           "application/x-msi",        "application/x-ms-shortcut"};
    for (size_t i = 0; i < sizeof programs / sizeof *programs; i++)
        if (strcmp(media_type, programs[i]) == 0)
            return true;
    return false;
}

/* ---- clamd: "zINSTREAM", then length and bytes of each chunk, an empty one ends; the answer ends in OK or FOUND ---- */
static int connect_to(const char *path)
{
    struct sockaddr_un to = {.sun_family = AF_UNIX};
    struct timeval wait = {.tv_sec = SCAN_SECONDS};
    int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    str_copy(to.sun_path, sizeof to.sun_path, str_of(path));
    if (fd < 0)
        return -1;
    setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &wait, sizeof wait);
    setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &wait, sizeof wait);
    if (connect(fd, (const struct sockaddr *)&to, sizeof to) == 0)
        return fd;
    close(fd);
    return -1;
}

static bool send_all(int fd, const void *p, size_t n)
{
    const char *at = p;
    while (n) {
        ssize_t sent = send(fd, at, n, MSG_NOSIGNAL);
        if (sent <= 0)
            return false;
        at += sent;
        n -= (size_t)sent;
    }
    return true;
}

static bool send_file(int fd, FILE *f, char *chunk)
{
    size_t n;
    while ((n = fread(chunk, 1, SCAN_CHUNK, f)) > 0) {
        uint32_t length = htonl((uint32_t)n);
        if (!send_all(fd, &length, sizeof length) || !send_all(fd, chunk, n))
            return false;
    }
    return !ferror(f) && send_all(fd, &(uint32_t){0}, sizeof(uint32_t));
}

/* The answer, ended by a zero; empty when there was none. */
static void read_answer(int fd, char *out, size_t size)
{
    size_t n = 0;
    ssize_t got;
    while (n + 1 < size && (got = recv(fd, out + n, size - 1 - n, 0)) > 0) {
        n += (size_t)got;
        if (memchr(out, 0, n))
            break;
    }
    out[n] = '\0';
}

static struct error *scan(struct services *s, struct arena *a, const char *path)
{
    char answer[512] = "";
    int fd = connect_to(s->config->clamd_socket);
    FILE *f = fopen(path, "rbe");
    if (fd >= 0 && f && send_all(fd, "zINSTREAM", 10) && send_file(fd, f, arena_alloc(a, SCAN_CHUNK)))
        read_answer(fd, answer, sizeof answer);
    if (f)
        fclose(f);
    if (fd >= 0)
        close(fd);
    if (str_ends(str_of(answer), STR(" FOUND")))
        return error_field(a, ERR_FILE_REFUSED, "file", "virus", "the virus scanner says %s", answer);
    if (str_ends(str_of(answer), STR(" OK")))
        return NULL;
    return error_new(a, ERR_UNAVAILABLE, "the virus scanner does not answer: no file is taken until it does");
}

struct error *files_admit(struct services *s, struct arena *a, const char *path, const char **media_type)
{
    *media_type = files_media_type(a, path);
    if (is_program(*media_type))
        return error_field(a, ERR_FILE_REFUSED, "file", "program", "a program (%s) is not taken", *media_type);
    return s->config->clamd_socket[0] ? scan(s, a, path) : NULL;
}
