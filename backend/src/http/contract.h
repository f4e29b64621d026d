/* The compiled contract: built once in the master, before the children are forked, and read-only after. */
#ifndef HTTP_CONTRACT_H
#define HTTP_CONTRACT_H

#include "http/request.h"
#include "json/schema.h"

struct contract;

/* Compiles every body and parameter schema of the route table. boot lives as long as the process. */
struct error *contract_load(struct arena *boot, struct contract **out) MUST_CHECK;
/* Fills r->route and the raw path parameters; ERR_NOT_FOUND or ERR_METHOD. */
struct error *contract_route(const struct contract *c, struct request *r) MUST_CHECK;
/* Path and query parameters into r->params; the JSON body into r->json, against their schemas. */
struct error *contract_params(const struct contract *c, struct request *r) MUST_CHECK;
struct error *contract_body(const struct contract *c, struct request *r) MUST_CHECK;
/* The schema of a row of the route's sheet (x-sheet), or NULL. */
json_t *contract_sheet(const struct request *r);
/* "Allow" of the path that ERR_METHOD was said of. */
const char *contract_allow(const struct contract *c, struct request *r);

#endif
