/* Any bytes as a file: kind, text encodings, .csv, compound files and zip directories. */
#include <stdio.h>
#include <sys/mman.h>
#include <unistd.h>

#include "sheet/sheet.h"

int LLVMFuzzerTestOneInput(const unsigned char *data, size_t n);
int LLVMFuzzerTestOneInput(const unsigned char *data, size_t n)
{
    char path[64];
    struct sheet_limits limits = sheet_limits_default();
    struct arena *a = arena_new(64u << 20);
    struct sheet *s;
    struct sheet_row row;
    int fd = memfd_create("fuzz", MFD_CLOEXEC);
    limits.columns = 32;
    limits.row_bytes = 4096;
    limits.cell_bytes = 1024;
    if (fd >= 0 && write(fd, data, n) == (ssize_t)n) {
        snprintf(path, sizeof path, "/proc/self/fd/%d", fd);
        struct error *err = sheet_open(a, path, &limits, &s);
        while (!err && !(err = sheet_next(s, &row)) && row.no)
            for (size_t i = 0; i < row.n; i++)
                if (row.n > limits.columns || !str_utf8(row.cells[i], NULL))
                    __builtin_trap();
    }
    close(fd);
    arena_free(a);
    return 0;
}
