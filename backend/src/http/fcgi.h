/* Between libfcgi and struct request; inside http/ only. */
#ifndef HTTP_FCGI_H
#define HTTP_FCGI_H

#include "http/request.h"

struct fcgi {
    void *fcgx; /* FCGX_Request */
    struct str content_length;
    const char *tmp_dir;
};

void fcgi_begin(struct request *r, struct fcgi *f);
/* After routing: size and kind checked against the route, then read. */
struct error *fcgi_read_body(struct request *r) MUST_CHECK;
/* Bytes handed to nginx. */
size_t fcgi_send(struct request *r);

#endif
