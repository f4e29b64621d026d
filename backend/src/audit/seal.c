#include "audit/seal.h"

static void put_hex(struct buf *b, const void *p, size_t n)
{
    char *to = buf_room(b, 2 * n + 1);
    if (!to)
        return;
    hex_encode(p, n, to);
    buf_used(b, 2 * n);
}

void head_put(struct buf *b, const struct audit_head *h)
{
    buf_put(b, h->segment, ID_LEN);
    buf_c(b, ' ');
    buf_u64(b, h->n);
    buf_c(b, ' ');
    put_hex(b, h->mac, DIGEST_BYTES);
    buf_c(b, '\n');
}

bool head_take(struct str *rest, struct audit_head *out)
{
    struct str mac = str_cut(rest, '\n');
    struct str segment = str_cut(&mac, ' '), n = str_cut(&mac, ' ');
    uint64_t number;
    if (!id_valid(segment) || !str_u64(n, &number) || number > UINT32_MAX || !hex_decode(mac, out->mac, DIGEST_BYTES))
        return false;
    memcpy(out->segment, segment.p, ID_LEN);
    out->segment[ID_LEN] = '\0';
    out->n = (uint32_t)number;
    return true;
}

/* Leaves and nodes begin with different bytes, so that a node cannot pass for a leaf. */
static void leaf(struct str line, unsigned char out[DIGEST_BYTES])
{
    struct digest d;
    digest_begin(&d, DIGEST_SM3);
    digest_add(&d, "\0", 1);
    digest_add(&d, line.p, line.n);
    digest_end(&d, out);
}

static void node(const unsigned char *two, unsigned char out[DIGEST_BYTES])
{
    unsigned char text[1 + 2 * DIGEST_BYTES] = {1};
    memcpy(text + 1, two, 2 * DIGEST_BYTES);
    sm3(text, sizeof text, out);
}

static size_t lines_of(struct str s)
{
    size_t n = 0;
    for (size_t i = 0; i < s.n; i++)
        n += s.p[i] == '\n';
    return n;
}

bool seal_tree(struct arena *a, struct str heads, unsigned char out[DIGEST_BYTES])
{
    size_t count = lines_of(heads);
    if (!count || heads.p[heads.n - 1] != '\n')
        return false;
    unsigned char *level = arena_array(a, count, DIGEST_BYTES);
    for (size_t i = 0; i < count; i++)
        leaf(str_cut(&heads, '\n'), level + i * DIGEST_BYTES);
    /* Level by level; an odd one at the end rises as it is, which is the tree of RFC 6962. */
    for (; count > 1; count = (count + 1) / 2) {
        for (size_t i = 0; i < count / 2; i++)
            node(level + 2 * i * DIGEST_BYTES, level + i * DIGEST_BYTES);
        if (count % 2)
            memcpy(level + count / 2 * DIGEST_BYTES, level + (count - 1) * DIGEST_BYTES, DIGEST_BYTES);
    }
    memcpy(out, level, DIGEST_BYTES);
    return true;
}

bool seal_root(struct arena *a, const struct seal *s, unsigned char out[DIGEST_BYTES])
{
    unsigned char tree[DIGEST_BYTES];
    if (!seal_tree(a, s->heads, tree))
        return false;
    struct buf b = buf_new(a, 256, 256);
    buf_printf(&b, "audit seal 1 %llu %.26s ", (unsigned long long)s->seq, s->at);
    buf_put(&b, (const char *)s->prev_root, DIGEST_BYTES);
    buf_put(&b, (const char *)tree, DIGEST_BYTES);
    sm3(b.p, b.n, out);
    return true;
}

void seal_line_put(struct buf *b, const struct seal *s)
{
    buf_u64(b, s->seq);
    buf_c(b, ' ');
    buf_put(b, s->at, 10); /* without a space inside the time */
    buf_c(b, 'T');
    buf_put(b, s->at + 11, 15);
    buf_lit(b, "Z ");
    put_hex(b, s->root, DIGEST_BYTES);
    buf_c(b, ' ');
    put_hex(b, s->signature.p, s->signature.n);
    buf_c(b, '\n');
}

bool seal_line_read(struct str line, uint64_t *seq, unsigned char root[DIGEST_BYTES])
{
    struct str rest = line;
    struct str number = str_cut(&rest, ' '), at = str_cut(&rest, ' '), hex = str_cut(&rest, ' ');
    return str_u64(number, seq) && *seq && at.n == 27 && hex_decode(hex, root, DIGEST_BYTES) && rest.n;
}
