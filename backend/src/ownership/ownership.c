#include "ownership/ownership_index.h"

#include <stddef.h>

/* ---- ids ---- */

bool own_id_parse(struct str t, struct own_id *out)
{
    memset(out, 0, sizeof *out);
    if (t.n == 0)
        return true;
    char hex[32];
    size_t n = 0;
    if (t.n != 36)
        return false;
    for (size_t i = 0; i < 36; i++) {
        bool dash = i == 8 || i == 13 || i == 18 || i == 23;
        if (dash != (t.p[i] == '-'))
            return false;
        if (!dash)
            hex[n++] = t.p[i];
    }
    return hex_decode((struct str){hex, 32}, out->b, 16);
}

void own_id_text(const struct own_id *id, char out[37])
{
    char hex[33];
    size_t n = 0;
    hex_encode(id->b, 16, hex);
    for (size_t i = 0; i < 32; i++) {
        if (i == 8 || i == 12 || i == 16 || i == 20)
            out[n++] = '-';
        out[n++] = hex[i];
    }
    out[n] = 0;
}

bool own_id_eq(const struct own_id *a, const struct own_id *b)
{
    return memcmp(a->b, b->b, 16) == 0;
}

bool own_id_none(const struct own_id *id)
{
    static const struct own_id none;
    return own_id_eq(id, &none);
}

const char *verdict_name(enum verdict v)
{
    return v == VERDICT_OWNED ? "owned" : v == VERDICT_AMBIGUOUS ? "ambiguous" : "unowned";
}

const char *method_name(enum own_method m)
{
    static const char *const names[] = {NULL, "address", "domain", "range", "sector"};
    return names[m];
}

/* ---- the steps ---- */

/* What one step found: its claims, valid at the time and of equal rank, and the organisations that they name; or, where
 * nobody had a claim yet, those that came later. */
struct step {
    enum own_method method;
    struct found claims, later;
    struct str matched, later_matched;
    size_t orgs;
    bool late; /* the claims are the later ones */
};

static bool valid_at(const struct claim *c, int64_t at)
{
    return (c->valid_from == 0 || c->valid_from <= at) && (c->valid_to == 0 || at < c->valid_to);
}

static void put_evidence(struct ownership *o, int step, const char *statement, int weight, const struct claim *c,
                         struct str matched)
{
    if (o->evidence_count == EVIDENCE_MAX) {
        o->evidence_more = true;
        return;
    }
    o->evidence[o->evidence_count++] = (struct evidence){step, statement, weight, c, matched};
}

/* Keeps the claims that were valid. Those that were not stay in the chain as remarks; but when nobody had a claim by
 * then, the later ones are put aside. */
static void keep_valid(struct ownership *o, struct step *s, int64_t at)
{
    size_t n = 0;
    bool held = s->later.n > 0; /* a nearer name has its own */
    for (size_t i = 0; i < s->claims.n; i++)
        held = held || s->claims.claim[i]->valid_from <= at;
    for (size_t i = 0; i < s->claims.n; i++) {
        const struct claim *c = s->claims.claim[i];
        if (valid_at(c, at))
            s->claims.claim[n++] = c;
        else if (held)
            put_evidence(o, (int)s->method, "not_valid_then", 0, c, s->matched);
        else
            s->later.claim[s->later.n++] = c;
    }
    s->claims.n = n;
    if (!held)
        s->later_matched = s->matched;
}

static void count_orgs(struct step *s)
{
    s->orgs = 0;
    for (size_t i = 0; i < s->claims.n; i++) {
        size_t k = 0;
        while (k < i && !own_id_eq(&s->claims.claim[k]->org, &s->claims.claim[i]->org))
            k++;
        s->orgs += k == i;
    }
}

/* -1, 0, 1: range a is smaller than, as large as, larger than b. Subtracts as 128-bit numbers. */
static int compare_size(const struct claim *a, const struct claim *b)
{
    int borrow_a = 0, borrow_b = 0, result = 0;
    for (int i = 15; i >= 0; i--) {
        int da = a->last.b[i] - a->first.b[i] - borrow_a, db = b->last.b[i] - b->first.b[i] - borrow_b;
        borrow_a = da < 0;
        borrow_b = db < 0;
        da &= 255;
        db &= 255;
        if (da != db)
            result = da < db ? -1 : 1; /* the most significant difference comes last */
    }
    return result;
}

static void step_address(const struct ownership_index *x, const struct ownership_query *q, struct ownership *o, struct step *s)
{
    s->method = METHOD_ADDRESS;
    index_address(x, &o->space, &q->address, &s->claims);
    keep_valid(o, s, q->at);
}

/* The name itself, then its parents; a bare top-level name is never asked. */
static void step_domain(const struct ownership_index *x, struct str name, int64_t at, struct ownership *o, struct step *s)
{
    s->method = METHOD_DOMAIN;
    while (name.n && memchr(name.p, '.', name.n)) {
        s->matched = name;
        index_domain(x, name, &s->claims);
        keep_valid(o, s, at);
        if (s->claims.n)
            return;
        str_cut(&name, '.');
    }
    s->matched = (struct str){"", 0};
}

/* The others are added to `wider`, which may be NULL. */
static void keep_narrowest(struct found *f, struct found *wider)
{
    const struct claim *best = NULL;
    size_t n = 0;
    for (size_t i = 0; i < f->n; i++)
        if (!best || compare_size(f->claim[i], best) < 0)
            best = f->claim[i];
    for (size_t i = 0; i < f->n; i++) {
        const struct claim *c = f->claim[i];
        if (compare_size(c, best) == 0)
            f->claim[n++] = c;
        else if (wider)
            wider->claim[wider->n++] = c;
    }
    f->n = n;
}

static void step_range(const struct ownership_index *x, const struct ownership_query *q, struct ownership *o, struct step *s,
                       struct found *wider)
{
    s->method = METHOD_RANGE;
    index_ranges(x, &o->space, &q->address, &s->claims);
    keep_valid(o, s, q->at);
    keep_narrowest(&s->claims, wider);
}

/* Nobody had it at the time: whoever was the first to register it since. */
static void take_later(struct step *s)
{
    int64_t first = INT64_MAX;
    if (s->method == METHOD_RANGE)
        keep_narrowest(&s->later, NULL);
    for (size_t i = 0; i < s->later.n; i++)
        if (s->later.claim[i]->valid_from < first)
            first = s->later.claim[i]->valid_from;
    s->claims.n = 0;
    for (size_t i = 0; i < s->later.n; i++)
        if (s->later.claim[i]->valid_from == first)
            s->claims.claim[s->claims.n++] = s->later.claim[i];
    s->later.n = 0;
    s->matched = s->later_matched;
    s->late = true;
}

static void step_sector(const struct ownership_index *x, const struct ownership_query *q, struct ownership *o, struct step *s)
{
    s->method = METHOD_SECTOR;
    if (q->sector.n)
        index_sector(x, q->sector, &s->claims);
    keep_valid(o, s, q->at);
}

/* ---- weights ---- */

static int source_discount(enum claim_source s)
{
    static const int less[] = {[CLAIM_DECLARED] = 0, [CLAIM_ASSIGNED] = 3, [CLAIM_IMPORTED] = 5, [CLAIM_DISCOVERED] = 15};
    return less[s];
}

/* A narrow range says more: 75 for 256 addresses or fewer in IPv4 (65,536 networks of /64 in IPv6), down to 50. */
static int range_weight(const struct claim *c)
{
    int same = 0;
    while (same < 128 && !((c->first.b[same / 8] ^ c->last.b[same / 8]) & (0x80 >> same % 8)))
        same++;
    int wide = (ip_is_v4(&c->first) ? 120 : 48) - same;
    return wide <= 0 ? 75 : wide >= 25 ? 50 : 75 - wide;
}

enum { LATE_DISCOUNT = 25 };

static int claim_weight(const struct step *s, const struct claim *c, struct str asked_domain)
{
    int w = s->late ? -LATE_DISCOUNT : 0;
    switch (s->method) {
    case METHOD_ADDRESS:
        w += 95;
        break;
    case METHOD_DOMAIN:
        w += asked_domain.n == c->value.n && asked_domain.n ? 85 : 80;
        break;
    case METHOD_RANGE:
        w += range_weight(c);
        break;
    case METHOD_SECTOR:
        w += 30;
        break;
    case METHOD_NONE:
        break;
    }
    return w - source_discount(c->source);
}

static const char *statement_of(enum own_method m, bool parent, bool against)
{
    static const char *const names[][2] = {
        [METHOD_NONE] = {"nothing_found", "nothing_found"},
        [METHOD_ADDRESS] = {"address_registered", "address_registered_to_other"},
        [METHOD_DOMAIN] = {"domain_registered", "domain_registered_to_other"},
        [METHOD_RANGE] = {"in_range", "in_range_of_other"},
        [METHOD_SECTOR] = {"sector_default", "sector_default"},
    };
    if (m == METHOD_DOMAIN && parent)
        return against ? "parent_domain_registered_to_other" : "parent_domain_registered";
    return names[m][against];
}

/* How much a later step that names somebody else takes away: a registered name or address much, a network that merely
 * lies round a registered address little (hosting and shared networks are the rule there). */
static int contradiction(enum own_method decided, enum own_method other)
{
    if (other == METHOD_DOMAIN)
        return decided == METHOD_ADDRESS ? -30 : -20;
    if (other == METHOD_RANGE)
        return decided == METHOD_ADDRESS ? -5 : -20;
    return 0;
}

/* ---- the verdict ---- */

static void decide(struct ownership *o, const struct step *s, struct str asked_domain)
{
    const struct claim *best = s->claims.claim[0];
    int weight = 0;
    for (size_t i = 0; i < s->claims.n; i++) {
        const struct claim *c = s->claims.claim[i];
        int w = claim_weight(s, c, asked_domain);
        put_evidence(o, (int)s->method, statement_of(s->method, s->matched.n < asked_domain.n, false), w, c, s->matched);
        if (s->late)
            put_evidence(o, (int)s->method, "registered_later", 0, c, s->matched);
        if (w > weight) {
            weight = w;
            best = c;
        }
    }
    o->method = s->method;
    if (s->orgs > 1) {
        o->verdict = VERDICT_AMBIGUOUS;
        for (size_t i = 0; i < s->claims.n; i++) {
            const struct claim *c = s->claims.claim[i];
            int w = claim_weight(s, c, asked_domain) / (int)s->orgs;
            size_t k = 0;
            while (k < o->candidate_count && !own_id_eq(&o->candidates[k].org, &c->org))
                k++;
            if (k == CANDIDATES_MAX)
                continue;
            if (k == o->candidate_count) {
                o->candidates[k].org = c->org;
                o->candidate_count++;
            }
            if (w > o->candidates[k].confidence)
                o->candidates[k].confidence = w;
            if (w > o->confidence)
                o->confidence = w;
        }
        return;
    }
    o->verdict = VERDICT_OWNED;
    o->confidence = weight;
    o->org = best->org;
    o->claim = best;
    o->person = best->person;
    o->asset = best->asset;
    for (size_t i = 0; i < s->claims.n; i++) /* several assets of one unit on one address: none of them is "the" asset */
        if (!own_id_eq(&s->claims.claim[i]->asset, &best->asset)) {
            o->asset = (struct own_id){{0}};
            o->person = (struct own_id){{0}};
        }
}

/* What a step behind the deciding one says: it agrees (a little more), or not (less). */
static void weigh(struct ownership *o, const struct step *s, struct str asked_domain)
{
    bool agrees = false, against = false;
    for (size_t i = 0; i < s->claims.n; i++) {
        const struct claim *c = s->claims.claim[i];
        bool same = o->verdict == VERDICT_OWNED && own_id_eq(&c->org, &o->org);
        int w = o->verdict != VERDICT_OWNED ? 0 : same ? (agrees ? 0 : 2) : against ? 0 : contradiction(o->method, s->method);
        agrees = agrees || same;
        against = against || !same;
        put_evidence(o, (int)s->method,
                     statement_of(s->method, s->matched.n < asked_domain.n, !same && o->verdict == VERDICT_OWNED), w, c,
                     s->matched);
        o->confidence += w;
    }
}

/* Wider ranges are shown, so that the chain explains why the narrow one won; they weigh nothing. */
static void remark_wider(struct ownership *o, const struct found *wider)
{
    for (size_t i = 0; i < wider->n; i++)
        put_evidence(o, METHOD_RANGE, "wider_range", 0, wider->claim[i], (struct str){"", 0});
}

/* Later claims that decided nothing are remarks as well. */
static void remark_later(struct ownership *o, const struct step *s)
{
    for (size_t i = 0; i < s->later.n; i++)
        put_evidence(o, (int)s->method, "not_valid_then", 0, s->later.claim[i], s->later_matched);
}

static struct str host_of(struct str url)
{
    size_t i = 0;
    while (i + 2 < url.n && memcmp(url.p + i, "://", 3) != 0)
        i++;
    if (i + 2 >= url.n)
        return (struct str){"", 0};
    struct str host = {url.p + i + 3, url.n - i - 3};
    size_t n = 0;
    while (n < host.n && !strchr("/?#\\", host.p[n]))
        n++;
    host.n = n;
    for (n = host.n; n > 0; n--) /* what stands before the last '@' is a name and a password */
        if (host.p[n - 1] == '@') {
            host = (struct str){host.p + n, host.n - n};
            break;
        }
    if (host.n && host.p[0] == '[') {
        host = (struct str){host.p + 1, host.n - 1};
        return str_cut(&host, ']');
    }
    return str_cut(&host, ':');
}

struct ownership_query query_complete(const struct ownership_query *q, char name[256])
{
    struct ownership_query full = *q;
    struct str host = q->url.n ? host_of(q->url) : (struct str){"", 0};
    struct ip ip;
    if (host.n && ip_parse(host, &ip)) {
        if (!q->has_address) {
            full.address = ip;
            full.has_address = true;
        }
    } else if (host.n && host.n < 254 && q->domain.n == 0) {
        for (size_t i = 0; i < host.n; i++)
            name[i] = (char)(host.p[i] >= 'A' && host.p[i] <= 'Z' ? host.p[i] | 0x20 : host.p[i]);
        full.domain = (struct str){name, host.n};
    }
    if (full.domain.n && full.domain.p[full.domain.n - 1] == '.')
        full.domain.n--;
    return full;
}

/* Names in the chain must not point into this frame: they are looked for in the claims or the caller's own text. */
static void settle_names(struct ownership *o, const char *frame, size_t n, const struct ownership_query *q)
{
    for (size_t i = 0; i < o->evidence_count; i++) {
        struct evidence *e = &o->evidence[i];
        if (e->matched.p >= frame && e->matched.p < frame + n)
            e->matched = e->claim ? e->claim->value : q->url;
    }
}

static struct str step_domain_of(const struct step *s, const struct ownership_query *q)
{
    return s->method == METHOD_DOMAIN ? q->domain : (struct str){"", 0};
}

/* The first step that speaks decides, those behind it agree or not. */
static bool settle(struct ownership *o, struct step steps[3], const struct ownership_query *q)
{
    bool decided = false;
    for (size_t i = 0; i < 3; i++) {
        count_orgs(&steps[i]);
        if (steps[i].claims.n == 0)
            continue;
        if (decided)
            weigh(o, &steps[i], step_domain_of(&steps[i], q));
        else
            decide(o, &steps[i], step_domain_of(&steps[i], q));
        decided = true;
    }
    for (size_t i = 0; !decided && i < 3; i++) {
        if (steps[i].later.n == 0)
            continue;
        take_later(&steps[i]);
        count_orgs(&steps[i]);
        decide(o, &steps[i], step_domain_of(&steps[i], q));
        decided = true;
    }
    for (size_t i = 0; i < 3; i++)
        remark_later(o, &steps[i]);
    return decided;
}

/* Cleared but for their lists: this runs for every event. */
static void clear_step(struct step *s)
{
    s->method = METHOD_NONE;
    s->claims.n = s->later.n = 0;
    s->claims.more = s->later.more = s->late = false;
    s->matched = s->later_matched = (struct str){"", 0};
}

void ownership_resolve(const struct ownership_index *x, const struct ownership_query *asked, struct ownership *o)
{
    char name[256];
    struct ownership_query q = query_complete(asked, name);
    struct step steps[4];
    struct found wider;
    wider.n = 0;
    for (size_t i = 0; i < 4; i++)
        clear_step(&steps[i]);
    memset(o, 0, offsetof(struct ownership, evidence));
    o->evidence_count = 0;
    o->evidence_more = false;
    o->space = q.space;
    if (q.has_address && ip_is_global(&q.address)) {
        o->space = *index_internet(x);
        if (!own_id_eq(&o->space, &q.space))
            put_evidence(o, 0, "public_address", 0, NULL, (struct str){"", 0});
    }
    if (q.has_address)
        step_address(x, &q, o, &steps[0]);
    if (q.domain.n)
        step_domain(x, q.domain, q.at, o, &steps[1]);
    if (q.has_address)
        step_range(x, &q, o, &steps[2], &wider);
    bool decided = settle(o, steps, &q);
    if (!decided) {
        step_sector(x, &q, o, &steps[3]);
        count_orgs(&steps[3]);
        decided = steps[3].claims.n > 0;
        if (decided)
            decide(o, &steps[3], (struct str){"", 0});
    }
    remark_wider(o, &wider);
    if (!decided)
        put_evidence(o, 0, "nothing_found", 0, NULL, (struct str){"", 0});
    o->confidence = o->confidence < 0 ? 0 : o->confidence > 100 ? 100 : o->confidence;
    settle_names(o, name, sizeof name, asked);
}
