/* Forms: what users fill in, as data. A definition is JSON Schema 2020-12 (the subset of json/schema.h) plus display hints:
 *
 *   type object; properties NAME: {x-widget, x-label {zh, en}, x-help {zh, en}, x-order, x-section, default,
 *       x-uses [column, filter, dimension, wanted]: shown in lists; found and sorted by; counted by (attribute.h);
 *       asked for: a record without it is taken, and counts as incomplete, and
 *       text, textarea   type string; minLength, maxLength (at most 2,000; 10,000), pattern, format (text)
 *       number           type number or integer; minimum, maximum, exclusive*, multipleOf, x-unit
 *       date, datetime   type string, format date or date-time
 *       switch           type boolean
 *       choice           type string, enum, x-enum-labels {CODE: {zh, en}}
 *       choices          type array, items {type string, enum}, x-enum-labels, minItems, maxItems
 *       dictionary       type string, x-dictionary; x-parent: the field whose item is above this one's
 *       cascade          type string, x-dictionary: any item of a tree, chosen level by level
 *       ref              type string, format uuid, x-ref org, person, asset or file
 *       table            type array, items {type object, properties of the simple widgets, required}, minItems, maxItems}
 *   required [NAME], x-sections [{key, x-label}], and conditions in allOf:
 *     {if C, then {required [NAME]}}            needed when C holds
 *     {if C, else {properties {NAME: false}}}   shown only when C holds
 *     C is {required [NAME], properties {NAME: {const} or {enum}}}.
 *
 * Anything else is refused by its name. So a browser with a JSON Schema validator and this file give the same answers.
 * Pure, but for forms_load. */
#ifndef FORMS_FORM_H
#define FORMS_FORM_H

#include <jansson.h>

#include "forms/code.h"
#include "json/schema.h"

enum {
    FORM_BYTES_MAX = 256 * 1024,
    FORM_FIELDS_MAX = 200,
    FORM_COLUMNS_MAX = 30, /* of a table */
    FORM_ROWS_MAX = 200,
    FORM_CHOICES_MAX = 500,
    FORM_CONDITIONS_MAX = 100
};
enum form_widget {
    FORM_TEXT,
    FORM_TEXTAREA,
    FORM_NUMBER,
    FORM_DATE,
    FORM_DATETIME,
    FORM_SWITCH,
    FORM_CHOICE,
    FORM_CHOICES,
    FORM_DICTIONARY,
    FORM_CASCADE,
    FORM_REF,
    FORM_TABLE,
    FORM_WIDGETS
};
enum form_use { FORM_COLUMN, FORM_FILTER, FORM_DIMENSION, FORM_WANTED, FORM_USES };
struct form_field {
    const char *key;
    struct str label_zh, label_en;
    enum form_widget widget;
    const char *dictionary, *parent, *ref, *unit; /* NULL: none */
    struct code_item *choices;
    size_t choice_count;
    bool required;
    unsigned uses; /* 1 << enum form_use */
    int64_t order;
    struct form_field *columns; /* of a table */
    size_t column_count;
};
struct form {
    const char *id, *kind, *code; /* of a stored form, else NULL */
    struct str realm;             /* as in struct code_list */
    int64_t n;                    /* version that is in force */
    struct form_field *fields;    /* by x-order */
    size_t count;
    struct schema *schema;
    json_t *definition; /* normalised; lives with the arena */
};

struct form_set {
    struct form *forms;
    size_t count;
};

extern const char *const form_widget_name[FORM_WIDGETS];
extern const char *const form_use_name[FORM_USES];

/* Checks a definition and compiles it into the arena. definition is borrowed; ERR_INVALID, at most SCHEMA_MAX_ERRORS linked by
 * next, each with its place ("definition/properties/cpu/x-widget"). */
struct error *form_read(struct arena *a, json_t *definition, struct form *out) MUST_CHECK;
const struct form_field *form_field_of(const struct form *f, struct str key);
/* A file is no text that a sheet could say, nor is a reference inside a table: such fields are no columns of sheets. */
bool form_field_in_sheets(const struct form_field *f);

/* What its column is called: the label, with the unit where there is one ("内存（GB）", "Memory (GB)"); and whether a title is
 * meant for it, in either language, with or without the unit, or by its key. */
struct str form_field_title(struct arena *a, const struct form_field *f, const char *lang);
bool form_field_titled(const struct form_field *f, struct str title);

/* The form of a code that holds at a place: that of the nearest realm above it, else the platform's; NULL: there is none. */
const struct form *form_for(const struct form_set *set, struct str code, const struct org_stamp *org);
/* Whether any form of the code uses the field so: lists go over realms, whose forms differ. */
bool form_set_uses(const struct form_set *set, struct str code, struct str key, enum form_use use);
/* All published forms of a kind, compiled into keep. One that no longer compiles is left out and logged. */
struct error *forms_load(struct services *s, struct arena *a, struct arena *keep, const char *kind,
                         struct form_set *out) MUST_CHECK;

/* Values against a form: schema, then codes and cascades of the lists that hold at org (NULL: the platform's). nulls and empty
 * texts and lists are taken out of values first. Errors as of schema_check, with the rules dictionary and cascade besides. */
struct error *form_check(struct arena *a, const struct form *f, const struct codes *codes, const struct org_stamp *org,
                         json_t *values, const char *base) MUST_CHECK;

/* A cell of a sheet as a value (new reference): labels become codes, texts numbers; what cannot be read stays text, which
 * form_check then names. values: the row so far (the parent's code narrows labels). */
json_t *form_value_of_text(struct arena *a, const struct form_field *f, const struct codes *codes, const struct org_stamp *org,
                           json_t *values, struct str text);
/* The way back: what a person reads, and what form_value_of_text reads again. lang "en" or anything else for zh-CN. */
struct str form_text_of_value(struct arena *a, const struct form_field *f, const struct codes *codes, const struct org_stamp *org,
                              json_t *value, const char *lang);

#endif
