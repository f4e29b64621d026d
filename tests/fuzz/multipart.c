/* "content type NL body" as the API reads it; the pieces come in sizes that the body decides. */
#include <stdlib.h>
#include <string.h>

#include "http/multipart.h"

struct source {
    const uint8_t *p;
    size_t left;
};

static int give(void *from, char *to, int n)
{
    struct source *s = from;
    size_t want = s->left ? 1 + s->p[0] * 97u % 4096 : 0;
    if (want > (size_t)n)
        want = (size_t)n;
    if (want > s->left)
        want = s->left;
    memcpy(to, s->p, want);
    s->p += want;
    s->left -= want;
    return (int)want;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct arena *a = arena_new(64 << 20);
    struct request *r = arena_zalloc(a, sizeof *r);
    struct str rest = {(const char *)data, size};
    r->arena = a;
    r->content_type = str_cut(&rest, '\n');
    struct source s = {(const uint8_t *)rest.p, rest.n};
    struct error *e = multipart_read(r, "/tmp", give, &s);
    for (size_t i = 0; !e && i < r->upload_count; i++)
        if (!str_utf8(str_of(r->uploads[i].name), NULL) || strchr(r->uploads[i].name, '/') || !r->uploads[i].name[0])
            abort();
    arena_free(a);
    return 0;
}
