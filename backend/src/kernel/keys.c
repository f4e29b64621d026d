/* The files under STATE/keys. */
#include <errno.h>
#include <fcntl.h>
#include <openssl/crypto.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#include "kernel/crypto_internal.h"

enum { SECRET_BYTES = 48, SINGLE_BYTES = 32, KEY_FILE_MAX = 16 * 1024 };

static struct error *refuse(struct arena *a, const char *path, const char *why)
{
    return error_field(a, ERR_INTERNAL, path, "key_file", "%s", why);
}

static const char *join(struct arena *a, const char *dir, const char *name)
{
    return arena_printf(a, "%s/%s", dir, name);
}

/* ---- files ---- */
static const char *trusted(int fd, size_t max, size_t *n)
{
    struct stat st;
    if (fstat(fd, &st))
        return strerror(errno);
    if (!S_ISREG(st.st_mode))
        return "is not a regular file";
    if (st.st_mode & 077)
        return "must not be open to group or others (chmod 600)";
    if (st.st_uid != geteuid() && st.st_uid != 0)
        return "belongs to another user";
    if (st.st_size < 1 || (size_t)st.st_size > max)
        return "is empty or too large";
    *n = (size_t)st.st_size;
    return NULL;
}

struct error *key_file_read(struct arena *a, const char *path, size_t max, struct str *out)
{
    int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
    if (fd < 0)
        return refuse(a, path, errno == ENOENT ? "is missing" : strerror(errno));
    size_t n = 0, got = 0;
    const char *why = trusted(fd, max, &n);
    char *text = arena_alloc(a, n + 1);
    while (!why && got < n) {
        ssize_t r = read(fd, text + got, n - got);
        if (r <= 0 && !(r < 0 && errno == EINTR))
            why = "cannot be read whole";
        got += r > 0 ? (size_t)r : 0;
    }
    close(fd);
    if (why)
        return refuse(a, path, why);
    text[n] = '\0';
    *out = (struct str){text, n};
    return NULL;
}

static bool write_all(int fd, struct str text)
{
    while (text.n) {
        ssize_t w = write(fd, text.p, text.n);
        if (w < 0 && errno != EINTR)
            return false;
        text.p += w > 0 ? w : 0;
        text.n -= w > 0 ? (size_t)w : 0;
    }
    return fsync(fd) == 0;
}

static bool sync_dir(const char *dir)
{
    int fd = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    bool good = fd >= 0 && fsync(fd) == 0;
    if (fd >= 0)
        close(fd);
    return good;
}

struct error *key_file_write(struct arena *a, const char *dir, const char *name, struct str text)
{
    const char *path = join(a, dir, name), *beside = arena_printf(a, "%s/.%s.%d", dir, name, (int)getpid());
    unlink(beside); /* left by an earlier process of this number */
    int fd = open(beside, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0600);
    if (fd < 0)
        return refuse(a, beside, strerror(errno));
    bool good = write_all(fd, text);
    good = close(fd) == 0 && good;
    if (!good || rename(beside, path) || !sync_dir(dir)) {
        struct error *e = refuse(a, path, strerror(errno));
        unlink(beside);
        return e;
    }
    return NULL;
}

/* ---- symmetric keys: lines of "id hex" ---- */
struct key_line {
    unsigned char id;
    unsigned char bytes[SECRET_BYTES];
};

static struct error *read_lines(struct arena *a, const char *path, size_t size, struct key_line *out, size_t max, size_t *n)
{
    struct str rest;
    TRY(key_file_read(a, path, KEY_FILE_MAX, &rest));
    for (*n = 0; rest.n; ++*n) {
        struct str hex = str_cut(&rest, '\n'), id = str_cut(&hex, ' ');
        uint64_t number;
        if (*n == max)
            return refuse(a, path, "holds too many keys");
        struct key_line *k = &out[*n];
        if (!str_u64(id, &number) || number < 1 || number > 255 || !hex_decode(str_trim(hex), k->bytes, size))
            return refuse(a, path, "a line is short or not `id hex`");
        for (size_t i = 0; i < *n; i++)
            if (out[i].id == number)
                return refuse(a, path, "two keys have the same number");
        k->id = (unsigned char)number;
    }
    return *n ? NULL : refuse(a, path, "holds no key");
}

static void new_line(struct buf *b, unsigned id, size_t size)
{
    unsigned char bytes[SECRET_BYTES];
    char hex[2 * SECRET_BYTES + 1];
    random_bytes(bytes, size);
    hex_encode(bytes, size, hex);
    buf_printf(b, "%u %s\n", id, hex);
    OPENSSL_cleanse(bytes, sizeof bytes);
    OPENSSL_cleanse(hex, sizeof hex);
}

static struct error *load_secret(struct arena *a, const char *path, struct keys *out)
{
    struct key_line lines[SECRET_KEYS_MAX];
    TRY(read_lines(a, path, SECRET_BYTES, lines, SECRET_KEYS_MAX, &out->secret_count));
    for (size_t i = 0; i < out->secret_count; i++) {
        struct secret_key *k = &out->secret[i];
        k->id = lines[i].id;
        memcpy(k->sm4, lines[i].bytes, sizeof k->sm4);
        mac_key_new(a, lines[i].bytes + sizeof k->sm4, SECRET_BYTES - sizeof k->sm4, &k->mac);
    }
    OPENSSL_cleanse(lines, sizeof lines);
    return NULL;
}

/* One key file serves several purposes: each has a key derived from it under its own name. */
static void derive(struct arena *a, const unsigned char master[SINGLE_BYTES], const char *purpose, struct mac_key *out)
{
    struct mac_key root;
    unsigned char key[DIGEST_BYTES];
    mac_key_new(a, master, SINGLE_BYTES, &root);
    hmac_sm3(&root, purpose, strlen(purpose), key);
    mac_key_new(a, key, sizeof key, out);
    OPENSSL_cleanse(key, sizeof key);
}

static struct error *load_single(struct arena *a, const char *path, unsigned char out[SINGLE_BYTES])
{
    struct key_line line;
    size_t n;
    TRY(read_lines(a, path, SINGLE_BYTES, &line, 1, &n));
    memcpy(out, line.bytes, SINGLE_BYTES);
    OPENSSL_cleanse(&line, sizeof line);
    return NULL;
}

static struct error *load_pair(struct arena *a, const char *path, const char **private_pem, const char **public_pem)
{
    struct str text;
    char *public_half;
    TRY(key_file_read(a, path, KEY_FILE_MAX, &text));
    struct error *e = public_pem_of(a, text.p, &public_half);
    if (e)
        return refuse(a, path, "holds no private key");
    *private_pem = text.p;
    *public_pem = public_half;
    return NULL;
}

struct error *keys_load(struct arena *a, const char *dir, struct keys *out)
{
    unsigned char key[SINGLE_BYTES];
    memset(out, 0, sizeof *out);
    TRY(load_secret(a, join(a, dir, "secret.key"), out));
    TRY(load_single(a, join(a, dir, "index.key"), key));
    derive(a, key, "blind index", &out->index);
    derive(a, key, "cache", &out->cache_mac);
    derive(a, key, "grant", &out->grant);
    derive(a, key, "hosts", &out->hosts);
    TRY(load_single(a, join(a, dir, "audit.key"), key));
    mac_key_new(a, key, sizeof key, &out->audit);
    OPENSSL_cleanse(key, sizeof key);
    TRY(load_pair(a, join(a, dir, "audit-sm2.pem"), &out->audit_sm2_pem, &out->audit_sm2_public_pem));
    TRY(load_pair(a, join(a, dir, "jwt-es256.pem"), &out->jwt_es256_pem, &out->jwt_es256_public_pem));
    out->run_dir = join(a, dir, "../run");
    return NULL;
}

/* ---- making them ---- */
static bool absent(const char *path)
{
    struct stat st;
    return lstat(path, &st) != 0 && errno == ENOENT;
}

static struct error *init_lines(struct arena *a, const char *dir, const char *name, size_t size)
{
    if (!absent(join(a, dir, name)))
        return NULL;
    struct buf b = buf_new(a, 256, 256);
    new_line(&b, 1, size);
    return key_file_write(a, dir, name, buf_done(&b));
}

static struct error *init_pair(struct arena *a, const char *dir, const char *name,
                               struct error *(*generate)(struct arena *, char **))
{
    char *pem;
    if (!absent(join(a, dir, name)))
        return NULL;
    TRY(generate(a, &pem));
    return key_file_write(a, dir, name, str_of(pem));
}

struct error *keys_init(struct arena *a, const char *dir)
{
    if (mkdir(dir, 0700) && errno != EEXIST)
        return refuse(a, dir, strerror(errno));
    TRY(init_lines(a, dir, "secret.key", SECRET_BYTES));
    TRY(init_lines(a, dir, "index.key", SINGLE_BYTES));
    TRY(init_lines(a, dir, "audit.key", SINGLE_BYTES));
    TRY(init_pair(a, dir, "audit-sm2.pem", sm2_generate));
    return init_pair(a, dir, "jwt-es256.pem", p256_generate);
}

struct error *keys_rotate_secret(struct arena *a, const char *dir)
{
    struct key_line lines[SECRET_KEYS_MAX];
    const char *path = join(a, dir, "secret.key");
    struct str text;
    size_t n;
    unsigned highest = 0;
    TRY(read_lines(a, path, SECRET_BYTES, lines, SECRET_KEYS_MAX, &n));
    for (size_t i = 0; i < n; i++)
        highest = lines[i].id > highest ? lines[i].id : highest;
    OPENSSL_cleanse(lines, sizeof lines);
    if (n == SECRET_KEYS_MAX || highest == 255)
        return refuse(a, path, "holds too many keys; remove those that seal nothing any more");
    TRY(key_file_read(a, path, KEY_FILE_MAX, &text));
    struct buf b = buf_new(a, 1024, KEY_FILE_MAX);
    buf_str(&b, text);
    if (text.p[text.n - 1] != '\n')
        buf_c(&b, '\n');
    new_line(&b, highest + 1, SECRET_BYTES);
    return key_file_write(a, dir, "secret.key", buf_done(&b));
}
