/* Members of JSON answers for functions that go on in somebody else's object: json/write.h, with the comma found from what
 * the buffer ends in. key NULL inside an array; a str with p == NULL, a time of 0 and an SQL NULL are written as null. */
#ifndef FLOW_PUT_H
#define FLOW_PUT_H

#include <stdbool.h>
#include <stdint.h>

#include "json/write.h"
#include "kernel/str.h"
#include "sql/sql.h"

void put_key(struct buf *b, const char *key);
void put_open(struct buf *b, const char *key, char bracket); /* '{' or '[' */
void put_str(struct buf *b, const char *key, struct str v);
void put_int(struct buf *b, const char *key, int64_t v);
void put_bool(struct buf *b, const char *key, bool v);
void put_null(struct buf *b, const char *key);
/* One decimal. */
void put_real(struct buf *b, const char *key, double v);
void put_time(struct buf *b, const char *key, int64_t us);
/* JSON text that the database holds; "null" when empty. */
void put_json(struct buf *b, const char *key, struct str text);

void put_col(struct buf *b, const char *key, struct rows *r, unsigned col); /* text */
void put_col_int(struct buf *b, const char *key, struct rows *r, unsigned col);
void put_col_bool(struct buf *b, const char *key, struct rows *r, unsigned col); /* NULL: false */
void put_col_time(struct buf *b, const char *key, struct rows *r, unsigned col);

/* A strong ETag of what was written, with its quotes. */
const char *put_etag(struct arena *a, struct str body);

#endif
