#include "http/outbound.h"

#include <arpa/inet.h>
#include <curl/curl.h>
#include <netdb.h>
#include <resolv.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

enum { HOST_CONNECTIONS = 4, POLL_MS = 1000 };

struct outbound {
    CURLM *multi;
    outbound_resolver resolve;
    void *context;
};

/* One call under way. */
struct leg {
    struct outbound_call *call;
    const struct outbound_policy *policy;
    struct arena *arena;
    CURL *easy;
    struct curl_slist *headers, *resolve, *to;
    struct buf answer;
    size_t read, received;
    int redirects;
    bool moved, blocked; /* moved: to another origin, which the call's own headers are not for */
    char *url;
    char said[CURL_ERROR_SIZE];
};

/* ---- names ---- */
static bool ip_of(const struct sockaddr *sa, struct ip *out)
{
    char text[INET6_ADDRSTRLEN];
    const void *address;
    if (sa->sa_family == AF_INET)
        address = &((const struct sockaddr_in *)(const void *)sa)->sin_addr;
    else if (sa->sa_family == AF_INET6)
        address = &((const struct sockaddr_in6 *)(const void *)sa)->sin6_addr;
    else
        return false;
    return inet_ntop(sa->sa_family, address, text, sizeof text) && ip_parse(str_of(text), out);
}

static size_t by_dns(void *context, const char *host, struct ip *out, size_t most)
{
    (void)context;
    struct addrinfo hints = {.ai_family = AF_UNSPEC, .ai_socktype = SOCK_STREAM}, *list = NULL;
    size_t n = 0;
    if (getaddrinfo(host, NULL, &hints, &list))
        return 0;
    for (struct addrinfo *x = list; x && n < most; x = x->ai_next)
        if (ip_of(x->ai_addr, &out[n]))
            n++;
    freeaddrinfo(list);
    return n;
}

static void fail(struct leg *l, bool refused, const char *why)
{
    l->call->refused = refused;
    l->call->error = why;
}

/* The addresses of the target, each of them allowed; false with the call's error set. */
static bool addresses_of(struct outbound *o, struct leg *l, struct str host, struct ip *list, size_t *n)
{
    const char *name = str_dup(l->arena, host);
    bool listed = true;
    if (!outbound_host_valid(host))
        return fail(l, true, arena_printf(l->arena, "%s is not a host name", name)), false;
    bool literal = ip_parse(host, &list[0]);
    *n = literal ? 1 : o->resolve(o->context, name, list, OUTBOUND_ADDRESSES);
    if (!*n)
        return fail(l, false, arena_printf(l->arena, "the name %s cannot be resolved", name)), false;
    for (size_t i = 0; i < *n; i++) {
        listed = outbound_address_listed(l->policy, &list[i]) && listed;
        if (!outbound_address_allowed(l->policy, &list[i]))
            return fail(l, true, arena_printf(l->arena, "%s leads to an address that may not be called", name)), false;
    }
    if (!listed && !outbound_host_allowed(l->policy, host))
        return fail(l, true, arena_printf(l->arena, "%s is not among the addresses that may be called", name)), false;
    return true;
}

/* ---- one leg ---- */
static size_t on_answer(char *p, size_t size, size_t n, void *context)
{
    struct leg *l = context;
    size_t bytes = size * n, room = OUTBOUND_ANSWER - l->answer.n;
    l->received += bytes;
    buf_put(&l->answer, p, bytes < room ? bytes : room);
    return l->received > OUTBOUND_ANSWER_MAX ? 0 : bytes;
}

static size_t on_body(char *p, size_t size, size_t n, void *context)
{
    struct leg *l = context;
    size_t left = l->call->body.n - l->read, bytes = size * n < left ? size * n : left;
    memcpy(p, l->call->body.p + l->read, bytes);
    l->read += bytes;
    return bytes;
}

/* The last word: the address that is really connected to. */
static curl_socket_t on_socket(void *context, curlsocktype purpose, struct curl_sockaddr *to)
{
    struct leg *l = context;
    struct ip address;
    (void)purpose;
    if (!ip_of(&to->addr, &address) || !outbound_address_allowed(l->policy, &address)) {
        l->blocked = true;
        return CURL_SOCKET_BAD;
    }
    return socket(to->family, to->socktype | SOCK_CLOEXEC, to->protocol);
}

static struct curl_slist *append(struct curl_slist *list, const char *text)
{
    struct curl_slist *longer = curl_slist_append(list, text);
    if (!longer)
        abort();
    return longer;
}

static void pin(struct leg *l, const char *host, const char *port, const struct ip *list, size_t n)
{
    struct buf b = buf_new(l->arena, 256, 4096);
    buf_printf(&b, "%s:%s:", host, port);
    for (size_t i = 0; i < n; i++) {
        char text[IP_TEXT_MAX];
        ip_format(&list[i], text);
        buf_printf(&b, ip_is_v4(&list[i]) ? "%s%s" : "%s[%s]", i ? "," : "", text);
    }
    l->resolve = append(NULL, buf_done(&b).p);
}

static bool one_line(const char *s)
{
    for (; s && *s; s++)
        if ((unsigned char)*s < 0x20 && *s != '\t')
            return false;
    return true;
}

static void set_headers(struct leg *l)
{
    l->headers = append(NULL, "Expect:");
    l->headers = append(l->headers, "User-Agent: tongchou");
    for (const char *const *h = l->call->headers; h && *h; h++)
        if (!l->moved || strncasecmp(*h, "content-type:", 13) == 0)
            l->headers = append(l->headers, *h);
    curl_easy_setopt(l->easy, CURLOPT_HTTPHEADER, l->headers);
}

static void set_http(struct leg *l)
{
    const struct outbound_call *c = l->call;
    curl_easy_setopt(l->easy, CURLOPT_PROTOCOLS_STR, "http,https");
    curl_easy_setopt(l->easy, CURLOPT_CUSTOMREQUEST, c->method);
    curl_easy_setopt(l->easy, CURLOPT_HTTP_VERSION, (long)CURL_HTTP_VERSION_1_1);
    set_headers(l);
    if (strcmp(c->method, "GET") != 0) {
        curl_easy_setopt(l->easy, CURLOPT_POSTFIELDSIZE_LARGE, (curl_off_t)c->body.n);
        curl_easy_setopt(l->easy, CURLOPT_POSTFIELDS, c->body.n ? c->body.p : "");
    }
}

static void set_mail(struct leg *l)
{
    const struct outbound_call *c = l->call;
    curl_easy_setopt(l->easy, CURLOPT_PROTOCOLS_STR, "smtp,smtps");
    curl_easy_setopt(l->easy, CURLOPT_USE_SSL, (long)(c->tls == OUTBOUND_STARTTLS ? CURLUSESSL_ALL : CURLUSESSL_NONE));
    curl_easy_setopt(l->easy, CURLOPT_MAIL_FROM, c->mail_from);
    l->to = append(NULL, c->mail_to);
    curl_easy_setopt(l->easy, CURLOPT_MAIL_RCPT, l->to);
    curl_easy_setopt(l->easy, CURLOPT_UPLOAD, 1L);
    curl_easy_setopt(l->easy, CURLOPT_READFUNCTION, on_body);
    curl_easy_setopt(l->easy, CURLOPT_READDATA, l);
    curl_easy_setopt(l->easy, CURLOPT_INFILESIZE_LARGE, (curl_off_t)c->body.n);
    if (c->username && *c->username) {
        curl_easy_setopt(l->easy, CURLOPT_USERNAME, c->username);
        curl_easy_setopt(l->easy, CURLOPT_PASSWORD, c->password ? c->password : "");
    }
}

static void set_common(struct leg *l)
{
    CURL *e = l->easy;
    curl_easy_setopt(e, CURLOPT_URL, l->url);
    curl_easy_setopt(e, CURLOPT_PRIVATE, l);
    curl_easy_setopt(e, CURLOPT_ERRORBUFFER, l->said);
    curl_easy_setopt(e, CURLOPT_NOSIGNAL, 1L);
    curl_easy_setopt(e, CURLOPT_PROXY, "");
    curl_easy_setopt(e, CURLOPT_NOPROXY, "*");
    curl_easy_setopt(e, CURLOPT_FOLLOWLOCATION, 0L);
    curl_easy_setopt(e, CURLOPT_FRESH_CONNECT, 1L);
    curl_easy_setopt(e, CURLOPT_FORBID_REUSE, 1L);
    curl_easy_setopt(e, CURLOPT_NETRC, (long)CURL_NETRC_IGNORED);
    curl_easy_setopt(e, CURLOPT_CONNECTTIMEOUT_MS, (long)OUTBOUND_CONNECT_MS);
    curl_easy_setopt(e, CURLOPT_TIMEOUT_MS, (long)(l->call->time_ms ? l->call->time_ms : OUTBOUND_TIME_MS));
    curl_easy_setopt(e, CURLOPT_OPENSOCKETFUNCTION, on_socket);
    curl_easy_setopt(e, CURLOPT_OPENSOCKETDATA, l);
    curl_easy_setopt(e, CURLOPT_WRITEFUNCTION, on_answer);
    curl_easy_setopt(e, CURLOPT_WRITEDATA, l);
    curl_easy_setopt(e, CURLOPT_SSLVERSION, (long)CURL_SSLVERSION_TLSv1_2);
    if (l->resolve)
        curl_easy_setopt(e, CURLOPT_RESOLVE, l->resolve);
    if (l->call->ca_pem && *l->call->ca_pem) {
        struct curl_blob pem = {(void *)(uintptr_t)l->call->ca_pem, strlen(l->call->ca_pem), CURL_BLOB_COPY};
        curl_easy_setopt(e, CURLOPT_CAINFO_BLOB, &pem);
    }
}

struct target {
    char *scheme, *host, *port, *user;
};

static bool is_mail(const struct leg *l)
{
    return l->call->mail_to != NULL;
}

static bool scheme_fits(const struct leg *l, const char *scheme)
{
    const char *plain = is_mail(l) ? "smtp" : "http", *tls = is_mail(l) ? "smtps" : "https";
    return strcmp(scheme, plain) == 0 || strcmp(scheme, tls) == 0;
}

/* The parts of a URL as libcurl itself will read it, copied into the arena. */
static bool target_of(struct leg *l, struct target *out)
{
    CURLU *u = curl_url();
    char *part[4] = {NULL};
    static const CURLUPart which[4] = {CURLUPART_SCHEME, CURLUPART_HOST, CURLUPART_PORT, CURLUPART_USER};
    bool ok = u && curl_url_set(u, CURLUPART_URL, l->url, CURLU_NON_SUPPORT_SCHEME) == CURLUE_OK;
    for (int i = 0; ok && i < 4; i++)
        if (curl_url_get(u, which[i], &part[i], i == 2 ? CURLU_DEFAULT_PORT : 0) != CURLUE_OK && i < 3)
            ok = false;
    if (ok)
        *out = (struct target){arena_strdup(l->arena, part[0]), arena_strdup(l->arena, part[1]), arena_strdup(l->arena, part[2]),
                               part[3] ? arena_strdup(l->arena, part[3]) : NULL};
    for (int i = 0; i < 4; i++)
        curl_free(part[i]);
    curl_url_cleanup(u);
    return ok;
}

/* What stands between the slashes and the port: libcurl has turned numbers into addresses by the time it gives the host. */
static struct str host_as_written(struct str url)
{
    const char *slashes = strstr(url.p, "//");
    struct str rest = slashes ? str_of(slashes + 2) : url;
    size_t n = strcspn(rest.p, "/?#");
    rest.n = n;
    const char *at = memrchr(rest.p, '@', rest.n);
    if (at)
        rest = (struct str){at + 1, rest.n - (size_t)(at + 1 - rest.p)};
    if (rest.n && rest.p[0] == '[') {
        const char *end = memchr(rest.p, ']', rest.n);
        return end ? (struct str){rest.p + 1, (size_t)(end - rest.p - 1)} : (struct str){"", 0};
    }
    return str_cut(&rest, ':');
}

/* One text, one meaning: a host that is read in two ways is none. libcurl keeps the brackets of IPv6. */
static bool same_host(struct str written, struct str read)
{
    if (read.n > 1 && read.p[0] == '[')
        read = (struct str){read.p + 1, read.n - 2};
    return str_ieq(written, read);
}

static bool start(struct outbound *o, struct leg *l)
{
    struct target t;
    struct ip list[OUTBOUND_ADDRESSES];
    size_t n;
    struct str host;
    if (!one_line(l->url) || !target_of(l, &t) || !scheme_fits(l, t.scheme) || t.user)
        return fail(l, true, "the URL is not one that may be called"), false;
    for (const char *const *h = l->call->headers; h && *h; h++)
        if (!one_line(*h))
            return fail(l, true, "a header has more than one line"), false;
    host = host_as_written(str_of(l->url));
    if (!same_host(host, str_of(t.host)))
        return fail(l, true, "the URL is not one that may be called"), false;
    if (!addresses_of(o, l, host, list, &n))
        return false;
    if (!ip_parse(host, &(struct ip){{0}}))
        pin(l, t.host, t.port, list, n);
    if (!(l->easy = curl_easy_init()))
        abort();
    set_common(l);
    if (is_mail(l))
        set_mail(l);
    else
        set_http(l);
    return curl_multi_add_handle(o->multi, l->easy) == CURLM_OK;
}

static void drop(struct outbound *o, struct leg *l)
{
    if (l->easy) {
        curl_multi_remove_handle(o->multi, l->easy);
        curl_easy_cleanup(l->easy);
    }
    curl_slist_free_all(l->headers);
    curl_slist_free_all(l->resolve);
    curl_slist_free_all(l->to);
    l->easy = NULL;
    l->headers = l->resolve = l->to = NULL;
}

static bool same_origin(struct leg *l, const char *other)
{
    struct target a, b;
    char *was = l->url;
    bool ok = target_of(l, &a);
    l->url = arena_strdup(l->arena, other);
    ok = target_of(l, &b) && ok;
    l->url = was;
    return ok && strcmp(a.scheme, b.scheme) == 0 && strcasecmp(a.host, b.host) == 0 && strcmp(a.port, b.port) == 0;
}

/* Goes on at another place; false when the answer is the last one. */
static bool follow(struct outbound *o, struct leg *l, int status)
{
    char *to = NULL;
    bool again = status == 307 || status == 308 || (status >= 301 && status <= 303 && strcmp(l->call->method, "GET") == 0);
    if (is_mail(l) || status < 300 || status > 308 || curl_easy_getinfo(l->easy, CURLINFO_REDIRECT_URL, &to) != CURLE_OK || !to)
        return false;
    if (!again) /* the body would be lost on the way */
        return fail(l, false, arena_printf(l->arena, "the answer %d leads elsewhere", status)), false;
    if (l->redirects++ == OUTBOUND_REDIRECTS)
        return fail(l, false, "too many redirects"), false;
    char *next = arena_strdup(l->arena, to);
    if (strncmp(l->url, "https:", 6) == 0 && strncmp(next, "https:", 6) != 0)
        return fail(l, true, "a redirect leads from https to an open connection"), false;
    l->moved = l->moved || !same_origin(l, next);
    drop(o, l);
    l->url = next;
    l->answer.n = l->received = l->read = 0;
    return start(o, l);
}

/* True when the leg is over. */
static bool finish(struct outbound *o, struct leg *l, CURLcode how)
{
    long status = 0;
    curl_easy_getinfo(l->easy, CURLINFO_RESPONSE_CODE, &status);
    l->call->status = (int)status;
    if (l->blocked)
        fail(l, true, "the connection would go to an address that may not be called");
    else if (how == CURLE_WRITE_ERROR)
        fail(l, false, "the answer is too large");
    else if (how != CURLE_OK)
        fail(l, false, arena_strdup(l->arena, l->said[0] ? l->said : curl_easy_strerror(how)));
    else if (follow(o, l, (int)status))
        return false;
    l->call->answer = buf_done(&l->answer);
    drop(o, l);
    return true;
}

static bool begin(struct outbound *o, struct leg *l)
{
    l->answer = buf_new(l->arena, 1024, OUTBOUND_ANSWER);
    l->url = arena_strdup(l->arena, l->call->url);
    if (start(o, l))
        return true;
    if (!l->call->error)
        fail(l, false, "the call could not be started");
    drop(o, l);
    return false;
}

void outbound_run(struct outbound *o, struct arena *a, const struct outbound_policy *p, struct outbound_call *calls, size_t n)
{
    struct leg *legs = arena_zalloc(a, (n ? n : 1) * sizeof *legs);
    size_t next = 0, open = 0;
    while (next < n || open) {
        while (next < n && open < OUTBOUND_AT_ONCE) {
            struct leg *l = &legs[next];
            *l = (struct leg){.call = &calls[next++], .policy = p, .arena = a};
            open += begin(o, l);
        }
        int running, left;
        curl_multi_perform(o->multi, &running);
        for (CURLMsg *m; (m = curl_multi_info_read(o->multi, &left));) {
            struct leg *l = NULL;
            CURLcode how = m->data.result;
            curl_easy_getinfo(m->easy_handle, CURLINFO_PRIVATE, (char **)&l);
            open -= m->msg == CURLMSG_DONE && finish(o, l, how);
        }
        if (running)
            curl_multi_poll(o->multi, NULL, 0, POLL_MS, NULL);
    }
}

struct outbound *outbound_new(void)
{
    struct outbound *o = calloc(1, sizeof *o);
    if (!o || curl_global_init(CURL_GLOBAL_DEFAULT) != CURLE_OK || !(o->multi = curl_multi_init()))
        abort();
    curl_multi_setopt(o->multi, CURLMOPT_MAX_HOST_CONNECTIONS, (long)HOST_CONNECTIONS);
    o->resolve = by_dns;
    if (res_init() == 0) { /* a name server that is away must not hold a worker for half a minute */
        _res.retrans = 2;
        _res.retry = 2;
    }
    return o;
}

void outbound_free(struct outbound *o)
{
    curl_multi_cleanup(o->multi);
    free(o);
}

void outbound_set_resolver(struct outbound *o, outbound_resolver resolve, void *context)
{
    o->resolve = resolve;
    o->context = context;
}
