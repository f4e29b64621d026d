#include "forms/kind.h"

extern const struct form_kind *const __start_form_registry[], *const __stop_form_registry[];

extern const struct form_ref *const __start_form_ref_registry[], *const __stop_form_ref_registry[];

const struct form_ref *form_ref_of(const char *name)
{
    for (const struct form_ref *const *p = __start_form_ref_registry; p < __stop_form_ref_registry; p++)
        if (strcmp((*p)->name, name) == 0)
            return *p;
    return NULL;
}

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
