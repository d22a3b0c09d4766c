/* SPDX-License-Identifier: MIT */
/* keys add, list, revoke: who may connect, and with what rights. */
#include "broker/auth/keys.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/edge/json.h"
#include "broker/auth/rights.h"
#include "cli/commands/commands.h"
#include "cli/render/text.h"

enum {
    PATH_TEXT_MAX = 4096,
    LINE_MAX_BYTES = 4096
};

#define KEYS_FILE_OPTIONS                                                      \
    {"data", 'd', "DIR",                                                       \
     "data directory of the broker; default: reverie-data"},                   \
    {                                                                          \
        "keys", 0, "FILE",                                                     \
            "keys file; default: keys.jsonl in the data "                      \
            "directory"                                                        \
    }

static const struct option add_options[] = {
    KEYS_FILE_OPTIONS,
    {"rights", 'r', "LIST",
     "comma-separated: owner, speak_for, import, propose, review, admin, "
     "erase, write_team, observe; default: none"},
    {"swarm", 0, "NAME", "the swarm it is good for; default: default"},
    {"out", 'o', "FILE", "write the token to this new file; default: print it"},
    {"json", 'j', NULL, "print JSON, one object a line"},
};

static const struct option list_options[] = {
    KEYS_FILE_OPTIONS,
    {"json", 'j', NULL, "print JSON, one object a line"},
};

static const struct option revoke_options[] = {
    KEYS_FILE_OPTIONS,
    {"json", 'j', NULL, "print JSON, one object a line"},
};

/* One object with one member. */
static void print_member(struct context *context, const char *name,
                         const char *value)
{
    struct buf line;
    struct json *json = json_new_object();
    buf_init(&line, (size_t)2 * PATH_TEXT_MAX);
    json_set_text(json, name, value);
    json_print(json, &line);
    buf_add_u8(&line, '\n');
    command_print(context, &line);
    buf_fini(&line);
    json_free(json);
}

static enum exit_code open_keys(struct context *context, struct keys **out)
{
    char path[PATH_TEXT_MAX];
    struct buf why;
    const struct arguments *arguments = &context->arguments;
    snprintf(path, sizeof(path), "%s/keys.jsonl",
             argument_text(arguments, "data", "reverie-data"));
    const char *file = argument_text(arguments, "keys", path);
    buf_init(&why, LINE_MAX_BYTES);
    enum err err = keys_open(file, &why, out);
    if (err != ERR_OK) {
        command_complain(context, "%s: %s", file,
                         why.len > 0 ? buf_text(&why) : err_text(err));
    }
    buf_fini(&why);
    return err == ERR_OK ? EXIT_OK : EXIT_REFUSED;
}

static enum exit_code give_token(struct context *context, const char *token)
{
    const char *file = argument_text(&context->arguments, "out", NULL);
    if (!file && context->json) {
        print_member(context, "token", token);
        return EXIT_OK;
    }
    if (!file) {
        fprintf(context->out, "%s\n", token);
        return EXIT_OK;
    }
    enum err err = keys_write_token(file, token);
    if (err != ERR_OK) {
        command_complain(context, "%s: %s; the token is lost: revoke the key",
                         file, err_text(err));
        return EXIT_REFUSED;
    }
    if (context->json) {
        print_member(context, "token_file", file);
        return EXIT_OK;
    }
    command_say(context, "the token is in %s; clients read it from there",
                file);
    return EXIT_OK;
}

static enum exit_code keys_add_run(struct context *context)
{
    struct arguments *arguments = &context->arguments;
    char token[TOKEN_TEXT_BYTES];
    uint32_t rights = 0;
    struct keys *keys = NULL;
    const char *list = argument_text(arguments, "rights", "");
    if (rights_read(bytes_of_text(list), &rights) != ERR_OK) {
        snprintf(arguments->why, sizeof(arguments->why),
                 "--rights %.100s: not a list of rights; see --help", list);
        return command_misused(context);
    }
    enum exit_code code = open_keys(context, &keys);
    if (code != EXIT_OK) {
        return code;
    }
    enum err err = keys_add(
        keys, bytes_of_text(argument_text(arguments, "swarm", "default")),
        bytes_of_text(arguments->words[0]), rights, clock_wall_us(), token);
    if (err == ERR_OK) {
        code = give_token(context, token);
    } else {
        command_complain(context, "the key could not be made: %s",
                         err_text(err));
        code = EXIT_REFUSED;
    }
    keys_close(keys);
    return code;
}

static void print_key(const struct context *context, const struct key *key,
                      struct buf *line)
{
    struct buf rights;
    buf_init(&rights, LINE_MAX_BYTES);
    rights_write(key->rights, &rights);
    if (context->json) {
        struct json *json = json_new_object();
        json_set_text(json, "id", key->id);
        json_set_text(json, "principal", key->principal);
        json_set_text(json, "swarm", key->swarm);
        json_set_text(json, "rights", buf_text(&rights));
        json_set_int(json, "created_us", key->created_us);
        json_print(json, line);
        json_free(json);
    } else {
        buf_add_format(line, "%s  ", key->id);
        text_time(line, key->created_us);
        buf_add_format(line, "  %s  %s  %s", key->swarm, key->principal,
                       rights.len > 0 ? buf_text(&rights) : "-");
    }
    buf_add_u8(line, '\n');
    buf_fini(&rights);
}

/* A directory that does not exist is a slip of the fingers, not a broker
 * without keys. */
static enum exit_code find_data(struct context *context)
{
    const char *data =
        argument_text(&context->arguments, "data", "reverie-data");
    if (!argument_is_set(&context->arguments, "keys") &&
        access(data, F_OK) != 0) {
        command_complain(context, "%s: there is no such directory", data);
        return EXIT_REFUSED;
    }
    return EXIT_OK;
}

static enum exit_code keys_list_run(struct context *context)
{
    struct keys *keys = NULL;
    struct buf line;
    enum exit_code code = find_data(context);
    if (code != EXIT_OK) {
        return code;
    }
    code = open_keys(context, &keys);
    buf_init(&line, LINE_MAX_BYTES);
    for (size_t i = 0; code == EXIT_OK && i < keys_count(keys); i++) {
        print_key(context, keys_at(keys, i), &line);
        command_print(context, &line);
    }
    buf_fini(&line);
    keys_close(keys);
    return code;
}

static enum exit_code keys_revoke_run(struct context *context)
{
    struct keys *keys = NULL;
    const char *id = context->arguments.words[0];
    enum exit_code code = open_keys(context, &keys);
    if (code == EXIT_OK) {
        enum err err = keys_revoke(keys, bytes_of_text(id));
        if (err != ERR_OK) {
            command_complain(context, "%.64s: %s", id, err_text(err));
            code = EXIT_REFUSED;
        }
    }
    if (code == EXIT_OK && context->json) {
        print_member(context, "revoked", id);
    }
    keys_close(keys);
    return code;
}

const struct command keys_add_command = {
    .name = "keys add",
    .synopsis = "PRINCIPAL [--rights LIST] [--out FILE]",
    .summary = "make a key: a token that stands for a principal",
    .text = "The token is shown once and is nowhere else; the keys file holds "
            "its digest. A running\nbroker takes it at once. A principal is "
            "whoever answers for agents: a person, a service.\n\n"
            "  reverie keys add ada --out ada.token\n"
            "  reverie keys add importer --rights import,speak_for --out "
            "importer.token\n",
    .options = add_options,
    .option_count = ARRAY_LEN(add_options),
    .words_min = 1,
    .words_max = 1,
    .run = keys_add_run,
};

const struct command keys_list_command = {
    .name = "keys list",
    .synopsis = "",
    .summary = "the keys there are",
    .text = "  reverie keys list --data reverie-data\n",
    .options = list_options,
    .option_count = ARRAY_LEN(list_options),
    .run = keys_list_run,
};

const struct command keys_revoke_command = {
    .name = "keys revoke",
    .synopsis = "ID",
    .summary = "remove a key; its token is refused from the next hello on",
    .text = "ID is the first column of keys list.\n\n"
            "  reverie keys revoke 9f86d081884c7d65\n",
    .options = revoke_options,
    .option_count = ARRAY_LEN(revoke_options),
    .words_min = 1,
    .words_max = 1,
    .run = keys_revoke_run,
};
