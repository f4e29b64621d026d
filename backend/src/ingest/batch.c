#include "ingest/batch.h"

#include <stdlib.h>
#include <zstd.h>

enum { LEVEL = 1 };

size_t batch_fill(const struct batch_line *lines, size_t n)
{
    size_t bytes = 0, i = 0;
    while (i < n && i < BATCH_LINES && (i == 0 || bytes + lines[i].text.n + 1 <= BATCH_BYTES))
        bytes += lines[i++].text.n + 1;
    return i;
}

static struct batch_part *cut_parts(struct arena *a, const uint32_t from[PARTITIONS + 1], size_t *n)
{
    struct batch_part *parts = arena_array(a, from[PARTITIONS] / PART_LINES + PARTITIONS, sizeof *parts);
    *n = 0;
    for (unsigned p = 0; p < PARTITIONS; p++)
        for (uint32_t at = from[p]; at < from[p + 1]; at += PART_LINES) {
            uint32_t left = from[p + 1] - at;
            parts[(*n)++] = (struct batch_part){p, at, left < PART_LINES ? left : PART_LINES};
        }
    return parts;
}

static ZSTD_CCtx *compressor(void)
{
    static ZSTD_CCtx *kept; /* its tables are large: one for the process */
    if (!kept && !(kept = ZSTD_createCCtx()))
        abort();
    return kept;
}

static ZSTD_DCtx *decompressor(void)
{
    static ZSTD_DCtx *kept;
    if (!kept && !(kept = ZSTD_createDCtx()))
        abort();
    return kept;
}

void batch_pack(struct arena *a, const struct batch_line *lines, size_t n, struct batch *out)
{
    uint32_t from[PARTITIONS + 1] = {0}, next[PARTITIONS];
    size_t bytes = 0;
    for (size_t i = 0; i < n; i++) {
        from[lines[i].part + 1]++;
        bytes += lines[i].text.n + 1;
    }
    for (unsigned p = 0; p < PARTITIONS; p++) {
        next[p] = from[p];
        from[p + 1] += from[p];
    }
    uint32_t *order = arena_array(a, n, sizeof *order);
    for (size_t i = 0; i < n; i++)
        order[next[lines[i].part]++] = (uint32_t)i;
    char *plain = arena_alloc(a, bytes), *p = plain;
    for (size_t i = 0; i < n; i++) {
        struct str text = lines[order[i]].text;
        memcpy(p, text.p, text.n);
        p[text.n] = '\n';
        p += text.n + 1;
    }
    size_t room = ZSTD_compressBound(bytes);
    char *body = arena_alloc(a, room);
    size_t size = ZSTD_compressCCtx(compressor(), body, room, plain, bytes, LEVEL);
    if (ZSTD_isError(size))
        abort(); /* the room is the bound, so only memory can have run out */
    *out = (struct batch){.body = {body, size}, .lines = (uint32_t)n, .bytes = (uint32_t)bytes};
    out->parts = cut_parts(a, from, &out->part_count);
}

bool batch_open(struct arena *a, struct str body, uint32_t lines, uint32_t bytes, struct str **out)
{
    if (bytes > BATCH_BYTES + (1u << 20) || lines > BATCH_LINES)
        return false;
    char *plain = arena_alloc(a, bytes + 1);
    if (ZSTD_decompressDCtx(decompressor(), plain, bytes, body.p, body.n) != bytes)
        return false;
    struct str rest = {plain, bytes};
    *out = arena_array(a, lines + 1, sizeof **out);
    for (uint32_t i = 0; i < lines; i++)
        (*out)[i] = str_cut(&rest, '\n');
    return rest.n == 0;
}
