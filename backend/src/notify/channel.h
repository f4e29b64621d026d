/* A channel: its configuration as the sender and the checks read it. */
#ifndef NOTIFY_CHANNEL_H
#define NOTIFY_CHANNEL_H

#include "http/outbound.h"
#include "http/request.h"
#include "notify/rule.h"
#include "notify/sign.h"
#include "notify/template.h"

enum { CHANNEL_HEADERS = 10 };

struct channel {
    char id[37], realm[37]; /* realm_key */
    enum channel_kind kind;
    bool active;
    struct str name;
    struct str host, username, from, from_name; /* mail */
    int port;
    enum outbound_tls tls;
    struct str url, method, content_type, body, success; /* webhook: url; short messages: all; success: a text of the answer */
    struct str headers[CHANNEL_HEADERS];                 /* "Name: value" with places */
    size_t header_count;
    enum mac mac;
    struct str ca_pem;
    struct str sealed; /* the password or key; empty: none */
};

/* From the configuration as JSON, which lives as long as the channel. */
void channel_read(struct arena *a, json_t *config, struct channel *out);
/* What the contract cannot say: what the kind needs, and that its target may be called. */
struct error *channel_check(struct request *r, const struct channel *c, const struct outbound_policy *policy) MUST_CHECK;
/* The host that it calls; empty when the URL has none. */
struct str channel_host(const struct channel *c);
/* Same place, so that a kept secret may go there. */
bool channel_same_target(const struct channel *a, const struct channel *b);
/* How the body of a short message writes its values. */
enum escape channel_escape(const struct channel *c);

#endif
