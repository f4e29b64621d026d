/* nmap XML: no crash, and complete hosts are counted once. */
#include <stdlib.h>

#include "discovery/nmap.h"

static bool count(void *ctx, const struct nmap_host *h)
{
    (void)h;
    ++*(size_t *)ctx;
    return true;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct arena *a = arena_new(256 << 20);
    size_t hosts = 0;
    struct nmap *n = nmap_new(a, count, &hosts);
    struct nmap_summary sum;
    size_t half = size / 2;
    if (nmap_feed(n, (const char *)data, half))
        (void)nmap_feed(n, (const char *)data + half, size - half);
    (void)nmap_finish(n, &sum);
    if (sum.hosts != hosts)
        abort();
    arena_free(a);
    return 0;
}
