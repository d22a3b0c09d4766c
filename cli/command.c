/* SPDX-License-Identifier: MIT */
#include "cli/command.h"

#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "base/text/glyph.h"

enum {
    HELP_MAX = 256 << 10,
    SAID_MAX = 8 << 10, /* bytes of one complaint */
    OPTIONS_MAX = 64,
    NAMES_MAX = 128,
    NAME_MAX_LEN = 64
};

const struct option command_shared_options[] = {
    {"connect", 'c', "ENDPOINT",
     "broker to talk to; default: $REVERIE_CONNECT, else the one that runs on "
     "./reverie-data"},
    {"token", 0, "FILE",
     "token of `reverie keys add`; default: $REVERIE_TOKEN"},
    {"swarm", 0, "NAME", "swarm to work in; default: default"},
    {"timeout", 0, "SECONDS", "longest wait for an answer; default: 60"},
    {"json", 'j', NULL, "print JSON, one object a line"},
};

const size_t command_shared_option_count = ARRAY_LEN(command_shared_options);

static const struct option help_option = {"help", 'h', NULL, "print this"};

static const struct {
    enum exit_code code;
    const char *meaning;
} exit_codes[] = {
    {EXIT_OK, "it worked"},
    {EXIT_REFUSED, "it was refused, or failed; the message says why"},
    {EXIT_USAGE, "the command line is wrong"},
    {EXIT_NO_BROKER, "no broker answers at the endpoint"},
    {EXIT_TIMED_OUT, "no answer within --timeout; it may still be carried out"},
    {EXIT_FAULTS,
     "a check (log verify, memory verify, replay, score) found faults"},
    {EXIT_INTERRUPTED, "the connection, or a supervised part, ended under way"},
};

/* ---- printing --------------------------------------------------------------
 */

static void __attribute__((format(printf, 2, 0)))
say(const struct context *context, const char *format, va_list args)
{
    char said[SAID_MAX];
    struct buf line;
    vsnprintf(said, sizeof(said), format, args);
    buf_init(&line, (size_t)4 * SAID_MAX); /* a byte in signs is four */
    glyph_add_all(&line, bytes_of_text(said));
    fprintf(context->err, "%s\n", buf_text(&line));
    buf_fini(&line);
}

void command_say(const struct context *context, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    say(context, format, args);
    va_end(args);
}

void command_complain(const struct context *context, const char *format, ...)
{
    va_list args;
    fprintf(context->err, "reverie%s%s: ", context->command ? " " : "",
            context->command ? context->command->name : "");
    va_start(args, format);
    say(context, format, args);
    va_end(args);
}

enum exit_code command_misused(const struct context *context)
{
    command_complain(context, "%s", context->arguments.why);
    if (context->command) {
        command_say(context, "see: reverie %s --help", context->command->name);
    }
    return EXIT_USAGE;
}

void command_print(const struct context *context, struct buf *text)
{
    struct bytes bytes = buf_bytes(text);
    bool is_written = fwrite(bytes.data ? (const char *)bytes.data : "", 1,
                             bytes.len, context->out) == bytes.len &&
                      fflush(context->out) == 0;
    if (!is_written) {
        /* Nobody reads any more (`reverie tail | head`). */
        exit(EXIT_OK);
    }
    buf_reset(text);
}

/* ---- help ------------------------------------------------------------------
 */

static void add_option(const struct option *option, struct buf *out)
{
    char left[NAME_MAX_LEN];
    char letter[5] = "    ";
    if (option->letter) {
        snprintf(letter, sizeof(letter), "-%c, ", option->letter);
    }
    snprintf(left, sizeof(left), "  %s--%s%s%s", letter, option->name,
             option->value ? " " : "", option->value ? option->value : "");
    settings_help_row(left, option->help, out);
}

static void add_settings(const struct command *command, struct buf *out)
{
    struct settings *settings =
        settings_new(command->settings, *command->setting_count);
    buf_add_text(out, "\nsettings, also from --config FILE and the "
                      "environment:\n");
    settings_print_help(settings, out);
    settings_free(settings);
}

void command_help(const struct command *command, struct buf *out)
{
    buf_add_format(out, "usage: reverie %s%s%s\n\n%s", command->name,
                   command->synopsis[0] ? " " : "", command->synopsis,
                   command->text);
    buf_add_text(out, "\noptions:\n");
    for (size_t i = 0; i < command->option_count; i++) {
        add_option(&command->options[i], out);
    }
    for (size_t i = 0; command->connects && i < command_shared_option_count;
         i++) {
        add_option(&command_shared_options[i], out);
    }
    add_option(&help_option, out);
    if (command->settings) {
        add_settings(command, out);
    }
}

static bool is_in_group(const struct command *command, const char *group)
{
    size_t len = strlen(group);
    return strncmp(command->name, group, len) == 0 && command->name[len] == ' ';
}

static bool is_group(const char *word)
{
    for (size_t i = 0; i < command_count; i++) {
        if (is_in_group(command_table[i], word)) {
            return true;
        }
    }
    return false;
}

void command_group_help(const char *group, struct buf *out)
{
    buf_add_format(out, "usage: reverie %s COMMAND\n\n", group);
    for (size_t i = 0; i < command_count; i++) {
        if (is_in_group(command_table[i], group)) {
            buf_add_format(out, "  %-18s %s\n", command_table[i]->name,
                           command_table[i]->summary);
        }
    }
    buf_add_format(out, "\nHelp and examples: reverie %s COMMAND --help\n",
                   group);
}

void command_overview(struct buf *out)
{
    buf_add_text(out, "reverie: a message bus for teams of AI agents that "
                      "dreams\n\nusage: reverie COMMAND ...\n\n");
    for (size_t i = 0; i < command_count; i++) {
        buf_add_format(out, "  %-18s %s\n", command_table[i]->name,
                       command_table[i]->summary);
    }
    buf_add_text(out, "\nHelp and examples: reverie COMMAND --help\n"
                      "Exit codes:        reverie help exit-codes\n"
                      "\nTo begin:\n"
                      "  reverie up --data ./reverie-data\n");
}

void command_exit_codes(struct buf *out)
{
    for (size_t i = 0; i < ARRAY_LEN(exit_codes); i++) {
        buf_add_format(out, "%d  %s\n", (int)exit_codes[i].code,
                       exit_codes[i].meaning);
    }
}

/* ---- finding ---------------------------------------------------------------
 */

static const struct command *find(int argc, const char *const *argv,
                                  int *out_used)
{
    char two[2 * NAME_MAX_LEN];
    if (argc > 1) {
        snprintf(two, sizeof(two), "%s %s", argv[0], argv[1]);
    } else {
        snprintf(two, sizeof(two), "%s", argv[0]);
    }
    for (size_t i = 0; i < command_count; i++) {
        const char *name = command_table[i]->name;
        bool is_two = strcmp(name, two) == 0 && argc > 1;
        if (is_two || strcmp(name, argv[0]) == 0) {
            *out_used = strchr(name, ' ') ? 2 : 1;
            return command_table[i];
        }
    }
    return NULL;
}

/* What was meant: a whole name, or a second word of the group. */
static const char *nearest_command(int argc, const char *const *argv)
{
    const char *names[NAMES_MAX];
    char two[2 * NAME_MAX_LEN];
    size_t count = 0;
    bool has_second = argc > 1 && argv[1][0] != '-';
    snprintf(two, sizeof(two), "%s%s%s", argv[0], has_second ? " " : "",
             has_second ? argv[1] : "");
    for (size_t i = 0; i < command_count && count < NAMES_MAX; i++) {
        names[count++] = command_table[i]->name;
    }
    const char *nearest = text_nearest(two, names, count);
    return nearest ? nearest : text_nearest(argv[0], names, count);
}

static enum exit_code refuse_command(struct context *context, int argc,
                                     const char *const *argv)
{
    const char *nearest = nearest_command(argc, argv);
    bool has_second = argc > 1 && argv[1][0] != '-';
    command_complain(context, "there is no command %.64s%s%.64s%s%s%s", argv[0],
                     has_second && is_group(argv[0]) ? " " : "",
                     has_second && is_group(argv[0]) ? argv[1] : "",
                     nearest ? "; did you mean `reverie " : "",
                     nearest ? nearest : "", nearest ? "`?" : "");
    command_say(context, "see: reverie help");
    return EXIT_USAGE;
}

/* ---- running ---------------------------------------------------------------
 */

static size_t all_options(const struct command *command,
                          struct option options[OPTIONS_MAX])
{
    size_t count = 0;
    for (size_t i = 0; i < command->option_count; i++) {
        options[count++] = command->options[i];
    }
    for (size_t i = 0; command->connects && i < command_shared_option_count;
         i++) {
        options[count++] = command_shared_options[i];
    }
    options[count++] = help_option;
    assert(count <= OPTIONS_MAX);
    return count;
}

static enum exit_code check_words(struct context *context)
{
    const struct command *command = context->command;
    struct arguments *arguments = &context->arguments;
    bool is_few = arguments->word_count < command->words_min;
    if (!is_few && arguments->word_count <= command->words_max) {
        return EXIT_OK;
    }
    snprintf(arguments->why, sizeof(arguments->why),
             "%s is missing; usage: reverie %s %s",
             is_few ? "something" : "nothing", command->name,
             command->synopsis);
    if (!is_few) {
        snprintf(arguments->why, sizeof(arguments->why),
                 "unexpected word %.64s; usage: reverie %s %s",
                 arguments->words[command->words_max], command->name,
                 command->synopsis);
    }
    return command_misused(context);
}

/* Settings come from the file, then the environment, then the flags, so the
 * flags are read twice: to find the file, and last. */
static enum err read_settings(struct context *context)
{
    const char *file = argument_text(&context->arguments, "config", NULL);
    enum err err = ERR_OK;
    if (file) {
        err = settings_read_file(context->settings, file);
    }
    if (err == ERR_OK) {
        err = settings_read_environment(context->settings);
    }
    if (err != ERR_OK) {
        snprintf(context->arguments.why, sizeof(context->arguments.why), "%s",
                 settings_why(context->settings));
    }
    return err;
}

static enum err read_arguments(struct context *context, int argc,
                               const char *const *argv)
{
    const struct command *command = context->command;
    struct option options[OPTIONS_MAX];
    const struct argument_table known = {
        .options = options,
        .option_count = all_options(command, options),
        .settings = command->settings,
        .setting_count = command->settings ? *command->setting_count : 0,
        .values = context->settings,
    };
    enum err err = arguments_read(&context->arguments, argc, argv, &known);
    if (err != ERR_OK || !context->settings ||
        argument_is_set(&context->arguments, "help")) {
        return err;
    }
    err = read_settings(context);
    return err == ERR_OK
               ? arguments_read(&context->arguments, argc, argv, &known)
               : err;
}

static enum exit_code run(struct context *context, int argc,
                          const char *const *argv)
{
    const struct command *command = context->command;
    if (command->settings) {
        context->settings =
            settings_new(command->settings, *command->setting_count);
    }
    enum exit_code code = EXIT_OK;
    if (read_arguments(context, argc, argv) != ERR_OK) {
        code = command_misused(context);
    } else if (argument_is_set(&context->arguments, "help")) {
        struct buf help;
        buf_init(&help, HELP_MAX);
        command_help(command, &help);
        command_print(context, &help);
        buf_fini(&help);
    } else {
        context->json = argument_is_set(&context->arguments, "json");
        code = check_words(context);
        code = code == EXIT_OK ? command->run(context) : code;
    }
    settings_free(context->settings);
    return code;
}

static enum exit_code give_help(struct context *context, int argc,
                                const char *const *argv)
{
    struct buf help;
    int used = 0;
    buf_init(&help, HELP_MAX);
    const struct command *command = argc > 0 ? find(argc, argv, &used) : NULL;
    enum exit_code code = EXIT_OK;
    if (command) {
        command_help(command, &help);
    } else if (argc > 0 && strcmp(argv[0], "exit-codes") == 0) {
        command_exit_codes(&help);
    } else if (argc > 0 && is_group(argv[0])) {
        command_group_help(argv[0], &help);
    } else if (argc > 0) {
        code = refuse_command(context, argc, argv);
    } else {
        command_overview(&help);
    }
    command_print(context, &help);
    buf_fini(&help);
    return code;
}

static bool is_help(const char *word)
{
    return strcmp(word, "help") == 0 || strcmp(word, "--help") == 0 ||
           strcmp(word, "-h") == 0;
}

enum exit_code command_main(const char *program, int argc,
                            const char *const *argv, FILE *out, FILE *err)
{
    struct context context = {.program = program, .out = out, .err = err};
    int used = 0;
    if (argc == 0) {
        context.out = err;
        (void)give_help(&context, 0, argv);
        return EXIT_USAGE;
    }
    if (is_help(argv[0])) {
        return give_help(&context, argc - 1, argv + 1);
    }
    if (strcmp(argv[0], "--version") == 0) {
        fprintf(out, "reverie %s\n", REVERIE_VERSION);
        return EXIT_OK;
    }
    context.command = find(argc, argv, &used);
    if (context.command) {
        return run(&context, argc - used, argv + used);
    }
    if (is_group(argv[0]) && (argc == 1 || is_help(argv[1]))) {
        return give_help(&context, 1, argv);
    }
    return refuse_command(&context, argc, argv);
}
