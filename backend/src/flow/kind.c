#include "flow/kind.h"

extern const struct flow_kind *const __start_flow_kind_registry[], *const __stop_flow_kind_registry[];

const struct flow_kind *flow_kind_at(size_t i)
{
    return i < (size_t)(__stop_flow_kind_registry - __start_flow_kind_registry) ? __start_flow_kind_registry[i] : NULL;
}

const struct flow_kind *flow_kind_of(struct str name)
{
    for (size_t i = 0; flow_kind_at(i); i++)
        if (str_is(name, flow_kind_at(i)->rules.kind))
            return flow_kind_at(i);
    return NULL;
}
