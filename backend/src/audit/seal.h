/* Seals, pure: every 10 s the heads of all segments that grew become the leaves of a Merkle tree; its root, linked to
 * the seal before, is signed and kept in audit_seals and, outside the database, in STATE/audit/seals.log.
 * Heads are text, one line "SEGMENT N MAC\n" per segment, MAC in hexadecimal, sorted by segment. */
#ifndef AUDIT_SEAL_H
#define AUDIT_SEAL_H

#include "kernel/crypto.h"
#include "kernel/id.h"

struct audit_head {
    char segment[ID_LEN + 1];
    uint32_t n; /* of the segment's last row */
    unsigned char mac[DIGEST_BYTES];
};

struct seal {
    uint64_t seq;                                              /* from 1, without gaps */
    char at[27];                                               /* UTC, as stored */
    unsigned char root[DIGEST_BYTES], prev_root[DIGEST_BYTES]; /* prev_root of the first: zeros */
    struct str heads, signature;
};

void head_put(struct buf *b, const struct audit_head *h);
/* Takes the next line off *rest; false when it is not a head. */
bool head_take(struct str *rest, struct audit_head *out);

/* The tree of RFC 6962 over the lines of heads; false when there is none or they have no even shape. */
bool seal_tree(struct arena *a, struct str heads, unsigned char out[DIGEST_BYTES]);
/* SM3 over number, time, the root before and the tree: what is signed. */
bool seal_root(struct arena *a, const struct seal *s, unsigned char out[DIGEST_BYTES]);

/* One line of seals.log: "SEQ AT ROOT SIGNATURE\n". */
void seal_line_put(struct buf *b, const struct seal *s);
bool seal_line_read(struct str line, uint64_t *seq, unsigned char root[DIGEST_BYTES]);

#endif
