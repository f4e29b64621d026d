#include "ingest/source_store.h"

struct error *source_for(struct request *r, struct str format, struct str id, struct source *out)
{
    if (id.n) {
        bool known;
        TRY(source_by_id(r, id, out, &known));
        if (!known)
            return invalid(r, "source", "unknown", "there is no active source of that id for you to send through");
        if (!str_is(format, out->format))
            return invalid(r, "source", "format", "that source sends %s", out->format);
        return NULL;
    }
    int found = 0;
    if (r->who->kind == PRINCIPAL_CLIENT)
        TRY(source_of_client(r, format, out, &found));
    if (found > 1)
        return invalid(r, "source", "required", "you have several sources of this format: say which");
    return found ? NULL : source_default(r, format, out);
}
