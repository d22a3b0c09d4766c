/* SPDX-License-Identifier: MIT */
/* config print, config check. */
#include "base/edge/json.h"
#include "broker/broker.h"
#include "cli/commands/commands.h"

enum {
    PRINT_MAX = 1 << 20
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
        fprintf(context->out, context->json ? "{\"ok\":true}\n" : "%s: fine\n",
                arguments->words[0]);
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
    .text = "Names file, line and key of what is wrong.\n\n"
            "  reverie config check reverie.yaml\n",
    .options = check_options,
    .option_count = ARRAY_LEN(check_options),
    .words_min = 1,
    .words_max = 1,
    .settings = broker_settings,
    .setting_count = &broker_setting_count,
    .run = config_check,
};
