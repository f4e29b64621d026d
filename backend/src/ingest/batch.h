/* Accepted lines on their way to the partitions. Pure: no SQL, no clock.
 *
 * A batch is what one row of event_batches holds: at most BATCH_BYTES of lines, so that its zstd frame never passes 1 MiB
 * whatever the lines are. Lines are ordered by partition, in the order of arrival inside each; a part is a run of at most
 * PART_LINES lines of one partition, the unit that a worker takes at once.
 * Ownership: everything lives in the arena given; a batch's body is the caller's lines compressed, nothing is kept. */
#ifndef INGEST_BATCH_H
#define INGEST_BATCH_H

#include <stdbool.h>
#include <stdint.h>

#include "kernel/str.h"

/* PARTITIONS is fixed for an installation: the rows of event_parts and the streams are numbered by it. */
enum { PARTITIONS = 16, BATCH_BYTES = 1000 * 1000, BATCH_LINES = 4000, PART_LINES = 128 };

struct batch_line {
    struct str text; /* without its newline, which it has none inside either; at most FORMAT_LINE_MAX bytes */
    unsigned part;   /* 0 .. PARTITIONS - 1 */
};
struct batch_part {
    unsigned part;
    uint32_t first, count; /* lines of the batch, from 0 */
};
struct batch {
    struct str body;
    uint32_t lines, bytes;
    struct batch_part *parts;
    size_t part_count;
};

/* How many of the n > 0 lines make the next batch: at least one. */
size_t batch_fill(const struct batch_line *lines, size_t n);
void batch_pack(struct arena *a, const struct batch_line *lines, size_t n, struct batch *out);
/* The lines of a body, by number; false when it is not a body of so many lines and bytes. */
bool batch_open(struct arena *a, struct str body, uint32_t lines, uint32_t bytes, struct str **out);

#endif
