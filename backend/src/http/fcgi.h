/* Between libfcgi and struct request; inside http/ only. */
#ifndef HTTP_FCGI_H
#define HTTP_FCGI_H

#include "http/request.h"

struct fcgi {
    void *fcgx; /* FCGX_Request */
    struct str content_length, uri, request_id, language;
    const char *tmp_dir;
    const char *bad_header, *bad_why; /* a header that was refused while it was read; NULL: none */
    uint64_t body_left;
};

void fcgi_begin(struct request *r, struct fcgi *f);
/* The pipeline's first stage: no header that counts stands twice or is longer than 8 KiB. */
struct error *fcgi_headers(struct request *r) MUST_CHECK;
/* After routing: size and kind checked against the route, then read. */
struct error *fcgi_read_body(struct request *r) MUST_CHECK;
/* Bytes handed to nginx. The parameters, into which r points, live until fcgi_end. */
size_t fcgi_send(struct request *r);
void fcgi_end(struct fcgi *f);

#endif
