/* The route table. It is generated from the files of backend/api (scripts/gen-api.mjs); a route whose
 * handler is missing does not link, one without a permission does not generate. */
#ifndef HTTP_ROUTE_H
#define HTTP_ROUTE_H

#include <stdbool.h>
#include <stddef.h>

struct request;
struct error;
struct schema;

enum tx { TX_NONE, TX_WRITE };                     /* x-tx: none | write */
enum row_scope { ROWS_NONE, ROWS_ORG, ROWS_SELF }; /* x-scope: none | org | self */
enum body { BODY_NONE, BODY_JSON, BODY_MULTIPART = 2, BODY_XML = 4, BODY_NDJSON = 8, BODY_FORM = 16 };

struct route_param {
    const char *name;
    bool in_path; /* else in the query */
    bool required;
    const char *schema_json; /* JSON text of the parameter's schema, $ref resolved against the document */
};

struct route {
    const char *operation; /* operationId, equals the handler's name */
    const char *method;
    const char *path; /* "/api/v1/assets/{id}" */
    struct error *(*handler)(struct request *);
    const char *perm;  /* "public", "session" (any signed-in principal) or a permission */
    const char *audit; /* action name of an audited read or a write; NULL when the route writes no audit row itself */
    enum row_scope rows;
    enum tx tx;
    unsigned body; /* bits of enum body; 0 none */
    bool body_required;
    size_t body_max;         /* bytes; x-body-max, default 1 MiB */
    const char *sheet;       /* x-sheet: the schema of a row (sheet_body.h), or NULL */
    const char *schema_json; /* JSON text of the application/json body's schema or NULL */
    const struct route_param *params;
    size_t param_count;
};

extern const struct route routes[];
extern const size_t route_count;
/* Every permission that the contract names, sorted, without "public" and "session". */
extern const char *const route_permissions[];
extern const size_t route_permission_count;
/* The merged OpenAPI document (all $ref inside #/components kept), JSON, and its length. */
extern const char openapi_json[];
extern const size_t openapi_json_len;

#endif
