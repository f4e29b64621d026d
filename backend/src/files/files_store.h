/* SQL of files; inside files/ only. */
#ifndef FILES_FILES_STORE_H
#define FILES_FILES_STORE_H

#include "files/files.h"

struct file_row {
    char sha256_hex[65];
    char *name, *media_type, *subject_kind, *subject_id, *created_by;
    bool in_scope;
};
struct error *file_find(struct request *r, const char *id, struct file_row *out, bool *found) MUST_CHECK;

#endif
