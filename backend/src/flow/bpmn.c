/* BPMN XML into a model: what is there, by name. bpmn_check.c looks at the whole afterwards. */
#include <libxml/parser.h>
#include <libxml/tree.h>

#include "flow/bpmn_internal.h"
#include "json/format.h"

#define MODEL_NAMESPACE "http://www.omg.org/spec/BPMN/20100524/MODEL"

void bpmn_fault(struct bpmn *b, const char *at, const char *rule, const char *detail)
{
    if (++b->faults > BPMN_FAULTS_MAX)
        return;
    struct error *e = error_field(b->a, ERR_INVALID, at, rule, "%s", detail);
    *b->tail = e;
    b->tail = &e->next;
}

static bool in_namespace(const xmlNode *n, const char *uri)
{
    return n->ns && strcmp((const char *)n->ns->href, uri) == 0;
}

static bool is(const xmlNode *n, const char *name)
{
    return n->type == XML_ELEMENT_NODE && in_namespace(n, MODEL_NAMESPACE) && strcmp((const char *)n->name, name) == 0;
}

static const char *copied(struct bpmn *b, xmlChar *v)
{
    const char *out = v ? arena_strdup(b->a, (const char *)v) : NULL;
    xmlFree(v);
    return out;
}

static const char *attribute(struct bpmn *b, xmlNode *n, const char *name)
{
    return copied(b, xmlGetNoNsProp(n, (const xmlChar *)name));
}

static const char *extra(struct bpmn *b, xmlNode *n, const char *name)
{
    return copied(b, xmlGetNsProp(n, (const xmlChar *)name, (const xmlChar *)FLOW_NAMESPACE));
}

static const char *name_of(struct bpmn *b, xmlNode *n)
{
    const char *id = attribute(b, n, "id");
    return id ? id : arena_strdup(b->a, (const char *)n->name);
}

static void unsupported(struct bpmn *b, xmlNode *n)
{
    bpmn_fault(b, name_of(b, n), "unsupported", (const char *)n->name);
}

/* Children that say nothing to us. */
static bool passed_over(const xmlNode *n)
{
    return n->type != XML_ELEMENT_NODE || is(n, "documentation") || is(n, "incoming") || is(n, "outgoing");
}

static void only_attributes(struct bpmn *b, xmlNode *n, const char *const *allowed)
{
    for (const xmlAttr *p = n->properties; p; p = p->next) {
        bool ours = p->ns && strcmp((const char *)p->ns->href, FLOW_NAMESPACE) == 0,
             known = !p->ns && strcmp((const char *)p->name, "id") == 0;
        for (const char *const *k = allowed; *k; k++)
            known = known || ((*k)[0] == ':' ? ours && strcmp(*k + 1, (const char *)p->name) == 0
                                             : !p->ns && strcmp(*k, (const char *)p->name) == 0);
        if (!known && (ours || !p->ns))
            bpmn_fault(b, name_of(b, n), "unsupported", arena_printf(b->a, "%s/@%s", (const char *)n->name, (const char *)p->name));
    }
}

/* PnDTnHnMnS; 0 when it is none. */
static int64_t duration(const char *s)
{
    int64_t seconds = 0, n = 0;
    bool time = false, digits = false, any = false;
    if (!s || *s++ != 'P')
        return 0;
    for (; *s; s++) {
        if (*s >= '0' && *s <= '9' && n < 1000000) {
            n = n * 10 + (*s - '0');
            digits = true;
        } else if (*s == 'T' && !time && !digits) {
            time = true;
        } else {
            int64_t unit = !time && *s == 'D'  ? 86400
                           : time && *s == 'H' ? 3600
                           : time && *s == 'M' ? 60
                           : time && *s == 'S' ? 1
                                               : 0;
            if (!unit || !digits)
                return 0;
            seconds += n * unit;
            n = 0;
            digits = false;
            any = true;
        }
    }
    return any && !digits && seconds > 0 && seconds <= INT64_C(366) * 86400 ? seconds * 1000000 : 0;
}

static bool yes(struct bpmn *b, const char *at, const char *v, bool absent)
{
    if (!v)
        return absent;
    if (strcmp(v, "true") != 0 && strcmp(v, "false") != 0)
        bpmn_fault(b, at, "bad_value", v);
    return strcmp(v, "true") == 0;
}

static bool listed(const char *const *list, const char *word)
{
    for (; word && *list; list++)
        if (strcmp(*list, word) == 0)
            return true;
    return false;
}

static bool is_uuid_after(const char *v, const char *prefix)
{
    size_t n = strlen(prefix);
    return strncmp(v, prefix, n) == 0 && format_by_name("uuid")(str_of(v + n));
}

static void read_signers(struct bpmn *b, xmlNode *loop, struct flow_node *x)
{
    static const char *const allowed[] = {"isSequential", ":sign", ":ratio", ":signers", NULL};
    const char *sign = extra(b, loop, "sign"), *ratio = extra(b, loop, "ratio"), *signers = extra(b, loop, "signers");
    uint64_t percent = 0;
    only_attributes(b, loop, allowed);
    if (yes(b, x->id, attribute(b, loop, "isSequential"), false))
        bpmn_fault(b, x->id, "unsupported", "isSequential");
    x->sign = !sign || strcmp(sign, "all") == 0 ? SIGN_ALL : strcmp(sign, "any") == 0 ? SIGN_ANY : SIGN_RATIO;
    if (x->sign == SIGN_RATIO &&
        (strcmp(sign, "ratio") != 0 || !ratio || !str_u64(str_of(ratio), &percent) || percent < 1 || percent > 100))
        bpmn_fault(b, x->id, "bad_value", "sign is all, any or ratio, the ratio 1 to 100");
    x->ratio = (unsigned)percent;
    for (struct str rest = str_trim(str_of(signers)); rest.n; rest = str_trim(rest)) {
        const char *one = str_dup(b->a, str_cut(&rest, ' '));
        if (!is_uuid_after(one, "user:") || x->signer_count == FLOW_SIGNERS_MAX)
            bpmn_fault(b, x->id, "bad_value", "signers are 2 to 50 of user:UUID");
        else
            x->signers[x->signer_count++] = one + 5;
    }
    if (x->signer_count < 2)
        bpmn_fault(b, x->id, "bad_value", "signers are 2 to 50 of user:UUID");
}

static void read_outcomes(struct bpmn *b, struct flow_node *x, const char *v)
{
    if (!v)
        for (const char *const *o = b->rules->outcomes; *o && x->outcome_count < FLOW_OUTCOMES_MAX; o++)
            x->outcomes[x->outcome_count++] = *o;
    for (struct str rest = str_trim(str_of(v)); rest.n; rest = str_trim(rest)) {
        const char *one = str_dup(b->a, str_cut(&rest, ' '));
        if (!listed(b->rules->outcomes, one) || x->outcome_count == FLOW_OUTCOMES_MAX)
            bpmn_fault(b, x->id, "unknown_outcome", one);
        else
            x->outcomes[x->outcome_count++] = one;
    }
}

static void read_task(struct bpmn *b, xmlNode *n, struct flow_node *x)
{
    static const char *const allowed[] = {"name", ":permission", ":org",    ":person", ":outcomes",
                                          ":due", ":working",    "default", NULL};
    const char *due = extra(b, n, "due");
    only_attributes(b, n, allowed);
    x->permission = extra(b, n, "permission");
    x->org = extra(b, n, "org");
    x->person = extra(b, n, "person");
    if (!listed(b->rules->permissions, x->permission))
        bpmn_fault(b, x->id, "unknown_permission", x->permission ? x->permission : "");
    if (!x->org)
        x->org = "subject";
    if (strcmp(x->org, "subject") != 0 && strcmp(x->org, "superior") != 0 && !is_uuid_after(x->org, "org:"))
        bpmn_fault(b, x->id, "bad_value", x->org);
    if (x->person && strcmp(x->person, "initiator") != 0 && !is_uuid_after(x->person, "user:"))
        bpmn_fault(b, x->id, "bad_value", x->person);
    read_outcomes(b, x, extra(b, n, "outcomes"));
    x->due_working = yes(b, x->id, extra(b, n, "working"), true);
    x->due_us = duration(due);
    if (due && !x->due_us)
        bpmn_fault(b, x->id, "bad_duration", due);
    for (xmlNode *c = n->children; c; c = c->next)
        if (is(c, "multiInstanceLoopCharacteristics"))
            read_signers(b, c, x);
        else if (!passed_over(c))
            unsupported(b, c);
}

static void read_timer(struct bpmn *b, xmlNode *n, struct flow_node *x)
{
    static const char *const allowed[] = {"name", "attachedToRef", "cancelActivity", ":working", NULL};
    unsigned definitions = 0;
    only_attributes(b, n, allowed);
    b->host[x - b->nodes] = attribute(b, n, "attachedToRef");
    x->interrupts = yes(b, x->id, attribute(b, n, "cancelActivity"), true);
    x->working = yes(b, x->id, extra(b, n, "working"), true);
    for (xmlNode *c = n->children; c; c = c->next) {
        if (!is(c, "timerEventDefinition")) {
            if (!passed_over(c))
                unsupported(b, c);
            continue;
        }
        definitions++;
        for (xmlNode *d = c->children; d; d = d->next)
            if (is(d, "timeDuration"))
                x->after_us = duration(str_dup(b->a, str_trim(str_of(copied(b, xmlNodeGetContent(d))))));
            else if (!passed_over(d))
                unsupported(b, d);
    }
    if (definitions != 1 || !x->after_us)
        bpmn_fault(b, x->id, "bad_duration", "a timer has one timeDuration");
}

static void read_plain(struct bpmn *b, xmlNode *n, struct flow_node *x)
{
    static const char *const of_end[] = {"name", ":result", NULL}, *const of_gate[] = {"name", "default", "gatewayDirection", NULL};
    only_attributes(b, n, x->type == FLOW_END ? of_end : of_gate);
    for (xmlNode *c = n->children; c; c = c->next)
        if (!passed_over(c))
            unsupported(b, c);
    x->result = x->type == FLOW_END ? extra(b, n, "result") : NULL;
    if (x->type == FLOW_END && !listed(b->rules->results, x->result))
        bpmn_fault(b, x->id, "unknown_result", x->result ? x->result : "");
}

static void read_edge(struct bpmn *b, xmlNode *n)
{
    static const char *const allowed[] = {"name", "sourceRef", "targetRef", NULL};
    if (b->edge_count == FLOW_EDGES_MAX) {
        bpmn_fault(b, name_of(b, n), "too_large", "at most 400 flows");
        return;
    }
    struct bpmn_edge *e = &b->edges[b->edge_count++];
    only_attributes(b, n, allowed);
    *e = (struct bpmn_edge){.id = name_of(b, n), .from = attribute(b, n, "sourceRef"), .to = attribute(b, n, "targetRef")};
    for (xmlNode *c = n->children; c; c = c->next)
        if (is(c, "conditionExpression"))
            e->when = str_dup(b->a, str_trim(str_of(copied(b, xmlNodeGetContent(c)))));
        else if (!passed_over(c))
            unsupported(b, c);
}

static bool read_node(struct bpmn *b, xmlNode *n)
{
    static const struct {
        const char *name;
        enum flow_type type;
        void (*read)(struct bpmn *, xmlNode *, struct flow_node *);
    } kinds[] = {{"startEvent", FLOW_START, read_plain},
                 {"endEvent", FLOW_END, read_plain},
                 {"userTask", FLOW_TASK, read_task},
                 {"exclusiveGateway", FLOW_CHOICE, read_plain},
                 {"parallelGateway", FLOW_PARALLEL, read_plain},
                 {"boundaryEvent", FLOW_TIMER, read_timer}};
    for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++) {
        if (!is(n, kinds[i].name))
            continue;
        if (b->node_count == FLOW_NODES_MAX) {
            bpmn_fault(b, name_of(b, n), "too_large", "at most 200 nodes");
            return true;
        }
        struct flow_node *x = &b->nodes[b->node_count];
        const char *name = attribute(b, n, "name");
        *x = (struct flow_node){
            .id = name_of(b, n), .name = name ? name : "", .type = kinds[i].type, .fallback = FLOW_NONE, .host = FLOW_NONE};
        b->fallback[b->node_count++] = attribute(b, n, "default");
        if (strlen(x->id) > FLOW_ID_MAX)
            bpmn_fault(b, x->id, "bad_value", "an id has at most 64 bytes");
        kinds[i].read(b, n, x);
        return true;
    }
    return false;
}

static void read_process(struct bpmn *b, xmlNode *process)
{
    b->id = name_of(b, process);
    b->name = attribute(b, process, "name");
    for (xmlNode *n = process->children; n; n = n->next) {
        if (passed_over(n))
            continue;
        if (is(n, "sequenceFlow"))
            read_edge(b, n);
        else if (!read_node(b, n))
            unsupported(b, n);
    }
}

static void read_root(struct bpmn *b, xmlNode *root)
{
    unsigned processes = 0;
    if (!root || !is(root, "definitions")) {
        bpmn_fault(b, "definitions", "malformed", "the document is no BPMN definitions");
        return;
    }
    for (xmlNode *n = root->children; n; n = n->next) {
        if (is(n, "process") && !processes++)
            read_process(b, n);
        else if (n->type == XML_ELEMENT_NODE && in_namespace(n, MODEL_NAMESPACE))
            unsupported(b, n);
    }
    if (!processes)
        bpmn_fault(b, "process", "malformed", "there is no process");
}

static void quiet(void *context, const char *format, ...)
{
    (void)context;
    (void)format;
}

struct error *bpmn_read(struct arena *a, const struct flow_rules *rules, struct str xml, struct flow_model *out)
{
    struct bpmn *b = arena_zalloc(a, sizeof *b);
    b->a = a;
    b->rules = rules;
    b->tail = &b->first;
    b->nodes = arena_zalloc(a, FLOW_NODES_MAX * sizeof *b->nodes);
    if (xml.n > BPMN_BYTES_MAX)
        return error_field(a, ERR_INVALID, "xml", "too_large", "at most %d bytes", BPMN_BYTES_MAX);
    xmlSetGenericErrorFunc(NULL, quiet);
    xmlParserCtxt *parser = xmlNewParserCtxt();
    xmlDoc *doc =
        parser ? xmlCtxtReadMemory(parser, xml.p, (int)xml.n, NULL, NULL, XML_PARSE_NONET | XML_PARSE_NOERROR | XML_PARSE_NOWARNING)
               : NULL;
    if (!doc || doc->intSubset)
        bpmn_fault(b, "xml", "malformed", "not well-formed XML, or with a document type");
    else
        read_root(b, xmlDocGetRootElement(doc));
    xmlFreeDoc(doc);
    xmlFreeParserCtxt(parser);
    if (!b->first)
        bpmn_check(b, out);
    return b->first;
}

const char *flow_node_name(const struct flow_node *n)
{
    return n->name[0] ? n->name : n->id;
}

unsigned flow_node_of(const struct flow_model *m, struct str id)
{
    for (unsigned i = 0; i < m->node_count; i++)
        if (str_is(id, m->nodes[i].id))
            return i;
    return FLOW_NONE;
}
