/* Bytes that lie on another host: fetched once over the internal interface, checked by their digest, and kept here from then on.
 * Hosts know each other by the configuration (host, file_peers) and by a key that all of them derive from the same master key. */
#include <curl/curl.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "files/files_store.h"
#include "kernel/clock.h"
#include "kernel/log.h"

struct error *file_copy_get(struct request *r);

enum { CONNECT_MS = 2000, SECONDS_MAX = 300, SLOW_BYTES = 1024, SLOW_SECONDS = 10, AGE_S = 60 };
static const curl_off_t BYTES_MAX = (curl_off_t)1 << 30;

/* ---- the sign of a host: HMAC-SM3 over "time.sha256", for a minute ---- */
static void sign(struct services *s, struct arena *a, struct str time, struct str sha256, char hex[65])
{
    unsigned char mac[DIGEST_BYTES];
    const char *text = arena_printf(a, STR_FMT "." STR_FMT, STR_ARG(time), STR_ARG(sha256));
    hmac_sm3(&s->keys->hosts, text, strlen(text), mac);
    hex_encode(mac, sizeof mac, hex);
}

static bool from_a_host(struct request *r, struct str sha256)
{
    char hex[65];
    int64_t at, now = clock_now_us() / 1000000;
    if (!str_i64(r->sign_time, &at) || at < now - AGE_S || at > now + AGE_S || r->signature.n != 64)
        return false;
    sign(r->services, r->arena, r->sign_time, sha256, hex);
    return bytes_equal(hex, r->signature.p, 64);
}

struct error *file_copy_get(struct request *r)
{
    struct str sha256 = param_str(r, "sha256");
    const char *hex = str_dup(r->arena, sha256);
    if (!from_a_host(r, sha256))
        return error_new(r->arena, ERR_UNAUTHENTICATED, "not signed by a host of this platform");
    if (access(files_path(r->services, r->arena, hex), R_OK) != 0)
        return error_new(r->arena, ERR_NOT_FOUND, "not on this host");
    return reply_file(r, hex, hex, "application/octet-stream");
}

/* ---- fetching ---- */
/* The next of "b=http://10.0.0.2:8081, c=https://..."; false at the end. */
static bool next_peer(struct str *rest, struct str *host, struct str *url)
{
    while (rest->n) {
        *url = str_trim(str_cut(rest, ','));
        *host = str_trim(str_cut(url, '='));
        *url = str_trim(*url);
        if (host->n && url->n)
            return true;
    }
    return false;
}

struct sink {
    FILE *f;
    curl_off_t bytes;
};

static size_t take(char *p, size_t size, size_t n, void *to)
{
    struct sink *s = to;
    s->bytes += (curl_off_t)(size * n);
    return s->bytes <= BYTES_MAX ? fwrite(p, size, n, s->f) : 0;
}

static CURLcode call(const char *url, struct curl_slist *headers, struct sink *to)
{
    CURL *c = curl_easy_init();
    if (!c)
        abort();
    curl_easy_setopt(c, CURLOPT_URL, url);
    curl_easy_setopt(c, CURLOPT_PROTOCOLS_STR, "http,https");
    curl_easy_setopt(c, CURLOPT_PROXY, "");
    curl_easy_setopt(c, CURLOPT_NOSIGNAL, 1L);
    curl_easy_setopt(c, CURLOPT_FAILONERROR, 1L);
    curl_easy_setopt(c, CURLOPT_HTTPHEADER, headers);
    curl_easy_setopt(c, CURLOPT_WRITEFUNCTION, take);
    curl_easy_setopt(c, CURLOPT_WRITEDATA, to);
    curl_easy_setopt(c, CURLOPT_CONNECTTIMEOUT_MS, (long)CONNECT_MS);
    curl_easy_setopt(c, CURLOPT_LOW_SPEED_LIMIT, (long)SLOW_BYTES);
    curl_easy_setopt(c, CURLOPT_LOW_SPEED_TIME, (long)SLOW_SECONDS);
    curl_easy_setopt(c, CURLOPT_TIMEOUT, (long)SECONDS_MAX);
    CURLcode code = curl_easy_perform(c);
    curl_easy_cleanup(c);
    return code;
}

/* Into a temporary file; NULL when it is there, else why not. */
static const char *download(struct services *s, struct arena *a, struct str peer, const char *sha256_hex, const char *path)
{
    char hex[65];
    struct sink to = {.f = fopen(path, "wbe")};
    const char *time = arena_printf(a, "%lld", (long long)(clock_now_us() / 1000000));
    if (!to.f)
        return strerror(errno);
    sign(s, a, str_of(time), str_of(sha256_hex), hex);
    struct curl_slist *headers = curl_slist_append(NULL, arena_printf(a, "X-Tongchou-Timestamp: %s", time));
    headers = curl_slist_append(headers, arena_printf(a, "X-Tongchou-Signature: %s", hex));
    CURLcode code = call(arena_printf(a, STR_FMT "/internal/files/%s", STR_ARG(peer), sha256_hex), headers, &to);
    curl_slist_free_all(headers);
    bool written = fclose(to.f) == 0;
    return code != CURLE_OK ? curl_easy_strerror(code) : written ? NULL : "it could not be written";
}

static struct error *fetch(struct services *s, struct arena *a, struct str host, struct str peer, const char *sha256_hex, bool *got)
{
    char hex[65];
    const char *path = arena_printf(a, "%s/tmp/fetch-%d-%.16s", s->config->state_dir, getpid(), sha256_hex);
    const char *why = download(s, a, peer, sha256_hex, path);
    struct error *e = why ? NULL : files_keep_path(s, a, path, hex, NULL);
    unlink(path);
    if (!why && !e && strcmp(hex, sha256_hex) != 0)
        why = "it sent other bytes";
    if (why)
        log_warn("files", "%s from " STR_FMT ": %s", sha256_hex, STR_ARG(host), why);
    *got = !why && !e;
    return *got ? file_copy_here(s, a, sha256_hex) : e;
}

struct error *files_here(struct services *s, struct arena *a, const char *sha256_hex)
{
    struct str rest = str_of(s->config->file_peers), host, url;
    bool there, got = false;
    if (access(files_path(s, a, sha256_hex), R_OK) == 0)
        return NULL;
    while (!got && next_peer(&rest, &host, &url)) {
        TRY(file_copy_at(s, a, sha256_hex, host, &there));
        if (there)
            TRY(fetch(s, a, host, url, sha256_hex, &got));
    }
    return got ? NULL : error_new(a, ERR_UNAVAILABLE, "the host that keeps the file does not answer; nothing is lost, try again");
}
