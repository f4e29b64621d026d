#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "ownership/ownership.h"

static struct own_id id(unsigned kind, unsigned n)
{
    struct own_id r = {{(unsigned char)kind}};
    memcpy(r.b + 12, &n, 4);
    return r;
}
enum { SPACE = 1, ORG, ASSET, CLAIM };
#define INTERNET id(SPACE, 0)

static struct claim claim(enum claim_kind kind, unsigned space, unsigned org, unsigned asset, const char *value)
{
    struct claim c = {.id = id(CLAIM, org * 1000 + asset),
                      .space = id(SPACE, space),
                      .org = id(ORG, org),
                      .asset = id(ASSET, asset),
                      .kind = kind};
    if (kind == CLAIM_ADDRESS || kind == CLAIM_RANGE)
        assert_true(ip_range_parse(str_of(value), &c.first, &c.last));
    else
        c.value = str_of(value);
    return c;
}

static struct ownership ask(const struct ownership_index *x, unsigned space, const char *address, const char *domain, int64_t at)
{
    struct ownership_query q = {.space = id(SPACE, space), .at = at, .domain = str_of(domain)};
    q.has_address = address && ip_parse(str_of(address), &q.address);
    struct ownership o;
    ownership_resolve(x, &q, &o);
    return o;
}

static void add(struct ownership_index *x, struct claim c)
{
    assert_true(ownership_add(x, &c));
}

static bool is_org(const struct ownership *o, unsigned org)
{
    struct own_id want = id(ORG, org);
    return o->verdict == VERDICT_OWNED && own_id_eq(&o->org, &want);
}

static bool says(const struct ownership *o, const char *statement)
{
    for (size_t i = 0; i < o->evidence_count; i++)
        if (strcmp(o->evidence[i].statement, statement) == 0)
            return true;
    return false;
}

static void order_of_evidence(void **state)
{
    (void)state;
    struct own_id net = INTERNET;
    struct ownership_index *x = ownership_index_new(&net);
    add(x, claim(CLAIM_RANGE, 5, 1, 1, "10.0.0.0/8"));
    add(x, claim(CLAIM_RANGE, 5, 2, 2, "10.1.0.0/16"));
    add(x, claim(CLAIM_RANGE, 5, 3, 3, "10.1.2.10-10.1.2.20"));
    add(x, claim(CLAIM_ADDRESS, 5, 4, 4, "10.1.2.15"));
    add(x, claim(CLAIM_DOMAIN, 5, 5, 5, "unit.gov.cn"));
    add(x, claim(CLAIM_RANGE, 5, 6, 6, "2001:db8::/32"));
    add(x, claim(CLAIM_RANGE, 5, 7, 7, "2001:db8:1::/48"));
    struct ownership o = ask(x, 5, "10.9.9.9", NULL, 1);
    assert_true(is_org(&o, 1) && o.method == METHOD_RANGE);
    o = ask(x, 5, "10.1.9.9", NULL, 1);
    assert_true(is_org(&o, 2) && says(&o, "wider_range"));
    o = ask(x, 5, "10.1.2.12", NULL, 1);
    assert_true(is_org(&o, 3));
    o = ask(x, 5, "10.1.2.15", NULL, 1);
    assert_true(is_org(&o, 4) && o.method == METHOD_ADDRESS && says(&o, "in_range_of_other"));
    struct ownership alone = ask(x, 5, "10.1.2.15", "www.unit.gov.cn", 1);
    assert_true(is_org(&alone, 4) && says(&alone, "parent_domain_registered_to_other") && alone.confidence < o.confidence);
    o = ask(x, 5, "10.9.9.9", "www.a.unit.gov.cn", 1);
    assert_true(is_org(&o, 5) && o.method == METHOD_DOMAIN);
    o = ask(x, 5, "2001:db8:1::7", NULL, 1);
    assert_true(is_org(&o, 7));
    o = ask(x, 5, "2001:db8:2::7", NULL, 1);
    assert_true(is_org(&o, 6));
    o = ask(x, 5, NULL, "other.gov.cn", 1);
    assert_int_equal(o.verdict, VERDICT_UNOWNED);
    assert_true(says(&o, "nothing_found"));
    ownership_index_free(x);
}

static void spaces_are_apart_and_the_internet_is_one(void **state)
{
    (void)state;
    struct own_id net = INTERNET;
    struct ownership_index *x = ownership_index_new(&net);
    add(x, claim(CLAIM_ADDRESS, 5, 1, 1, "10.0.0.1"));
    add(x, claim(CLAIM_ADDRESS, 6, 2, 2, "10.0.0.1"));
    add(x, claim(CLAIM_ADDRESS, 6, 3, 3, "8.8.4.4")); /* registered in a private space, but public */
    struct ownership o = ask(x, 5, "10.0.0.1", NULL, 1);
    assert_true(is_org(&o, 1));
    o = ask(x, 6, "10.0.0.1", NULL, 1);
    assert_true(is_org(&o, 2));
    o = ask(x, 7, "10.0.0.1", NULL, 1);
    assert_int_equal(o.verdict, VERDICT_UNOWNED);
    o = ask(x, 7, "8.8.4.4", NULL, 1);
    assert_true(is_org(&o, 3) && own_id_eq(&o.space, &net) && says(&o, "public_address"));
    ownership_index_free(x);
}

static void several_owners_are_ambiguous(void **state)
{
    (void)state;
    struct own_id net = INTERNET;
    struct ownership_index *x = ownership_index_new(&net);
    add(x, claim(CLAIM_RANGE, 5, 1, 1, "10.0.0.0/24"));
    add(x, claim(CLAIM_RANGE, 5, 2, 2, "10.0.0.128-10.0.1.127")); /* as large, overlapping */
    add(x, claim(CLAIM_ADDRESS, 5, 3, 3, "10.0.0.7"));
    add(x, claim(CLAIM_ADDRESS, 5, 3, 4, "10.0.0.7"));
    struct ownership o = ask(x, 5, "10.0.0.200", NULL, 1);
    assert_int_equal(o.verdict, VERDICT_AMBIGUOUS);
    assert_int_equal(o.candidate_count, 2);
    assert_true(own_id_none(&o.org) && o.confidence < 50);
    o = ask(x, 5, "10.0.0.7", NULL, 1);
    assert_true(is_org(&o, 3) && own_id_none(&o.asset)); /* one unit, two assets */
    ownership_index_free(x);
}

static void validity_and_urls(void **state)
{
    (void)state;
    struct own_id net = INTERNET;
    struct ownership_index *x = ownership_index_new(&net);
    struct claim c = claim(CLAIM_ADDRESS, 5, 1, 1, "10.0.0.1");
    c.valid_from = 100;
    c.valid_to = 200;
    add(x, c);
    c = claim(CLAIM_ADDRESS, 5, 2, 2, "10.0.0.1");
    c.valid_from = 200;
    add(x, c);
    struct ownership o = ask(x, 5, "10.0.0.1", NULL, 199);
    assert_true(is_org(&o, 1) && says(&o, "not_valid_then"));
    o = ask(x, 5, "10.0.0.1", NULL, 200);
    assert_true(is_org(&o, 2));
    int then = o.confidence;
    o = ask(x, 5, "10.0.0.1", NULL, 99);
    assert_true(is_org(&o, 1) && says(&o, "registered_later") && !says(&o, "not_valid_then"));
    assert_true(o.confidence < then);
    add(x, claim(CLAIM_DOMAIN, 5, 4, 4, "unit.cn"));
    struct ownership_query q = {.space = id(SPACE, 5), .at = 300, .url = STR("https://evil.cn@WWW.Unit.cn:8443/x@y")};
    ownership_resolve(x, &q, &o);
    assert_true(is_org(&o, 4));
    assert_true(str_is(o.evidence[0].matched, "unit.cn"));
    q.url = STR("http://10.0.0.1:81/");
    ownership_resolve(x, &q, &o);
    assert_true(is_org(&o, 2));
    struct claim bad = claim(CLAIM_DOMAIN, 5, 4, 4, "cn");
    assert_false(ownership_add(x, &bad));
    o = ask(x, 5, NULL, "cn", 1);
    assert_int_equal(o.verdict, VERDICT_UNOWNED);
    ownership_index_free(x);
}

static void late_registrations(void **state)
{
    (void)state;
    struct own_id net = INTERNET;
    struct ownership_index *x = ownership_index_new(&net);
    struct claim c = claim(CLAIM_ADDRESS, 5, 1, 1, "10.0.0.1");
    c.valid_from = 100;
    c.valid_to = 200;
    add(x, c);
    c = claim(CLAIM_ADDRESS, 5, 2, 2, "10.0.0.1");
    c.valid_from = 300;
    add(x, c);
    struct ownership o = ask(x, 5, "10.0.0.1", NULL, 250); /* given up, and not taken yet */
    assert_int_equal(o.verdict, VERDICT_UNOWNED);
    assert_true(says(&o, "not_valid_then") && says(&o, "nothing_found"));
    c = claim(CLAIM_ADDRESS, 5, 3, 3, "10.0.0.2");
    c.valid_from = 300;
    add(x, c);
    c.org = id(ORG, 4);
    c.asset = id(ASSET, 4);
    add(x, c);
    o = ask(x, 5, "10.0.0.2", NULL, 299); /* two at the same moment */
    assert_int_equal(o.verdict, VERDICT_AMBIGUOUS);
    assert_int_equal(o.candidate_count, 2);
    add(x, claim(CLAIM_RANGE, 5, 5, 5, "10.0.0.0/24")); /* whoever held the network then comes before the late one */
    o = ask(x, 5, "10.0.0.2", NULL, 299);
    assert_true(is_org(&o, 5) && o.method == METHOD_RANGE && says(&o, "not_valid_then") && !says(&o, "registered_later"));
    c = claim(CLAIM_DOMAIN, 5, 6, 6, "unit.cn");
    c.valid_from = 300;
    add(x, c);
    c = claim(CLAIM_DOMAIN, 5, 7, 7, "www.unit.cn");
    c.valid_from = 400;
    add(x, c);
    o = ask(x, 5, NULL, "www.unit.cn", 1); /* the nearer name, though it came later */
    assert_true(is_org(&o, 7) && says(&o, "registered_later"));
    ownership_index_free(x);
}

/* A list of claims looked through one by one is the reference, while claims come and go. */
static void agrees_with_a_plain_list(void **state)
{
    (void)state;
    enum { ASSETS = 300 };
    struct own_id net = INTERNET;
    struct ownership_index *x = ownership_index_new(&net);
    static struct claim list[ASSETS];
    static bool there[ASSETS];
    srandom(3);
    for (int round = 0; round < 6000; round++) {
        unsigned a = (unsigned)random() % ASSETS;
        if (there[a]) {
            assert_int_equal(ownership_remove_asset(x, &list[a].asset), 1);
            there[a] = false;
        } else {
            struct claim c = claim(CLAIM_RANGE, (unsigned)(5 + random() % 2), (unsigned)random() % 20 + 1, a, "10.0.0.0/24");
            unsigned lo = (unsigned)random() % 2000, hi = lo + (unsigned)random() % 300;
            c.first.b[14] = (unsigned char)(lo >> 8);
            c.first.b[15] = (unsigned char)lo;
            c.last.b[14] = (unsigned char)(hi >> 8);
            c.last.b[15] = (unsigned char)hi;
            add(x, c);
            list[a] = c;
            there[a] = true;
        }
        unsigned space = (unsigned)(5 + random() % 2), v = (unsigned)random() % 2300;
        struct ownership_query q = {.space = id(SPACE, space), .has_address = true, .at = 1, .address = list[a].first};
        q.address.b[14] = (unsigned char)(v >> 8);
        q.address.b[15] = (unsigned char)v;
        struct ownership o;
        ownership_resolve(x, &q, &o);
        unsigned best = 1U << 30;
        bool orgs[21] = {false};
        size_t n = 0;
        for (unsigned i = 0; i < ASSETS; i++) {
            const struct claim *c = &list[i];
            unsigned lo = (unsigned)c->first.b[14] << 8 | c->first.b[15], hi = (unsigned)c->last.b[14] << 8 | c->last.b[15];
            if (!there[i] || !own_id_eq(&c->space, &q.space) || v < lo || v > hi || hi - lo > best)
                continue;
            if (hi - lo < best) {
                best = hi - lo;
                memset(orgs, 0, sizeof orgs);
                n = 0;
            }
            n += !orgs[c->org.b[12]];
            orgs[c->org.b[12]] = true;
        }
        assert_int_equal(o.verdict, n == 0 ? VERDICT_UNOWNED : n > 1 ? VERDICT_AMBIGUOUS : VERDICT_OWNED);
        if (n == 1)
            assert_true(orgs[o.org.b[12]]);
    }
    for (unsigned i = 0; i < ASSETS; i++)
        ownership_remove_asset(x, &list[i].asset);
    assert_int_equal(ownership_count(x), 0);
    ownership_index_free(x);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(order_of_evidence),
                                       cmocka_unit_test(spaces_are_apart_and_the_internet_is_one),
                                       cmocka_unit_test(several_owners_are_ambiguous),
                                       cmocka_unit_test(validity_and_urls),
                                       cmocka_unit_test(late_registrations),
                                       cmocka_unit_test(agrees_with_a_plain_list)};
    return cmocka_run_group_tests_name("ownership/ownership", tests, NULL, NULL);
}
