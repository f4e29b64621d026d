#include "settings/setting.h"

#include "kernel/clock.h"
#include "settings/setting_store.h"

enum { SETTINGS_MAX = 100, FRESH_US = 5000000 };

extern const struct setting *const __start_setting_registry[], *const __stop_setting_registry[];

/* What this process has read; one thread. */
static struct {
    int64_t value[SETTINGS_MAX];
    bool given[SETTINGS_MAX];
    uint64_t generation;
    int64_t read_at;
} kept;

const struct setting *setting_at(size_t i)
{
    return i < (size_t)(__stop_setting_registry - __start_setting_registry) && i < SETTINGS_MAX ? __start_setting_registry[i]
                                                                                                : NULL;
}

static size_t place_of(struct str name)
{
    size_t i = 0;
    while (setting_at(i) && !str_is(name, setting_at(i)->name))
        i++;
    return i;
}

static struct error *read_all(struct services *s, struct arena *a)
{
    struct rows x;
    uint64_t generation = services_generation(s, GENERATION_CONFIG);
    TRY(setting_rows(s->db, a, &x));
    memset(kept.given, 0, sizeof kept.given);
    while (rows_next(&x)) {
        size_t i = place_of(row_text(&x, 0));
        if (!setting_at(i))
            continue;
        kept.value[i] = row_int(&x, 1);
        kept.given[i] = true;
    }
    TRY(rows_end(&x));
    kept.generation = generation;
    kept.read_at = clock_mono_us();
    return NULL;
}

struct error *setting_get(struct services *s, struct arena *a, const struct setting *x, int64_t *out)
{
    size_t i = place_of(str_of(x->name));
    if (!kept.read_at || kept.generation != services_generation(s, GENERATION_CONFIG) || clock_mono_us() - kept.read_at > FRESH_US)
        TRY(read_all(s, a));
    bool fits = setting_at(i) && kept.given[i] && kept.value[i] >= x->least && kept.value[i] <= x->most;
    *out = fits ? kept.value[i] : x->shipped;
    return NULL;
}
