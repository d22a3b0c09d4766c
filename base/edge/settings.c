/* SPDX-License-Identifier: MIT */
#include "base/edge/settings.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cyaml/cyaml.h>

#include "base/edge/setting_value.h"
#include "base/text/ascii.h"

enum {
    FILE_MAX_BYTES = 1 << 20,
    TEXT_MAX_BYTES = 64 * 1024,
    LIST_MAX = 256,
    WHY_MAX_BYTES = 2048,
    SOURCE_MAX_BYTES = 1024,
    ENVIRONMENT_NAME_MAX = 128,
    HELP_COLUMN = 26,
    HELP_COLUMNS = 80 /* of a line */
};

struct value {
    char *text; /* as typed */
    char *source;
    struct setting_value meaning;
};

struct settings {
    const struct setting *table;
    size_t count;
    struct value *values;
    struct buf why;
};

static void set_source(struct value *value, const char *source)
{
    free(value->source);
    value->source = mem_string(source);
}

struct settings *settings_new(const struct setting *table, size_t count)
{
    struct settings *settings = mem_new(sizeof(*settings));
    settings->table = table;
    settings->count = count;
    settings->values = mem_new_array(count + 1, sizeof(*settings->values));
    buf_init(&settings->why, WHY_MAX_BYTES);
    for (size_t i = 0; i < count; i++) {
        struct value *value = &settings->values[i];
        enum err err =
            setting_value_read(&table[i], table[i].fallback, &value->meaning);
        assert(err == ERR_OK);
        value->text = mem_string(table[i].fallback);
        set_source(value, "default");
    }
    return settings;
}

void settings_free(struct settings *settings)
{
    if (!settings) {
        return;
    }
    for (size_t i = 0; i < settings->count; i++) {
        free(settings->values[i].text);
        free(settings->values[i].source);
    }
    free(settings->values);
    buf_fini(&settings->why);
    free(settings);
}

const char *settings_why(const struct settings *settings)
{
    return settings->why.len > 0 ? (const char *)settings->why.data : "";
}

/* The text of ${why}, whole or cut, always ends with its NUL. */
static void begin_why(struct settings *settings, const char *where)
{
    buf_reset(&settings->why);
    if (where) {
        buf_add_format(&settings->why, "%s: ", where);
    }
}

static void end_why(struct settings *settings)
{
    if (settings->why.len > 0) {
        (void)buf_text(&settings->why);
    }
}

static size_t row_of(const struct settings *settings, const char *name)
{
    size_t i = 0;
    while (i < settings->count && strcmp(settings->table[i].name, name) != 0) {
        i++;
    }
    return i;
}

static const char *nearest_name(const struct settings *settings,
                                const char *name)
{
    const char *nearest = NULL;
    size_t best = SIZE_MAX;
    for (size_t i = 0; i < settings->count; i++) {
        size_t distance = setting_name_distance(name, settings->table[i].name);
        if (distance < best) {
            best = distance;
            nearest = settings->table[i].name;
        }
    }
    return nearest;
}

static void say_unknown(struct settings *settings, const char *where,
                        const char *name)
{
    const char *nearest = nearest_name(settings, name);
    begin_why(settings, where);
    buf_add_format(&settings->why, "there is no setting \"%.*s\"",
                   ENVIRONMENT_NAME_MAX, name);
    if (nearest) {
        buf_add_format(&settings->why, "; the nearest is \"%s\"", nearest);
    }
    end_why(settings);
}

static void say_invalid(struct settings *settings, const char *where,
                        const struct setting *row, const char *text)
{
    begin_why(settings, where);
    buf_add_format(&settings->why, "%s: \"%.*s\" is not ", row->name,
                   ENVIRONMENT_NAME_MAX, text);
    setting_value_allowed(row, &settings->why);
    end_why(settings);
}

/* ${where} goes into messages, ${source} is remembered with the value. */
static enum err set_row(struct settings *settings, size_t i, const char *text,
                        const char *where, const char *source)
{
    struct value *value = &settings->values[i];
    enum err err =
        strlen(text) > TEXT_MAX_BYTES
            ? ERR_INVALID
            : setting_value_read(&settings->table[i], text, &value->meaning);
    if (err != ERR_OK) {
        say_invalid(settings, where, &settings->table[i], text);
        return err;
    }
    char *copy = mem_string(text);
    free(value->text);
    value->text = copy;
    set_source(value, source);
    return ERR_OK;
}

enum err settings_set(struct settings *settings, const char *name,
                      const char *value)
{
    size_t i = row_of(settings, name);
    if (i == settings->count) {
        say_unknown(settings, NULL, name);
        return ERR_NOT_FOUND;
    }
    return set_row(settings, i, value, NULL, "flag");
}

/* "lease-ms" is REVERIE_LEASE_MS. */
static void environment_name(const char *name, char out[ENVIRONMENT_NAME_MAX])
{
    snprintf(out, ENVIRONMENT_NAME_MAX, "REVERIE_%s", name);
    for (char *at = out; *at; at++) {
        if (*at == '-') {
            *at = '_';
        } else if (ascii_is_lower((uint8_t)*at)) {
            *at ^= 'a' ^ 'A';
        }
    }
}

enum err settings_read_environment(struct settings *settings)
{
    for (size_t i = 0; i < settings->count; i++) {
        char name[ENVIRONMENT_NAME_MAX];
        environment_name(settings->table[i].name, name);
        const char *text = getenv(name);
        if (!text) {
            continue;
        }
        enum err err = set_row(settings, i, text, name, "environment");
        if (err != ERR_OK) {
            return err;
        }
    }
    return ERR_OK;
}

/* ---- the file -------------------------------------------------------------
 *
 * libcyaml loads into a struct that a schema describes. The schema is made
 * from the table: an array of cells, one per row, of which a cell holds one
 * text or a sequence of texts. */
struct cell {
    char *text;
    char **items;
    unsigned item_count;
};

struct file {
    struct settings *settings;
    const char *name;
    struct bytes text;
    cyaml_schema_field_t *fields;
    cyaml_schema_value_t top;
    char *first_complaint;
    unsigned last_line; /* the last that libcyaml had understood */
};

static const cyaml_schema_value_t list_item = {
    CYAML_VALUE_STRING(CYAML_FLAG_POINTER, char *, 0, TEXT_MAX_BYTES)};

static void describe_row(cyaml_schema_field_t *field, const struct setting *row,
                         size_t i)
{
    uint32_t at = (uint32_t)(i * sizeof(struct cell));
    field->key = row->name;
    if (row->type == SETTING_LIST) {
        field->data_offset = at + (uint32_t)offsetof(struct cell, items);
        field->count_offset = at + (uint32_t)offsetof(struct cell, item_count);
        field->count_size = sizeof(((struct cell *)NULL)->item_count);
        field->value = (cyaml_schema_value_t){
            CYAML_VALUE_SEQUENCE(CYAML_FLAG_POINTER | CYAML_FLAG_OPTIONAL,
                                 char *, &list_item, 0, LIST_MAX)};
    } else {
        field->data_offset = at + (uint32_t)offsetof(struct cell, text);
        field->value = (cyaml_schema_value_t){
            CYAML_VALUE_STRING(CYAML_FLAG_POINTER | CYAML_FLAG_OPTIONAL, char *,
                               0, TEXT_MAX_BYTES)};
    }
}

static void describe_table(struct file *file)
{
    const struct settings *settings = file->settings;
    file->fields = mem_new_array(settings->count + 1, sizeof(*file->fields));
    for (size_t i = 0; i < settings->count; i++) {
        describe_row(&file->fields[i], &settings->table[i], i);
    }
    file->top = (cyaml_schema_value_t){
        .type = CYAML_MAPPING,
        .flags = CYAML_FLAG_POINTER,
        .data_size = (uint32_t)((settings->count + 1) * sizeof(struct cell)),
        .mapping = {.fields = file->fields}};
}

/* libcyaml says what is wrong first, and then where it was. */
static void __attribute__((format(printf, 3, 0)))
hear(cyaml_log_t level, void *context, const char *format, va_list args)
{
    struct file *file = context;
    char line[WHY_MAX_BYTES];
    (void)level;
    vsnprintf(line, sizeof(line), format, args);
    line[strcspn(line, "\n")] = 0;
    const char *text = strncmp(line, "Load: ", 6) == 0 ? line + 6 : line;
    if (!file->first_complaint) {
        file->first_complaint = mem_string(text);
    }
    const char *place = strstr(text, "(line: ");
    if (place && file->last_line == 0) {
        file->last_line = (unsigned)strtoul(place + 7, NULL, 10);
    }
}

static void write_place(const struct file *file, unsigned line,
                        char out[SOURCE_MAX_BYTES])
{
    unsigned known = line > 0 ? line : file->last_line;
    snprintf(out, SOURCE_MAX_BYTES, "%.*s:%u", SOURCE_MAX_BYTES - 16,
             file->name, known > 0 ? known : 1);
}

static const char *behind(const char *text, const char *prefix)
{
    size_t len = strlen(prefix);
    return strncmp(text, prefix, len) == 0 ? text + len : NULL;
}

static enum err refuse(struct file *file, unsigned line, const char *words)
{
    char place[SOURCE_MAX_BYTES];
    write_place(file, line, place);
    begin_why(file->settings, place);
    buf_add_text(&file->settings->why, words);
    end_why(file->settings);
    return ERR_INVALID;
}

static enum err explain(struct file *file, const char *otherwise)
{
    const char *said =
        file->first_complaint ? file->first_complaint : otherwise;
    const char *key = behind(said, "Unexpected key: ");
    if (key) {
        char place[SOURCE_MAX_BYTES];
        write_place(file, setting_line(file->text, key, 1), place);
        say_unknown(file->settings, place, key);
        return ERR_INVALID;
    }
    key = behind(said, "Mapping field already seen: ");
    if (key) {
        return refuse(file, setting_line(file->text, key, 2),
                      "the setting is there twice");
    }
    if (behind(said, "Expecting MAPPING")) {
        return refuse(file, 0, "settings are expected here: \"name: value\"");
    }
    if (behind(said, "Expecting STRING")) {
        return refuse(file, 0,
                      strstr(said, "got event: MAPPING")
                          ? "one value is expected here, not settings"
                          : "one value is expected here, not a list");
    }
    const char *syntax = behind(said, "libyaml: ");
    return refuse(file, 0, syntax ? syntax : said);
}

/* Joins a sequence with commas, which its items therefore cannot hold. */
static enum err join_items(const struct cell *cell, struct buf *out)
{
    for (unsigned i = 0; i < cell->item_count; i++) {
        const char *item = cell->items[i];
        if (!item || *item == 0 || strchr(item, ',')) {
            return ERR_INVALID;
        }
        buf_add_text(out, i > 0 ? "," : "");
        buf_add_text(out, item);
    }
    return buf_error(out);
}

static enum err take_list(struct file *file, size_t i, const struct cell *cell,
                          const char *place)
{
    struct buf joined;
    buf_init(&joined, TEXT_MAX_BYTES);
    enum err err = join_items(cell, &joined);
    if (err == ERR_OK) {
        err = set_row(file->settings, i, buf_text(&joined), place, place);
    } else {
        say_invalid(file->settings, place, &file->settings->table[i],
                    "an item that is empty, too long or holds a comma");
    }
    buf_fini(&joined);
    return err == ERR_OK ? ERR_OK : ERR_INVALID;
}

static enum err take_cell(struct file *file, size_t i, const struct cell *cell)
{
    bool is_list = file->settings->table[i].type == SETTING_LIST;
    unsigned line = setting_line(file->text, file->settings->table[i].name, 1);
    char place[SOURCE_MAX_BYTES];
    write_place(file, line, place);
    if (is_list && (cell->items || line > 0)) {
        return take_list(file, i, cell, place);
    }
    return cell->text ? set_row(file->settings, i, cell->text, place, place)
                      : ERR_OK;
}

static enum err take_cells(struct file *file, const struct cell *cells)
{
    enum err err = ERR_OK;
    for (size_t i = 0; i < file->settings->count && err == ERR_OK; i++) {
        err = take_cell(file, i, &cells[i]);
    }
    return err;
}

static enum err load(struct file *file)
{
    cyaml_config_t config = {.log_fn = hear,
                             .log_ctx = file,
                             .mem_fn = cyaml_mem,
                             .log_level = CYAML_LOG_WARNING,
                             .flags = CYAML_CFG_NO_ALIAS};
    void *cells = NULL;
    cyaml_err_t failed = cyaml_load_data(file->text.data, file->text.len,
                                         &config, &file->top, &cells, NULL);
    enum err err = ERR_OK;
    if (failed != CYAML_OK || file->first_complaint) {
        err = explain(file, cyaml_strerror(failed));
    } else if (cells) {
        err = take_cells(file, cells);
    }
    cyaml_free(&config, &file->top, cells, 0);
    return err;
}

enum err settings_read_text(struct settings *settings, const char *name,
                            struct bytes text)
{
    struct file file = {.settings = settings, .name = name, .text = text};
    if (text.len == 0) {
        return ERR_OK;
    }
    if (text.len > FILE_MAX_BYTES) {
        return refuse(&file, 1, "the file is larger than 1 MiB");
    }
    if (!bytes_is_utf8(text) || memchr(text.data, 0, text.len)) {
        return refuse(&file, 1, "the file is not UTF-8 text");
    }
    describe_table(&file);
    enum err err = load(&file);
    free(file.first_complaint);
    free(file.fields);
    return err;
}

static enum err read_whole(FILE *stream, struct buf *out)
{
    uint8_t block[4096];
    size_t got;
    while ((got = fread(block, 1, sizeof(block), stream)) > 0) {
        buf_add(out, bytes_of(block, got));
    }
    return ferror(stream) ? ERR_IO : buf_error(out);
}

enum err settings_read_file(struct settings *settings, const char *path)
{
    FILE *stream = fopen(path, "rbe");
    if (!stream) {
        begin_why(settings, path);
        buf_add_text(&settings->why, strerror(errno));
        end_why(settings);
        return ERR_NOT_FOUND;
    }
    struct buf text;
    buf_init(&text, FILE_MAX_BYTES);
    enum err err = read_whole(stream, &text);
    fclose(stream);
    if (err == ERR_OK) {
        err = settings_read_text(settings, path, buf_bytes(&text));
    } else {
        begin_why(settings, path);
        buf_add_text(&settings->why, err_text(err));
        end_why(settings);
        err = ERR_INVALID;
    }
    buf_fini(&text);
    return err;
}

/* ---- values and printing ------------------------------------------------ */

static const struct value *value_of(const struct settings *settings,
                                    const char *name, bool (*fits)(int type))
{
    size_t i = row_of(settings, name);
    assert(i < settings->count);
    assert(!fits || fits((int)settings->table[i].type));
    return &settings->values[i];
}

static bool is_text(int type)
{
    return type == SETTING_TEXT || type == SETTING_CHOICE ||
           type == SETTING_LIST;
}

static bool is_integer(int type)
{
    return type == SETTING_INTEGER || type == SETTING_BYTES ||
           type == SETTING_DURATION;
}

static bool is_real(int type)
{
    return type == SETTING_REAL;
}

static bool is_bool(int type)
{
    return type == SETTING_BOOL;
}

const char *settings_text(const struct settings *settings, const char *name)
{
    return value_of(settings, name, is_text)->text;
}

int64_t settings_integer(const struct settings *settings, const char *name)
{
    return value_of(settings, name, is_integer)->meaning.integer;
}

double settings_real(const struct settings *settings, const char *name)
{
    return value_of(settings, name, is_real)->meaning.real;
}

bool settings_bool(const struct settings *settings, const char *name)
{
    return value_of(settings, name, is_bool)->meaning.flag;
}

const char *settings_source(const struct settings *settings, const char *name)
{
    return value_of(settings, name, NULL)->source;
}

void settings_print(const struct settings *settings, struct buf *out)
{
    for (size_t i = 0; i < settings->count; i++) {
        const struct setting *row = &settings->table[i];
        const struct value *value = &settings->values[i];
        buf_add_format(out, "# %s (", row->help);
        setting_value_allowed(row, out);
        buf_add_format(out, "; %s)\n%s: ", value->source, row->name);
        setting_value_yaml(row, value->text, out);
        buf_add_text(out, "\n");
    }
}

void settings_help_row(const char *left, const char *right, struct buf *out)
{
    size_t at = strlen(left);
    buf_add_text(out, left);
    do {
        size_t len = strcspn(right, " ");
        bool is_begun = at > HELP_COLUMN;
        if (is_begun && at + 1 + len > HELP_COLUMNS) {
            buf_add_u8(out, '\n');
            at = 0;
        }
        int blanks = at < HELP_COLUMN ? (int)(HELP_COLUMN - at) + 1 : 1;
        buf_add_format(out, "%*s%.*s", blanks, "", (int)len, right);
        at += (size_t)blanks + len;
        right += len + (right[len] == ' ');
    } while (*right);
    buf_add_u8(out, '\n');
}

void settings_print_help(const struct settings *settings, struct buf *out)
{
    for (size_t i = 0; i < settings->count; i++) {
        const struct setting *row = &settings->table[i];
        char name[ENVIRONMENT_NAME_MAX];
        struct buf allowed;
        snprintf(name, sizeof(name), "  --%s", row->name);
        settings_help_row(name, row->help, out);
        buf_init(&allowed, WHY_MAX_BYTES);
        buf_add_u8(&allowed, '(');
        setting_value_allowed(row, &allowed);
        buf_add_format(&allowed, "; default %s)",
                       *row->fallback ? row->fallback : "none");
        settings_help_row("", buf_text(&allowed), out);
        buf_fini(&allowed);
    }
}
