#include "forms/kind.h"

extern const struct form_kind *const __start_form_registry[], *const __stop_form_registry[];

const struct form_kind *form_kind_at(size_t i)
{
    return i < (size_t)(__stop_form_registry - __start_form_registry) ? __start_form_registry[i] : NULL;
}

const struct form_kind *form_kind_of(struct str name)
{
    for (size_t i = 0; form_kind_at(i); i++)
        if (str_is(name, form_kind_at(i)->name))
            return form_kind_at(i);
    return NULL;
}
