#include "json/format.h"

#include <arpa/inet.h>

#include "kernel/clock.h"
#include "kernel/id.h"

static bool digits(struct str s)
{
    for (size_t i = 0; i < s.n; i++)
        if (s.p[i] < '0' || s.p[i] > '9')
            return false;
    return s.n > 0;
}

static int number(struct str s, size_t from, size_t n)
{
    int v = 0;
    for (size_t i = from; i < from + n; i++) {
        if (s.p[i] < '0' || s.p[i] > '9')
            return -1;
        v = v * 10 + (s.p[i] - '0');
    }
    return v;
}

static bool is_date(struct str s)
{
    static const int length[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
    if (s.n != 10 || s.p[4] != '-' || s.p[7] != '-')
        return false;
    int y = number(s, 0, 4), m = number(s, 5, 2), d = number(s, 8, 2);
    if (y < 1 || m < 1 || m > 12 || d < 1)
        return false;
    bool leap = (y % 4 == 0 && y % 100 != 0) || y % 400 == 0;
    return d <= length[m - 1] + (m == 2 && leap);
}

static bool is_date_time(struct str s)
{
    int64_t us;
    return clock_parse_rfc3339(s, &us);
}

static bool address(struct str s, int family)
{
    char text[INET6_ADDRSTRLEN];
    unsigned char raw[16];
    if (!s.n || s.n >= sizeof text || memchr(s.p, 0, s.n))
        return false;
    memcpy(text, s.p, s.n);
    text[s.n] = '\0';
    return inet_pton(family, text, raw) == 1;
}

static bool is_ipv4(struct str s)
{
    return address(s, AF_INET);
}

static bool is_ipv6(struct str s)
{
    return address(s, AF_INET6);
}

static bool is_ip(struct str s)
{
    return is_ipv4(s) || is_ipv6(s);
}

static bool is_cidr(struct str s)
{
    struct str rest = s;
    struct str ip = str_cut(&rest, '/');
    uint64_t bits;
    return is_ip(ip) && rest.n <= 3 && str_u64(rest, &bits) && bits <= (is_ipv4(ip) ? 32u : 128u);
}

static bool is_ip_range(struct str s)
{
    struct str rest = s;
    struct str lo = str_cut(&rest, '-');
    return is_ip(lo) && is_ip(rest) && is_ipv4(lo) == is_ipv4(rest);
}

static bool hex(char c)
{
    return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F');
}

static bool is_mac(struct str s)
{
    size_t n = 0;
    for (size_t i = 0; i < s.n; i++) {
        if (hex(s.p[i]))
            n++;
        else if (s.p[i] != ':' && s.p[i] != '-' && s.p[i] != '.')
            return false;
    }
    return n == 12 && s.n <= 17;
}

static bool is_port(struct str s)
{
    uint64_t v;
    return s.n <= 5 && str_u64(s, &v) && v >= 1 && v <= 65535;
}

static bool label_char(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' || (c & 0x80);
}

/* Labels of 1 to 63 characters without a hyphen at their ends; U-labels are taken, the store keeps what was given. */
static bool host_labels(struct str s, size_t least)
{
    size_t labels = 0;
    if (!s.n || s.n > 253 || s.p[s.n - 1] == '.')
        return false;
    while (s.n) {
        struct str label = str_cut(&s, '.');
        if (!label.n || label.n > 63 || label.p[0] == '-' || label.p[label.n - 1] == '-')
            return false;
        for (size_t i = 0; i < label.n; i++)
            if (!label_char(label.p[i]))
                return false;
        labels++;
    }
    return labels >= least;
}

static bool is_hostname(struct str s)
{
    return host_labels(s, 1);
}

static bool is_domain(struct str s)
{
    return host_labels(s, 2) && !is_ip(s);
}

static bool is_email(struct str s)
{
    struct str rest = s;
    struct str local = str_cut(&rest, '@');
    if (!local.n || local.n > 64 || !host_labels(rest, 2))
        return false;
    for (size_t i = 0; i < local.n; i++)
        if ((unsigned char)local.p[i] <= ' ' || strchr("()<>[]:;,\\\"", local.p[i]))
            return false;
    return local.p[0] != '.' && local.p[local.n - 1] != '.';
}

static bool is_uri(struct str s)
{
    struct str rest = s;
    struct str scheme = str_cut(&rest, ':');
    if (!scheme.n || !rest.n || scheme.n == s.n || s.n > 2000)
        return false;
    for (size_t i = 0; i < scheme.n; i++)
        if (!label_char(scheme.p[i]) || (scheme.p[i] & 0x80))
            return false;
    for (size_t i = 0; i < s.n; i++)
        if ((unsigned char)s.p[i] <= ' ' || s.p[i] == '"' || s.p[i] == '<' || s.p[i] == '>')
            return false;
    return !(scheme.p[0] >= '0' && scheme.p[0] <= '9');
}

static bool is_uuid(struct str s)
{
    return id_valid(s);
}

/* GB 32100-2015: 18 characters, check character modulo 31, weights 3^(i-1) mod 31. */
static bool is_uscc(struct str s)
{
    static const char alphabet[] = "0123456789ABCDEFGHJKLMNPQRTUWXY";
    int sum = 0, weight = 1;
    if (s.n != 18)
        return false;
    for (size_t i = 0; i < 18; i++) {
        const char *at = s.p[i] ? strchr(alphabet, s.p[i]) : NULL;
        if (!at)
            return false;
        int value = (int)(at - alphabet);
        if (i == 17)
            return value == (31 - sum % 31) % 31;
        sum += value * weight;
        weight = weight * 3 % 31;
    }
    return false;
}

/* Mobile of 11 digits, or area code and number, with an optional extension; spaces are not taken. */
static bool is_phone(struct str s)
{
    if (digits(s))
        return s.n >= 5 && s.n <= 12;
    struct str rest = s;
    struct str area = str_cut(&rest, '-'), line = str_cut(&rest, '-');
    return digits(area) && area.n >= 3 && area.n <= 4 && digits(line) && line.n >= 7 && line.n <= 8 &&
           (!rest.n || (digits(rest) && rest.n <= 6));
}

format_check format_by_name(const char *name)
{
    static const struct {
        const char *name;
        format_check check;
    } formats[] = {{"date", is_date}, {"date-time", is_date_time}, {"email", is_email},       {"uri", is_uri},
                   {"uuid", is_uuid}, {"ipv4", is_ipv4},           {"ipv6", is_ipv6},         {"hostname", is_hostname},
                   {"ip", is_ip},     {"cidr", is_cidr},           {"ip-range", is_ip_range}, {"mac", is_mac},
                   {"port", is_port}, {"domain", is_domain},       {"uscc", is_uscc},         {"phone", is_phone}};
    for (size_t i = 0; i < sizeof formats / sizeof *formats; i++)
        if (strcmp(formats[i].name, name) == 0)
            return formats[i].check;
    return NULL;
}
