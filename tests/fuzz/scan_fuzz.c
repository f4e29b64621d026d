/* Scanner and formats on arbitrary lines: no crash, and what was accepted keeps its promises. */
#include <stdlib.h>

#include "ingest/format.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const char MAP[] =
        "{\"fields\":{\"event_id\":[\"EventID\"],\"aggregation_id\":[\"A\"],\"name\":[\"N\"],\"time\":[\"T\"],\"src_ip\":[\"S\"],\"url\":[\"U\"]},"
        "\"unknown\":[\"-1\"],\"update_categories\":[\"999\"],\"levels\":{},\"status\":{},\"protocols\":{}}";
    static const char *const names[] = {"eve", "hisec", "generic"};
    static struct arena *kept;
    static struct formats *all;
    if (!all) {
        const char *why = NULL;
        kept = arena_new(1 << 20);
        all = formats_load(kept, str_of(MAP), &why);
        if (!all)
            abort();
    }
    struct arena *a = arena_new(64 << 20);
    for (size_t i = 0; i < 3; i++) {
        struct format_source source = {.tz_minutes = 480};
        struct event e;
        format_parse(format_named(all, str_of(names[i])), a, &source, (struct str){(const char *)data, size}, &e);
        if (e.kind == EVENT_REJECTED ? !e.code : e.kind == EVENT_NEW && (!e.name.n || !str_utf8(e.name, NULL) || e.count < 1))
            abort();
    }
    arena_free(a);
    return 0;
}
