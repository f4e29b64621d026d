#include "http/multipart.h"

#include <errno.h>
#include <fcntl.h>
#include <openssl/evp.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

enum { BOUNDARY_MAX = 70, HEADER_MAX = 8192, TEXT_MAX = 8192, TEXT_PARTS = 32, WINDOW = 65536, NAME_MAX_BYTES = 255 };

/* ---- one upload being written ---- */
struct sink {
    struct request *r;
    int fd;
    EVP_MD_CTX *md;
    struct upload *up;
};

static void drop_file(void *path)
{
    unlink(path);
}

static void drop_md(void *md)
{
    EVP_MD_CTX_free(md);
}

static struct error *sink_open(struct sink *s, struct request *r, const char *tmp_dir, struct upload *up)
{
    char *path = arena_printf(r->arena, "%s/upload-XXXXXX", tmp_dir);
    *s = (struct sink){.r = r, .up = up, .fd = mkostemp(path, O_CLOEXEC)};
    if (s->fd < 0)
        return error_write(r->arena, "the upload could not be stored");
    arena_cleanup(r->arena, drop_file, path);
    up->path = path;
    s->md = EVP_MD_CTX_new();
    if (!s->md || EVP_DigestInit_ex(s->md, EVP_sha256(), NULL) != 1)
        abort();
    arena_cleanup(r->arena, drop_md, s->md);
    return NULL;
}

static struct error *sink_put(struct sink *s, const char *p, size_t n)
{
    EVP_DigestUpdate(s->md, p, n);
    s->up->bytes += n;
    while (n) {
        ssize_t w = write(s->fd, p, n);
        if (w < 0 && errno == EINTR)
            continue;
        if (w <= 0) {
            struct error *e = error_write(s->r->arena, "no room to store the upload");
            close(s->fd);
            s->fd = -1;
            return e;
        }
        p += w;
        n -= (size_t)w;
    }
    return NULL;
}

static void sink_close(struct sink *s)
{
    EVP_DigestFinal_ex(s->md, s->up->sha256, NULL);
    if (s->fd >= 0)
        close(s->fd);
    s->fd = -1;
}

struct error *upload_raw(struct request *r, const char *tmp_dir, body_reader read, void *from)
{
    struct upload *up = &r->uploads[r->upload_count++];
    *up = (struct upload){.field = "", .name = "body", .type = str_dup(r->arena, r->content_type)};
    struct sink s;
    TRY(sink_open(&s, r, tmp_dir, up));
    char *chunk = arena_alloc(r->arena, WINDOW);
    int n;
    while ((n = read(from, chunk, WINDOW)) > 0)
        TRY(sink_put(&s, chunk, (size_t)n));
    sink_close(&s);
    return n < 0 ? error_field(r->arena, ERR_MALFORMED, "body", "length", "the body ended early") : NULL;
}

/* ---- the stream of parts ---- */
struct parts {
    struct request *r;
    body_reader read;
    void *from;
    char *window; /* WINDOW + room for a delimiter */
    size_t have, at;
    bool ended;
    char delimiter[BOUNDARY_MAX + 5]; /* CRLF -- boundary */
    size_t delimiter_n;
    size_t texts;
};

static struct error *bad(struct parts *p, const char *why)
{
    return error_field(p->r->arena, ERR_MALFORMED, "body", "multipart", "%s", why);
}

static struct error *fill(struct parts *p)
{
    if (p->at) {
        memmove(p->window, p->window + p->at, p->have - p->at);
        p->have -= p->at;
        p->at = 0;
    }
    while (!p->ended && p->have < WINDOW) {
        int n = p->read(p->from, p->window + p->have, (int)(WINDOW - p->have));
        if (n < 0)
            return bad(p, "the body ended early");
        if (n == 0)
            p->ended = true;
        p->have += (size_t)n;
    }
    return NULL;
}

static const char *find_bytes(const struct parts *p, const char *what, size_t n)
{
    return memmem(p->window + p->at, p->have - p->at, what, n);
}

/* One parameter's value, quoted or a token; *rest is left behind it. Only \" and \\ are quoted-pairs: browsers send the
 * backslashes of a Windows path as they are. */
static struct str param_value(struct str *rest, char *out)
{
    size_t n = 0, i = 0;
    if (rest->n && rest->p[0] == '"') {
        for (i = 1; i < rest->n && rest->p[i] != '"'; i++) {
            if (rest->p[i] == '\\' && i + 1 < rest->n && (rest->p[i + 1] == '"' || rest->p[i + 1] == '\\'))
                i++;
            out[n++] = rest->p[i];
        }
        i += i < rest->n;
    } else {
        for (; i < rest->n && rest->p[i] != ';'; i++)
            out[n++] = rest->p[i];
    }
    rest->p += i;
    rest->n -= i;
    str_cut(rest, ';');
    return (struct str){out, n};
}

/* A parameter of a header value, NULL when it is absent. */
static char *header_param(struct arena *a, struct str value, const char *name)
{
    struct str rest = value;
    char *scratch = arena_alloc(a, value.n + 1);
    str_cut(&rest, ';');
    while (rest.n) {
        rest = str_trim(rest);
        struct str key = str_trim(str_cut(&rest, '='));
        struct str found = param_value(&rest, scratch);
        if (str_ieq(key, str_of(name)))
            return str_dup(a, found);
    }
    return NULL;
}

struct part {
    const char *name, *file_name, *type;
};

static struct error *read_part_header(struct parts *p, struct part *out)
{
    TRY(fill(p));
    const char *end = find_bytes(p, "\r\n\r\n", 4);
    if (!end || end - (p->window + p->at) > HEADER_MAX)
        return bad(p, "the header of a part is broken or longer than 8 KiB");
    *out = (struct part){.type = "application/octet-stream"};
    struct str rest = {p->window + p->at, (size_t)(end - (p->window + p->at))};
    rest = str_of(str_dup(p->r->arena, rest));
    p->at = (size_t)(end - p->window) + 4;
    while (rest.n) {
        struct str line = str_trim(str_cut(&rest, '\n'));
        struct str name = str_cut(&line, ':');
        if (str_ieq(name, STR("content-disposition"))) {
            out->name = header_param(p->r->arena, line, "name");
            out->file_name = header_param(p->r->arena, line, "filename");
        } else if (str_ieq(name, STR("content-type"))) {
            out->type = str_dup(p->r->arena, str_trim(line));
        }
    }
    if (!out->name || !str_utf8(str_of(out->name), NULL) || strlen(out->name) > 64)
        return bad(p, "a part has no proper name");
    return NULL;
}

/* Hands the content of the part to take() until the delimiter. */
static struct error *read_part_body(struct parts *p, struct error *(*take)(void *, const char *, size_t), void *to)
{
    for (;;) {
        TRY(fill(p));
        const char *hit = find_bytes(p, p->delimiter, p->delimiter_n);
        if (hit) {
            TRY(take(to, p->window + p->at, (size_t)(hit - (p->window + p->at))));
            p->at = (size_t)(hit - p->window) + p->delimiter_n;
            return NULL;
        }
        if (p->ended)
            return bad(p, "the last boundary is missing");
        size_t safe = p->have - p->at - (p->delimiter_n - 1);
        TRY(take(to, p->window + p->at, safe));
        p->at += safe;
    }
}

static struct error *take_file(void *to, const char *p, size_t n)
{
    return sink_put(to, p, n);
}

static struct error *take_text(void *to, const char *p, size_t n)
{
    buf_put(to, p, n);
    return NULL;
}

const char *upload_name(struct arena *a, const char *name)
{
    const char *slash = strrchr(name, '/'), *back = strrchr(name, '\\');
    const char *from = slash > back ? slash : back;
    from = from ? from + 1 : name;
    char *out = arena_strdup(a, from);
    size_t n = 0;
    for (const char *c = from; *c && n < NAME_MAX_BYTES; c++)
        if ((unsigned char)*c >= 0x20 && *c != 0x7f)
            out[n++] = *c;
    while (n && (out[n - 1] & 0xC0) == 0x80 && !str_utf8((struct str){out, n}, NULL))
        n--;
    out[n] = '\0';
    return n && str_utf8((struct str){out, n}, NULL) ? out : "file";
}

static struct error *file_part(struct parts *p, const struct part *part, const char *tmp_dir)
{
    struct request *r = p->r;
    if (r->upload_count == REQUEST_MAX_UPLOADS)
        return error_field(r->arena, ERR_TOO_LARGE, "file", "max_items", "more than %d files in one request", REQUEST_MAX_UPLOADS);
    struct upload *up = &r->uploads[r->upload_count++];
    *up = (struct upload){.field = part->name, .name = upload_name(r->arena, part->file_name), .type = part->type};
    struct sink s;
    TRY(sink_open(&s, r, tmp_dir, up));
    struct error *e = read_part_body(p, take_file, &s);
    sink_close(&s);
    return e;
}

static struct error *text_part(struct parts *p, const struct part *part)
{
    struct request *r = p->r;
    if (++p->texts > TEXT_PARTS)
        return error_field(r->arena, ERR_TOO_LARGE, "body", "max_items", "more than %d fields in one form", TEXT_PARTS);
    struct buf b = buf_new(r->arena, 256, TEXT_MAX);
    TRY(read_part_body(p, take_text, &b));
    struct str text = buf_done(&b);
    if (b.full)
        return error_field(r->arena, ERR_TOO_LARGE, part->name, "max_length", "a form field holds at most %d bytes", TEXT_MAX);
    if (!str_utf8(text, NULL) || memchr(text.p, 0, text.n))
        return error_field(r->arena, ERR_MALFORMED, part->name, "encoding", "the field is not UTF-8 text");
    if (json_object_get(r->json, part->name))
        return error_field(r->arena, ERR_DUPLICATE_KEY, part->name, "duplicate", "the field is given twice");
    json_object_set_new(r->json, part->name, json_stringn(text.p, text.n));
    return NULL;
}

static void drop_json_ref(void *p)
{
    json_decref(p);
}

static struct error *begin(struct parts *p, const char *boundary)
{
    size_t n = boundary ? strlen(boundary) : 0;
    if (!n || n > BOUNDARY_MAX)
        return bad(p, "no boundary, or one longer than 70 bytes");
    p->delimiter_n = (size_t)snprintf(p->delimiter, sizeof p->delimiter, "\r\n--%s", boundary);
    p->window = arena_alloc(p->r->arena, WINDOW);
    /* The first delimiter has no CRLF before it: pretend that it has. */
    memcpy(p->window, "\r\n", 2);
    p->have = 2;
    TRY(fill(p));
    const char *hit = find_bytes(p, p->delimiter, p->delimiter_n);
    if (!hit)
        return bad(p, "the boundary does not occur");
    p->at = (size_t)(hit - p->window) + p->delimiter_n;
    return NULL;
}

struct error *multipart_read(struct request *r, const char *tmp_dir, body_reader read, void *from)
{
    struct parts p = {.r = r, .read = read, .from = from};
    r->json = json_object();
    arena_cleanup(r->arena, drop_json_ref, r->json);
    TRY(begin(&p, header_param(r->arena, r->content_type, "boundary")));
    for (;;) {
        TRY(fill(&p));
        if (p.have - p.at >= 2 && memcmp(p.window + p.at, "--", 2) == 0)
            return NULL;
        if (p.have - p.at < 2 || memcmp(p.window + p.at, "\r\n", 2) != 0)
            return bad(&p, "a boundary line is broken");
        p.at += 2;
        struct part part;
        TRY(read_part_header(&p, &part));
        TRY(part.file_name ? file_part(&p, &part, tmp_dir) : text_part(&p, &part));
    }
}
