/* SPDX-License-Identifier: MIT */
/* config print, config check. */
#include <string.h>

#include "base/edge/json.h"
#include "base/text/glyph.h"
#include "broker/broker.h"
#include "cli/commands/commands.h"

enum {
    PRINT_MAX = 1 << 20,
    NOTE_MAX = 4096
};

static const struct option print_options[] = {
    {"config", 0, "FILE", "settings file, YAML"},
    {"json", 'j', NULL, "print JSON, one object a line"},
};

static const struct option check_options[] = {
    {"json", 'j', NULL, "print JSON, one object a line"},
};

static void set_value(struct json *json, const struct settings *settings,
                      const struct setting *setting)
{
    switch (setting->type) {
    case SETTING_TEXT:
    case SETTING_CHOICE:
    case SETTING_LIST:
        json_set_text(json, "value", settings_text(settings, setting->name));
        return;
    case SETTING_INTEGER:
    case SETTING_BYTES:
    case SETTING_DURATION:
        json_set_int(json, "value", settings_integer(settings, setting->name));
        return;
    case SETTING_REAL:
        json_set_real(json, "value", settings_real(settings, setting->name));
        return;
    case SETTING_BOOL:
        json_set_bool(json, "value", settings_bool(settings, setting->name));
        return;
    }
}

/* Bytes and microseconds as numbers, with where each value comes from. */
static void print_json(const struct settings *settings, struct buf *out)
{
    for (size_t i = 0; i < broker_setting_count; i++) {
        const struct setting *setting = &broker_settings[i];
        struct json *json = json_new_object();
        json_set_text(json, "name", setting->name);
        set_value(json, settings, setting);
        json_set_text(json, "source", settings_source(settings, setting->name));
        json_set_text(json, "help", setting->help);
        json_print(json, out);
        buf_add_u8(out, '\n');
        json_free(json);
    }
}

static enum exit_code config_print(struct context *context)
{
    struct buf text;
    buf_init(&text, PRINT_MAX);
    if (context->json) {
        print_json(context->settings, &text);
    } else {
        settings_print(context->settings, &text);
    }
    command_print(context, &text);
    buf_fini(&text);
    return EXIT_OK;
}

bool command_idle_setting(const struct settings *settings, size_t nth,
                          struct buf *out)
{
    static const struct {
        const char *name;
        const char *option;
    } rows[] = {{"memory-budget", "--budget"}, {"dream-shards", "--shards"}};
    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        const char *source = settings_source(settings, rows[i].name);
        if (strcmp(source, "default") != 0 && nth-- == 0) {
            buf_add_format(out,
                           "%s (%s) is for the worker that `reverie up` "
                           "starts: `reverie broker` has no use for it, and "
                           "`reverie dream worker` takes %s",
                           rows[i].name, source, rows[i].option);
            return true;
        }
    }
    return false;
}

/* {"ok":true,"notes":["..."]} */
static void print_checked(const struct context *context)
{
    struct buf note;
    struct buf text;
    struct json *json = json_new_object();
    struct json *notes = json_new_array();
    buf_init(&note, NOTE_MAX);
    buf_init(&text, PRINT_MAX);
    glyph_add_all(&text, bytes_of_text(context->arguments.words[0]));
    buf_add_text(&text, ": fine\n");
    for (size_t i = 0; command_idle_setting(context->settings, i, &note); i++) {
        buf_add_text(&text, "note: ");
        glyph_add_all(&text, buf_bytes(&note));
        buf_add_u8(&text, '\n');
        json_set_string(notes, NULL, buf_bytes(&note));
        buf_reset(&note);
    }
    json_set_bool(json, "ok", true);
    json_set(json, "notes", notes);
    if (context->json) {
        buf_reset(&text);
        json_print(json, &text);
        buf_add_u8(&text, '\n');
    }
    command_print(context, &text);
    json_free(json);
    buf_fini(&note);
    buf_fini(&text);
}

/* Reading a file and checking each setting has happened when this runs; what
 * is left is whether they make sense together. */
static enum exit_code config_check(struct context *context)
{
    struct buf why;
    struct broker_config config;
    struct arguments *arguments = &context->arguments;
    buf_init(&why, PRINT_MAX);
    enum exit_code code = EXIT_OK;
    if (settings_read_file(context->settings, arguments->words[0]) != ERR_OK) {
        command_complain(context, "%s", settings_why(context->settings));
        code = EXIT_REFUSED;
    } else if (broker_config_read(context->settings, &why, &config) != ERR_OK) {
        command_complain(context, "%s", buf_text(&why));
        code = EXIT_REFUSED;
    } else {
        print_checked(context);
    }
    buf_fini(&why);
    return code;
}

const struct command config_print_command = {
    .name = "config print",
    .synopsis = "[--config FILE] [settings]",
    .summary = "every setting, its value and where that comes from",
    .text = "Prints YAML that can be read back, with the meaning of each "
            "setting. Later sources win:\ndefault, file, environment "
            "(REVERIE_LEASE), flag (--lease).\n\n"
            "  reverie config print > reverie.yaml\n"
            "  reverie config print --config reverie.yaml --lease 30s\n",
    .options = print_options,
    .option_count = ARRAY_LEN(print_options),
    .settings = broker_settings,
    .setting_count = &broker_setting_count,
    .run = config_print,
};

const struct command config_check_command = {
    .name = "config check",
    .synopsis = "FILE",
    .summary = "whether a settings file is right, and where it is not",
    .text = "Names file, line and key of what is wrong, and settings that "
            "`reverie broker` alone has no use for.\n\n"
            "  reverie config check reverie.yaml\n",
    .options = check_options,
    .option_count = ARRAY_LEN(check_options),
    .words_min = 1,
    .words_max = 1,
    .settings = broker_settings,
    .setting_count = &broker_setting_count,
    .run = config_check,
};
