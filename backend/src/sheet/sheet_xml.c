/* expat with the limits of sheet.h: depth, length of one token, no declarations, CPU time. */
#include <string.h>

#include "sheet/sheet_part.h"

const char *scan_local(const char *name)
{
    const char *colon = strchr(name, ':');
    return colon ? colon + 1 : name;
}

const char *scan_attr(const char **attrs, const char *name)
{
    for (; *attrs; attrs += 2)
        if (!strcmp(scan_local(attrs[0]), name))
            return attrs[1];
    return NULL;
}

void scan_fail(struct scan *x, struct error *err)
{
    if (!x->err)
        x->err = err;
    XML_StopParser(x->parser, XML_FALSE);
}

static void on_start(void *user, const char *name, const char **attrs)
{
    struct scan *x = user;
    if (++x->depth > x->s->limits.xml_depth) {
        scan_fail(x, REFUSE(x->s->arena, "max_xml_depth", "%s is nested deeper than %u", x->what, x->s->limits.xml_depth));
        return;
    }
    if (!x->err && x->start)
        x->start(x, scan_local(name), attrs);
}

static void on_end(void *user, const char *name)
{
    struct scan *x = user;
    x->depth--;
    if (!x->err && x->end)
        x->end(x, scan_local(name));
}

static void on_text(void *user, const char *p, int n)
{
    struct scan *x = user;
    if (!x->err && x->text)
        x->text(x, p, (size_t)n);
}

static void refuse_entities(struct scan *x)
{
    scan_fail(x, REFUSE(x->s->arena, "entities", "%s declares entities or has a document type of its own", x->what));
}

static void on_doctype(void *user, const char *name, const char *system, const char *public, int internal)
{
    (void)name, (void)system, (void)public;
    if (internal)
        refuse_entities(user);
}

static void on_entity(void *user, const char *name, int parameter, const char *value, int n, const char *base, const char *system,
                      const char *public, const char *notation)
{
    (void)name, (void)parameter, (void)value, (void)n, (void)base, (void)system, (void)public, (void)notation;
    refuse_entities(user);
}

static void drop_parser(void *p)
{
    XML_ParserFree(p);
}

struct error *scan_open(struct sheet *s, struct scan *x, const char *what)
{
    *x = (struct scan){.s = s, .what = what, .parser = XML_ParserCreate(NULL)};
    if (!x->parser)
        return REFUSE(s->arena, "max_memory", "No memory to read the workbook");
    arena_cleanup(s->arena, drop_parser, x->parser);
    XML_SetUserData(x->parser, x);
    XML_SetElementHandler(x->parser, on_start, on_end);
    XML_SetCharacterDataHandler(x->parser, on_text);
    XML_SetStartDoctypeDeclHandler(x->parser, on_doctype);
    XML_SetEntityDeclHandler(x->parser, on_entity);
    return NULL;
}

static struct error *xml_error(struct scan *x)
{
    enum XML_Error code = XML_GetErrorCode(x->parser);
    if (code == XML_ERROR_NO_MEMORY)
        return REFUSE(x->s->arena, "max_memory", "Reading %s needs too much memory", x->what);
    if (code == XML_ERROR_AMPLIFICATION_LIMIT_BREACH)
        return REFUSE(x->s->arena, "entities", "%s expands entities", x->what);
    return REFUSE(x->s->arena, "broken", "%s is not well-formed: %s at line %lu", x->what, XML_ErrorString(code),
                  (unsigned long)XML_GetCurrentLineNumber(x->parser));
}

static struct error *after(struct scan *x, enum XML_Status status, bool *paused)
{
    if (x->err)
        return x->err;
    if (status == XML_STATUS_ERROR)
        return xml_error(x);
    *paused = status == XML_STATUS_SUSPENDED;
    XML_Index at = XML_GetCurrentByteIndex(x->parser);
    if (!*paused && !x->last && at >= 0 && x->fed - (uint64_t)at > SHEET_XML_TOKEN_BYTES + SHEET_CHUNK)
        return REFUSE(x->s->arena, "max_xml_token", "%s has a tag or comment longer than %d bytes", x->what, SHEET_XML_TOKEN_BYTES);
    return NULL;
}

struct error *scan_run(struct scan *x, struct book *b, struct part *p, bool *paused)
{
    XML_ParsingStatus st;
    *paused = false;
    XML_GetParsingStatus(x->parser, &st);
    if (st.parsing == XML_SUSPENDED)
        TRY(after(x, XML_ResumeParser(x->parser), paused));
    while (!*paused && !x->last) {
        void *room = XML_GetBuffer(x->parser, SHEET_CHUNK);
        size_t got;
        if (!room)
            return xml_error(x);
        TRY(part_read(b, p, room, SHEET_CHUNK, &got));
        TRY(sheet_check_time(x->s));
        x->fed += got;
        x->last = got == 0;
        TRY(after(x, XML_ParseBuffer(x->parser, (int)got, x->last), paused));
    }
    return NULL;
}

struct error *scan_bytes(struct scan *x, const char *p, size_t n, bool last, bool *paused)
{
    XML_ParsingStatus st;
    *paused = false;
    XML_GetParsingStatus(x->parser, &st);
    if (st.parsing == XML_SUSPENDED)
        return after(x, XML_ResumeParser(x->parser), paused);
    x->fed += n;
    x->last = last;
    return after(x, XML_Parse(x->parser, p, (int)n, last), paused);
}

struct error *scan_part(struct scan *x, struct book *b, const char *name)
{
    struct part p;
    bool paused;
    TRY(part_open(b, name, &p));
    struct error *err = scan_run(x, b, &p, &paused);
    part_close(&p);
    return err;
}
