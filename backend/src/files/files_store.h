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

/* ---- on which hosts the bytes lie ---- */
struct error *file_copy_at(struct services *s, struct arena *a, const char *sha256_hex, struct str host, bool *out) MUST_CHECK;
struct error *file_copy_here(struct services *s, struct arena *a, const char *sha256_hex) MUST_CHECK;

/* Takes the kept bytes as an attachment of the caller's, and answers 201. Fills use and created_by. */
struct error *file_stored(struct request *r, const char *id, struct new_file *f) MUST_CHECK;

/* ---- uploads in parts ---- */
enum { UPLOAD_PART = 4 << 20, UPLOADS_OPEN_MAX = 20, UPLOAD_HOURS = 24 };
struct upload_row {
    const char *name;
    int64_t bytes, part_bytes;
};
struct error *upload_insert(struct request *r, const char *id, struct str name, int64_t bytes) MUST_CHECK;
/* The caller's own; locked when lock is set. */
struct error *upload_find(struct request *r, const char *id, bool lock, struct upload_row *out, bool *found) MUST_CHECK;
struct error *uploads_open(struct request *r, int64_t *out) MUST_CHECK;
/* part_no, file_id, sha256 in hex, bytes; by number. */
struct error *upload_part_rows(struct db *db, struct arena *a, const char *id, struct rows *out) MUST_CHECK;
struct error *upload_part_put(struct request *r, const char *id, int64_t part, const char *file_id, const char *sha256_hex,
                              uint64_t bytes) MUST_CHECK;
/* The upload and its parts, bytes included. */
struct error *upload_remove(struct services *s, struct arena *a, const char *id) MUST_CHECK;

#endif
