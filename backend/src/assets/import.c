#include "assets/import.h"

#include <jansson.h>
#include <stdlib.h>

const struct import_title import_titles[] = {
    {"asset_no", "资产编号", "Asset number", IMPORT_FIELD, ASSET_NO},
    {"class_code", "资产类别", "Class", IMPORT_FIELD, ASSET_CLASS},
    {"category_code", "分类", "Category", IMPORT_FIELD, ASSET_CATEGORY},
    {"name", "资产名称", "Name", IMPORT_FIELD, ASSET_NAME},
    {"org", "所属单位", "Organisation", IMPORT_ORG, 0},
    {"state_code", "资产状态", "State", IMPORT_FIELD, ASSET_STATE},
    {"importance", "重要程度", "Importance", IMPORT_FIELD, ASSET_IMPORTANCE},
    {"network_env", "所处网络", "Network", IMPORT_FIELD, ASSET_NETWORK},
    {"internet_exposed", "互联网可达", "Internet exposed", IMPORT_EXPOSED, 0},
    {"mlps_level", "等保级别", "MLPS level", IMPORT_FIELD, ASSET_MLPS},
    {"brand", "品牌", "Brand", IMPORT_FIELD, ASSET_BRAND},
    {"model", "型号", "Model", IMPORT_FIELD, ASSET_MODEL},
    {"os_name", "操作系统", "Operating system", IMPORT_FIELD, ASSET_OS},
    {"os_version", "系统版本", "OS version", IMPORT_FIELD, ASSET_OS_VERSION},
    {"origin_code", "国产或国外", "Origin", IMPORT_FIELD, ASSET_ORIGIN},
    {"ip", "IP地址", "IP address", IMPORT_ADDRESS, ADDRESS_IP},
    {"range", "地址段", "Address range", IMPORT_ADDRESS, ADDRESS_RANGE},
    {"domain", "域名", "Domain", IMPORT_ADDRESS, ADDRESS_DOMAIN},
    {"url", "网址", "URL", IMPORT_ADDRESS, ADDRESS_URL},
    {"mac", "MAC地址", "MAC address", IMPORT_ADDRESS, ADDRESS_MAC},
    {"room", "所在机房", "Room", IMPORT_FIELD, ASSET_ROOM},
    {"remark", "备注", "Remark", IMPORT_FIELD, ASSET_REMARK},
};
const size_t import_title_count = sizeof import_titles / sizeof *import_titles;

const char *import_title_text(const struct import_title *t, const char *lang)
{
    return strcmp(lang, "en") == 0 ? t->en : t->zh;
}

const char *import_title_list(const struct import_title *t)
{
    if (t->target == IMPORT_EXPOSED)
        return "yes_no";
    if (t->target != IMPORT_FIELD)
        return NULL;
    return t->which == ASSET_CLASS      ? "class"
           : t->which == ASSET_CATEGORY ? "category"
                                        : asset_field_list((enum asset_field)t->which);
}

static const struct form_field *field_titled(const struct catalogue *c, const struct asset_class *class, struct str title)
{
    for (size_t k = 0; k < c->forms.count; k++)
        for (size_t i = 0; i < c->forms.forms[k].count && (!class || str_is(class->code, c->forms.forms[k].code)); i++) {
            const struct form_field *t = &c->forms.forms[k].fields[i];
            if (form_field_in_sheets(t) && form_field_titled(t, title))
                return t;
        }
    return NULL;
}

/* Forms of other classes may call a field of theirs alike: that of the sheet's own class is meant. */
static struct import_column column_of(const struct catalogue *c, const struct asset_class *class, struct str title)
{
    for (size_t i = 0; i < import_title_count; i++)
        if (str_is(title, import_titles[i].key) || str_is(title, import_titles[i].zh) ||
            str_ieq(title, str_of(import_titles[i].en)))
            return (struct import_column){.target = import_titles[i].target, .which = import_titles[i].which};
    const struct form_field *t = class ? field_titled(c, class, title) : NULL;
    if (!t)
        t = field_titled(c, NULL, title);
    return t ? (struct import_column){.target = IMPORT_ATTRIBUTE, .key = str_of(t->key)}
             : (struct import_column){.target = IMPORT_NOTHING};
}

struct error *import_header_read(struct arena *a, const struct catalogue *c, const struct sheet_row *row, struct str default_class,
                                 struct import_header *out)
{
    bool named = false, seen[ASSET_FIELDS] = {false};
    *out = (struct import_header){.n = row->n < IMPORT_COLUMNS_MAX ? row->n : IMPORT_COLUMNS_MAX};
    out->class = default_class.n ? catalogue_class(c, default_class) : NULL;
    for (size_t i = 0; i < out->n; i++) {
        struct str title = str_trim(row->cells[i]);
        if (!title.n || sheet_is_reason(title))
            continue;
        struct import_column col = column_of(c, out->class, title);
        out->column[i] = col;
        if (col.target != IMPORT_FIELD)
            continue;
        if (seen[col.which])
            return error_field(a, ERR_INVALID, "file", "header", "two columns are named " STR_FMT, STR_ARG(title));
        seen[col.which] = true;
        named = named || col.which == ASSET_NAME;
    }
    return named ? NULL : error_field(a, ERR_INVALID, "file", "header", "the first row names no column 资产名称 / Name");
}

const char *import_problem_text(const struct import_problem *p, const char *lang)
{
    static const struct {
        const char *code, *zh;
    } words[] = {
        {"required", "必填，不能为空"},
        {"enum", "不在代码表中"},
        {"format", "格式不正确"},
        {"type", "与该属性的类型不符"},
        {"max_length", "超过允许的长度"},
        {"max_items", "地址超过 50 个"},
        {"control", "含有控制字符"},
        {"encoding", "不是有效的文字编码"},
        {"pattern", "只能是 4 到 32 位数字、字母或连字符"},
        {"unknown_field", "该类别没有这个属性"},
        {"unknown", "您的数据范围内没有该单位"},
        {"unknown_ref", "您的数据范围内没有这条记录，或有多条同名"},
        {"duplicate", "与本文件上方的一行是同一资产"},
        {"taken", "该编号属于其他单位"},
    };
    if (strcmp(lang, "en") == 0)
        return p->message;
    for (size_t i = 0; i < sizeof words / sizeof *words; i++)
        if (strcmp(words[i].code, p->code) == 0)
            return words[i].zh;
    return p->message;
}

static bool problem_at(struct import_problem *p, int column, const char *code, const char *message)
{
    *p = (struct import_problem){column, code, message};
    return false;
}

/* "是", "yes", "1", "true". */
static bool is_yes(struct str s)
{
    return str_is(s, "是") || str_ieq(s, STR("yes")) || str_ieq(s, STR("true")) || str_is(s, "1");
}

/* Several addresses in one cell are parted by ; , 、 or white space. */
static bool read_addresses(struct arena *a, struct asset *x, enum address_kind kind, struct str cell, int column,
                           struct import_problem *p)
{
    char *text = str_dup(a, cell);
    for (char *s = text, *save = NULL; (s = strtok_r(s, ";, \t\r\n", &save)); s = NULL) {
        if (x->address_count == ASSET_MAX_ADDRESSES)
            return problem_at(p, column, "max_items", "more than 50 addresses");
        struct asset_address *d = &x->addresses[x->address_count];
        *d = (struct asset_address){0};
        if (!asset_address_parse(a, kind, str_of(s), d))
            return problem_at(p, column, "format", arena_printf(a, "%.60s is not a valid %s", s, address_kind_name[kind]));
        bool twice = false;
        for (size_t i = 0; i < x->address_count; i++)
            twice = twice || str_eq(x->addresses[i].value, d->value);
        x->address_count += !twice;
    }
    return true;
}

static void drop_json(void *p)
{
    json_decref(p);
}

static void drop_text(void *p)
{
    free(p);
}

/* The cell's text; what it means is known once the organisation, and so the form, is. */
static void put_attribute(struct arena *a, json_t **object, struct str key, struct str cell)
{
    if (!*object) {
        *object = json_object();
        arena_cleanup(a, drop_json, *object);
    }
    json_object_setn_new(*object, key.p, key.n, json_stringn(cell.p, cell.n));
}

/* Texts of cells become values, in the order of the form, so that what an item hangs below is read before it. A column that
 * the row's own class does not have is passed over, as sheets of several classes have the columns of all. */
static void read_attributes(struct arena *a, const struct catalogue *c, struct asset *x)
{
    const struct asset_class *k = catalogue_class(c, x->f[ASSET_CLASS]);
    const struct form *form = k ? form_for(&c->forms, k->code, &x->org) : NULL;
    json_t *texts = x->attributes.n ? json_loadb(x->attributes.p, x->attributes.n, 0, NULL) : NULL, *values = json_object();
    for (size_t i = 0; texts && form && i < form->count; i++) {
        json_t *cell = json_object_get(texts, form->fields[i].key);
        struct str text = {json_string_value(cell), json_string_length(cell)};
        if (text.n)
            json_object_set_new(values, form->fields[i].key,
                                form_value_of_text(a, &form->fields[i], &c->codes, &x->org, values, text));
    }
    char *dumped = json_object_size(values) ? json_dumps(values, JSON_COMPACT | JSON_SORT_KEYS) : NULL;
    if (dumped)
        arena_cleanup(a, drop_text, dumped);
    x->attributes = str_of(dumped);
    json_decref(texts);
    json_decref(values);
}

bool import_row_read(struct arena *a, const struct import_header *h, const struct sheet_row *row, struct asset *x, struct str *org,
                     struct import_problem *p)
{
    json_t *attributes = NULL;
    *org = STR("");
    if (h->class)
        x->f[ASSET_CLASS] = h->class->code;
    for (size_t i = 0; i < h->n && i < row->n; i++) {
        struct str cell = str_trim(row->cells[i]);
        const struct import_column *col = &h->column[i];
        if (!cell.n)
            continue;
        if (col->target == IMPORT_FIELD)
            x->f[col->which] = str_of(str_dup(a, cell));
        else if (col->target == IMPORT_ORG)
            *org = str_of(str_dup(a, cell));
        else if (col->target == IMPORT_EXPOSED)
            x->exposed = is_yes(cell);
        else if (col->target == IMPORT_ADDRESS && !read_addresses(a, x, (enum address_kind)col->which, cell, (int)i, p))
            return false;
        else if (col->target == IMPORT_ATTRIBUTE)
            put_attribute(a, &attributes, col->key, cell);
    }
    char *text = attributes ? json_dumps(attributes, JSON_COMPACT | JSON_SORT_KEYS) : NULL;
    if (text)
        arena_cleanup(a, drop_text, text);
    x->attributes = str_of(text);
    return true;
}

int import_attribute_column(const struct import_header *h, const char *key)
{
    for (size_t i = 0; i < h->n; i++)
        if (h->column[i].target == IMPORT_ATTRIBUTE && str_is(h->column[i].key, key))
            return (int)i;
    return -1;
}

static int column_for(const struct import_header *h, const char *field)
{
    for (size_t i = 0; i < h->n; i++) {
        const struct import_column *col = &h->column[i];
        if (col->target == IMPORT_FIELD && strcmp(asset_field_name[col->which], field) == 0)
            return (int)i;
    }
    return strncmp(field, "attributes/", 11) == 0 ? import_attribute_column(h, field + 11) : -1;
}

bool import_row_check(struct arena *a, const struct catalogue *c, const struct import_header *h, struct asset *x,
                      struct import_problem *p)
{
    read_attributes(a, c, x);
    struct error *e = asset_normalise(a, c, x);
    return e ? problem_at(p, column_for(h, e->field ? e->field : ""), e->rule ? e->rule : "invalid",
                          arena_printf(a, "%s: %s", e->field ? e->field : "", e->detail ? e->detail : ""))
             : true;
}
