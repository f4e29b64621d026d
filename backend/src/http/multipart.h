/* multipart/form-data (RFC 7578) read as a stream: file parts go to temporary files, nothing is held whole.
 * Limits: boundary 70 bytes, header of a part 8 KiB, 10 file parts, 32 text parts of 8 KiB each. */
#ifndef HTTP_MULTIPART_H
#define HTTP_MULTIPART_H

#include "http/request.h"

/* Reads up to n bytes of the body into p: bytes read, 0 at the end, -1 on failure. */
typedef int (*body_reader)(void *from, char *p, int n);

/* Text parts become members of r->json (strings); file parts r->uploads. tmp_dir is on the file system of the
 * file store. The temporary files are removed with the request. */
struct error *multipart_read(struct request *r, const char *tmp_dir, body_reader read, void *from) MUST_CHECK;
/* A raw body as one upload with the field "". */
struct error *upload_raw(struct request *r, const char *tmp_dir, body_reader read, void *from) MUST_CHECK;

/* A file's name as a client gives it: the last path element, without control characters, at most 255 bytes; "file" when nothing
 * is left. Never a path. */
const char *upload_name(struct arena *a, const char *given);

#endif
