/* SPDX-License-Identifier: MIT */
#include "cli/commands/input.h"

#include <errno.h>
#include <string.h>

static enum exit_code read_all(struct context *context, const char *name,
                               FILE *file, struct buf *out)
{
    char part[16384];
    size_t len = 0;
    while ((len = fread(part, 1, sizeof(part), file)) > 0) {
        buf_add(out, bytes_of(part, len));
    }
    if (ferror(file)) {
        command_complain(context, "%s: %s", name, strerror(errno));
        return EXIT_REFUSED;
    }
    if (buf_error(out) != ERR_OK) {
        command_complain(context, "%s is larger than %zu bytes", name,
                         out->max);
        return EXIT_REFUSED;
    }
    return EXIT_OK;
}

enum exit_code input_text(struct context *context, size_t word,
                          const char *option, struct buf *out)
{
    struct arguments *arguments = &context->arguments;
    const char *path = argument_text(arguments, option, NULL);
    if (arguments->word_count > word) {
        buf_add_text(out, arguments->words[word]);
        return EXIT_OK;
    }
    if (!path) {
        snprintf(arguments->why, sizeof(arguments->why),
                 "the text is missing: as the last word, or with --%s FILE "
                 "(- is standard input)",
                 option);
        return command_misused(context);
    }
    if (strcmp(path, "-") == 0) {
        return read_all(context, "standard input", stdin, out);
    }
    FILE *file = fopen(path, "re");
    if (!file) {
        command_complain(context, "%s: %s", path, strerror(errno));
        return EXIT_REFUSED;
    }
    enum exit_code code = read_all(context, path, file, out);
    fclose(file);
    return code;
}
