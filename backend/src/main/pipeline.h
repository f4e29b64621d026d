/* The way of a request, in order. */
#ifndef MAIN_PIPELINE_H
#define MAIN_PIPELINE_H

#include "http/server.h"

extern const struct stage pipeline[];
extern const size_t pipeline_length;
void pipeline_finished(struct request *r, size_t bytes_sent);

#endif
