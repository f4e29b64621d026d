/* Which rules and templates hold, when a delivery may go, when it is tried again. Pure. */
#ifndef NOTIFY_RULE_H
#define NOTIFY_RULE_H

#include <stdint.h>

#include "kernel/str.h"
#include "org/realm.h"

enum channel_kind { CHANNEL_EMAIL, CHANNEL_WEBHOOK, CHANNEL_SMS, CHANNEL_KINDS };
enum audience { AUDIENCE_RECEIVERS, AUDIENCE_DUTY, AUDIENCE_ROLE };
const char *channel_kind_name(enum channel_kind k);
bool channel_kind_of(struct str name, enum channel_kind *out);

struct rule {
    char realm[37]; /* realm_key */
    struct str event;
    unsigned levels; /* bits */
    enum channel_kind kind;
    enum audience audience;
    struct str audience_code;
    bool optional, active;
};
/* "*", "dispatch.*" or "dispatch.arrived". */
bool event_fits(struct str pattern, struct str event);
/* The active rules for a notice and a kind: those of the nearest realm that says anything about it, also that nothing is sent.
 * out has room for most; returns how many. */
size_t rules_for(const struct rule *list, size_t n, const struct realms *realms, struct str event, int level,
                 enum channel_kind kind, const struct rule **out, size_t most);

struct template
{
    char realm[37];
    struct str event, lang, subject, body;
    int level;
    enum channel_kind kind;
};
/* Nearest realm first; there, event and level before event, before level, before neither. NULL: none in that language. */
const struct template *template_pick(const struct template *list, size_t n, const struct realms *realms, struct str event,
                                     int level, enum channel_kind kind, struct str lang);

/* Quiet hours in minutes of the platform's day; from == to: none. */
struct quiet {
    char realm[37];
    bool enabled;
    int from, to;
};
const struct quiet *quiet_of(const struct quiet *list, size_t n, const struct realms *realms);
/* When a message of that level may go at the earliest: now, or the end of the quiet hours. Red and orange always go. */
int64_t quiet_until(const struct quiet *q, int level, int64_t now);

/* The wait after the n-th attempt (1 ..), or -1 when it was the last. jitter in 0 .. 1023. */
int64_t retry_after(int attempts, unsigned jitter);
enum { DELIVERY_ATTEMPTS = 8 };

#endif
