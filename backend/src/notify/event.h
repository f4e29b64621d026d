/* The catalogue of backend/packs/notices.json: events, facts, levels in words. Read once a process. */
#ifndef NOTIFY_EVENT_H
#define NOTIFY_EVENT_H

#include <jansson.h>

#include "http/services.h"
#include "kernel/error.h"
#include "notify/template.h"

/* The whole pack; lives as long as the process. */
struct error *notice_pack(struct services *s, struct arena *a, json_t **out) MUST_CHECK;
/* The words of an event (its code when unknown) and of a level (empty for 0). */
struct str event_words(json_t *pack, struct str event, struct str lang);
struct str level_words(json_t *pack, int level, struct str lang);
/* Every fact that a text may name, with its label as value: for checks and previews. */
struct facts facts_known(json_t *pack, struct arena *a, struct str lang);

#endif
