/* SPDX-License-Identifier: MIT */
/* config print, config check. */
#include "broker/broker.h"
#include "cli/commands/commands.h"

enum {
    PRINT_MAX = 1 << 20
};

static const struct option print_options[] = {
    {"config", 0, "FILE", "settings file, YAML"},
};

static enum exit_code config_print(struct context *context)
{
    struct buf text;
    buf_init(&text, PRINT_MAX);
    settings_print(context->settings, &text);
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
        fprintf(context->out, "%s: fine\n", arguments->words[0]);
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
    .words_min = 1,
    .words_max = 1,
    .settings = broker_settings,
    .setting_count = &broker_setting_count,
    .run = config_check,
};
