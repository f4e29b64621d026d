/* "schema NUL value": both read strictly, the schema compiled, the value checked. What was taken once is written and
 * taken again. */
#include <stdlib.h>

#include "json/read.h"
#include "json/schema.h"
#include "json/value.h"
#include "json/write.h"

enum { DEPTH = 32, MEMORY = 512 << 20 };

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct arena *a = arena_new(MEMORY);
    struct str rest = {(const char *)data, size};
    struct str schema_text = str_cut(&rest, '\0');
    json_t *schema, *value, *again;
    struct error *e = NULL;
    if (json_read(a, rest, DEPTH, &value) == NULL) {
        struct buf b = buf_new(a, 256, 64 << 20);
        char *text = json_dumps(value, JSON_ENCODE_ANY | JSON_COMPACT);
        if (!text || json_read(a, str_of(text), DEPTH, &again) || !json_same(value, again))
            abort();
        json_canonical(&b, value);
        free(text);
        if (json_read(a, schema_text, DEPTH, &schema) == NULL) {
            struct schema *s = schema_compile(a, schema, schema, &e);
            if (!s != !!e || (s && (e = schema_check(a, s, value, "")) && (!e->field || !e->rule)))
                abort();
        }
    }
    arena_free(a);
    return 0;
}
