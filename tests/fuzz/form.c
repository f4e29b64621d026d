/* "definition NUL values NUL cell": the definition read, as rows and back, the values checked, the cell read as each field and written again. */
#include <stdlib.h>

#include "forms/form.h"
#include "forms/form_sheet.h"
#include "json/read.h"

enum { DEPTH = 32, MEMORY = 512 << 20 };

static void cells(struct arena *a, const struct form *f, const struct codes *codes, struct str cell)
{
    json_t *values = json_object();
    for (size_t i = 0; i < f->count; i++) {
        json_t *v = form_value_of_text(a, &f->fields[i], codes, NULL, values, cell);
        if (v)
            form_text_of_value(a, &f->fields[i], codes, NULL, v, "en");
        json_decref(v);
    }
    json_decref(values);
}

/* What a definition says as rows is a definition again. */
static void there_and_back(struct arena *a, json_t *definition)
{
    struct form f;
    json_t *again, *rows = form_rows_of(a, definition);
    if (form_of_rows(a, rows, &again) || form_read(a, again, &f))
        abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct code_item items[] = {{STR("a"), STR("甲"), STR("A"), STR(""), false}, {STR("b"), STR("乙"), STR("B"), STR("a"), false}};
    struct code_list lists[] = {{STR("d"), STR(""), items, 2}};
    struct codes codes = {lists, 1};
    struct arena *a = arena_new(MEMORY);
    struct str rest = {(const char *)data, size};
    struct str definition_text = str_cut(&rest, '\0'), values_text = str_cut(&rest, '\0');
    json_t *definition, *values;
    struct form f;
    struct error *e;
    if (json_read(a, definition_text, DEPTH, &definition) == NULL) {
        e = form_read(a, definition, &f);
        if (e && (!e->field || !e->rule))
            abort();
        if (!e)
            there_and_back(a, definition);
        if (!e && str_utf8(rest, NULL))
            cells(a, &f, &codes, rest);
        if (!e && json_read(a, values_text, DEPTH, &values) == NULL && json_is_object(values) &&
            (e = form_check(a, &f, &codes, NULL, values, "v")) && (!e->field || !e->rule))
            abort();
    }
    arena_free(a);
    return 0;
}
