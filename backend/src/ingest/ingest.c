#include "ingest/ingest.h"

#include <stdio.h>

const char *const FORMAT_NAMES[FORMAT_COUNT] = {"eve", "hisec", "generic"};

int event_format(struct str name)
{
    for (int i = 0; i < FORMAT_COUNT; i++)
        if (str_is(name, FORMAT_NAMES[i]))
            return i;
    return -1;
}

enum { MAP_MAX = 1 << 20, KEPT_MAX = 8 << 20 };

struct error *formats_kept(struct services *s, struct arena *a, const struct formats **out)
{
    static const struct formats *kept;
    static struct arena *arena;
    *out = kept;
    if (kept)
        return NULL;
    const char *path = arena_printf(a, "%s/packs/hisec-map.json", s->config->share_dir), *why;
    FILE *f = fopen(path, "rbe");
    if (!f)
        return error_new(a, ERR_INTERNAL, "%s cannot be read", path);
    char *text = arena_alloc(a, MAP_MAX);
    size_t n = fread(text, 1, MAP_MAX, f);
    fclose(f);
    if (!arena)
        arena = arena_new(KEPT_MAX);
    *out = kept = formats_load(arena, (struct str){text, n}, &why);
    return kept ? NULL : error_new(a, ERR_INTERNAL, "%s: %s", path, why);
}

const char *stream_name(struct arena *a, unsigned part)
{
    return arena_printf(a, "events:%u", part);
}

const char *line_message(struct arena *a, const char *lang, const char *code, const char *field)
{
    static const struct {
        const char *code, *zh, *en;
    } texts[] = {{"too_large", "单行超过 256 KiB", "the line is longer than 256 KiB"},
                 {"too_deep", "嵌套层级过深", "nested too deeply"},
                 {"duplicate_key", "键名重复", "a key appears twice"},
                 {"bad_utf8", "不是有效的 UTF-8", "not valid UTF-8"},
                 {"malformed", "不是有效的 JSON", "not valid JSON"},
                 {"not_an_object", "不是 JSON 对象", "not a JSON object"},
                 {"required", "缺少必填字段", "is missing"},
                 {"bad_time", "时间无效", "is not a time"},
                 {"bad_address", "IP 地址无效", "is not an IP address"},
                 {"bad_port", "端口无效", "is not a port"},
                 {"bad_type", "类型不正确", "has the wrong type"},
                 {"bad_count", "次数无效", "is not a count of at least 1"},
                 {"bad_severity", "级别无效", "is not a severity"},
                 {"bad_domain", "域名无效", "is not a domain name"}};
    const char *text = code;
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++)
        if (strcmp(texts[i].code, code) == 0)
            text = strcmp(lang, "en") == 0 ? texts[i].en : texts[i].zh;
    return field ? arena_printf(a, "%s: %s", field, text) : text;
}
