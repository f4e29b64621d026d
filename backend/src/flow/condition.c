#include "flow/condition.h"

#include <stdlib.h>

enum op { OP_EQ, OP_NE, OP_LT, OP_LE, OP_GT, OP_GE, OP_AND, OP_OR, OP_NOT };

struct condition {
    enum op op;
    struct condition *a, *b; /* and, or, not */
    const char *name;
    bool number;
    const char *text;
    double d;
};

struct reader {
    struct arena *a;
    const char *p, *end;
    int depth;
    int (*known)(const void *, struct str);
    const void *context;
    const char *why, *at;
};

static struct condition *fail(struct reader *r, const char *why, struct str at)
{
    if (!r->why) {
        r->why = why;
        r->at = arena_strndup(r->a, at.p, at.n < 60 ? at.n : 60);
    }
    return NULL;
}

static void space(struct reader *r)
{
    while (r->p < r->end && (*r->p == ' ' || *r->p == '\t' || *r->p == '\n' || *r->p == '\r'))
        r->p++;
}

static struct str rest(const struct reader *r)
{
    return (struct str){r->p, (size_t)(r->end - r->p)};
}

static bool word_char(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_';
}

static struct str word(struct reader *r)
{
    space(r);
    const char *from = r->p;
    while (r->p < r->end && word_char(*r->p))
        r->p++;
    return (struct str){from, (size_t)(r->p - from)};
}

/* Takes the keyword when it comes next. */
static bool keyword(struct reader *r, const char *k)
{
    const char *from = r->p;
    if (str_ieq(word(r), str_of(k)))
        return true;
    r->p = from;
    return false;
}

static bool sign(struct reader *r, const char *s)
{
    size_t n = strlen(s);
    space(r);
    if ((size_t)(r->end - r->p) < n || memcmp(r->p, s, n) != 0)
        return false;
    r->p += n;
    return true;
}

static struct condition *either(struct reader *r);

static struct condition *make(struct reader *r, enum op op, struct condition *a, struct condition *b)
{
    struct condition *c = arena_zalloc(r->a, sizeof *c);
    c->op = op;
    c->a = a;
    c->b = b;
    return c;
}

static bool operand(struct reader *r, struct condition *c)
{
    space(r);
    if (r->p < r->end && (*r->p == '\'' || *r->p == '"')) {
        const char *close = memchr(r->p + 1, *r->p, (size_t)(r->end - r->p - 1));
        if (!close)
            return fail(r, "bad_condition", rest(r));
        c->text = arena_strndup(r->a, r->p + 1, (size_t)(close - r->p - 1));
        r->p = close + 1;
        return true;
    }
    char copy[40], *end;
    str_copy(copy, sizeof copy, rest(r));
    c->d = strtod(copy, &end);
    c->number = true;
    if (end == copy || word_char(*end))
        return fail(r, "bad_condition", rest(r));
    r->p += end - copy;
    return true;
}

static struct condition *comparison(struct reader *r)
{
    static const char *const signs[] = {"!=", "<=", ">=", "=", "<", ">"};
    static const enum op ops[] = {OP_NE, OP_LE, OP_GE, OP_EQ, OP_LT, OP_GT};
    struct str name = word(r);
    int type = name.n ? r->known(r->context, name) : 0;
    if (!type)
        return fail(r, name.n ? "unknown_variable" : "bad_condition", name.n ? name : rest(r));
    struct condition *c = make(r, OP_EQ, NULL, NULL);
    c->name = str_dup(r->a, name);
    for (size_t i = 0; i < sizeof signs / sizeof *signs; i++)
        if (sign(r, signs[i])) {
            c->op = ops[i];
            if (!operand(r, c))
                return NULL;
            bool fits = c->number ? type == 'n' : type == 's' && (c->op == OP_EQ || c->op == OP_NE);
            return fits ? c : fail(r, "bad_condition", name);
        }
    return fail(r, "bad_condition", rest(r));
}

static struct condition *unary(struct reader *r)
{
    struct condition *c;
    if (++r->depth > CONDITION_DEPTH)
        return fail(r, "bad_condition", rest(r));
    if (keyword(r, "not")) {
        c = unary(r);
        c = c ? make(r, OP_NOT, c, NULL) : NULL;
    } else if (sign(r, "(")) {
        c = either(r);
        if (c && !sign(r, ")"))
            c = fail(r, "bad_condition", rest(r));
    } else {
        c = comparison(r);
    }
    r->depth--;
    return c;
}

static struct condition *both(struct reader *r)
{
    struct condition *c = unary(r);
    while (c && keyword(r, "and")) {
        struct condition *b = unary(r);
        c = b ? make(r, OP_AND, c, b) : NULL;
    }
    return c;
}

static struct condition *either(struct reader *r)
{
    struct condition *c = both(r);
    while (c && keyword(r, "or")) {
        struct condition *b = both(r);
        c = b ? make(r, OP_OR, c, b) : NULL;
    }
    return c;
}

struct condition *condition_read(struct arena *a, struct str text, int (*known)(const void *, struct str), const void *context,
                                 const char **why, const char **at)
{
    struct reader r = {.a = a, .p = text.p, .end = text.p + text.n, .known = known, .context = context};
    struct condition *c = text.n > CONDITION_MAX ? fail(&r, "bad_condition", text) : either(&r);
    space(&r);
    if (c && r.p < r.end)
        c = fail(&r, "bad_condition", rest(&r));
    *why = r.why;
    *at = r.at;
    return c;
}

static bool ordered(enum op op, double x, double y)
{
    switch (op) {
    case OP_EQ:
        return !(x < y) && !(x > y);
    case OP_NE:
        return x < y || x > y;
    case OP_LT:
        return x < y;
    case OP_LE:
        return x <= y;
    case OP_GT:
        return x > y;
    default:
        return x >= y;
    }
}

static bool compare(const struct condition *c, const json_t *variables, const char *outcome)
{
    const json_t *v = json_object_get(variables, c->name);
    const char *text = strcmp(c->name, "outcome") == 0 ? outcome : json_string_value(v);
    if (c->number)
        return json_is_number(v) ? ordered(c->op, json_number_value(v), c->d) : c->op == OP_NE;
    return text ? (strcmp(text, c->text) == 0) == (c->op == OP_EQ) : c->op == OP_NE;
}

bool condition_holds(const struct condition *c, const json_t *variables, const char *outcome)
{
    switch (c->op) {
    case OP_AND:
        return condition_holds(c->a, variables, outcome) && condition_holds(c->b, variables, outcome);
    case OP_OR:
        return condition_holds(c->a, variables, outcome) || condition_holds(c->b, variables, outcome);
    case OP_NOT:
        return !condition_holds(c->a, variables, outcome);
    default:
        return compare(c, variables, outcome);
    }
}
