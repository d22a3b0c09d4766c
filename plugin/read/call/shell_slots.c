/* SPDX-License-Identifier: MIT */
#include "plugin/read/call/shell_slots.h"

#include <string.h>

#include "base/text/ascii.h"
#include "plugin/read/call/flags.h"
#include "plugin/read/call/program.h"
#include "plugin/read/call/shape.h"
#include "plugin/read/call/shell.h"

enum {
    NESTING_MAX = 2,    /* sh -c "sh -c ..." */
    WRAPPERS_MAX = 4,   /* sudo env time nice ... */
    NAME_MAX_BYTES = 24 /* of a program that is worth a slot */
};

struct context {
    struct slot_set *set;
    int nesting;
    bool is_first;
};

/* The words of a command that are still to be read. */
struct words {
    const struct bytes *words;
    size_t count;
};

static struct bytes word(const struct words *words, size_t at)
{
    return at < words->count ? words->words[at] : bytes_of(NULL, 0);
}

static void skip(struct words *words, size_t count)
{
    count = count < words->count ? count : words->count;
    words->words += count;
    words->count -= count;
}

static bool is_flag(struct bytes text)
{
    return text.len > 1 && text.data[0] == '-';
}

void shell_slots_add_family(struct slot_set *set, const char *family,
                            struct bytes option)
{
    struct bytes parts[] = {BYTES_LITERAL("use"), bytes_of_text(family)};
    slot_set_add_path(set, SLOT_FAMILY, parts, 2, option);
}

/* Two words with a space between them, in the arena. */
static struct bytes joined(struct slot_set *set, struct bytes a, struct bytes b)
{
    if (b.len == 0) {
        return a;
    }
    uint8_t *text = arena_take(set->arena, a.len + b.len + 1);
    if (!text || a.len == 0) {
        return a;
    }
    memcpy(text, a.data, a.len);
    text[a.len] = ' ';
    memcpy(text + a.len + 1, b.data, b.len);
    return bytes_of(text, a.len + 1 + b.len);
}

/* "/usr/bin/git" and "./gradlew" are git and gradlew. */
static struct bytes base_name(struct bytes path)
{
    size_t at = path.len;
    while (at > 0 && path.data[at - 1] != '/') {
        at--;
    }
    return bytes_slice(path, at, path.len);
}

/* ---- wrappers --------------------------------------------------------------
 */

/* Whether the short option ${flag} of a wrapper is followed by its value. */
static bool takes_value(const struct wrapper *wrapper, struct bytes flag)
{
    return flag.len == 2 && ascii_in(flag.data[1], wrapper->value_options);
}

static bool is_assignment(struct bytes text)
{
    size_t at = bytes_find(text, BYTES_LITERAL("="), 0);
    return at != SIZE_MAX && at > 0 && !is_flag(text);
}

/* Skips a wrapper with its options; what is left is the command it runs. */
static void skip_wrapper(struct words *words, const struct wrapper *wrapper)
{
    skip(words, wrapper->sub ? 2 : 1);
    while (is_flag(word(words, 0)) || is_assignment(word(words, 0))) {
        struct bytes flag = word(words, 0);
        skip(words, takes_value(wrapper, flag) ? 2 : 1);
        if (bytes_equal_text(flag, "--")) {
            break;
        }
    }
    skip(words, wrapper->positionals);
}

static void unwrap(struct context *context, struct words *words)
{
    for (int i = 0; i < WRAPPERS_MAX && words->count; i++) {
        struct bytes name = base_name(word(words, 0));
        const struct wrapper *wrapper = program_wrapper(name, word(words, 1));
        if (!wrapper) {
            return;
        }
        if (wrapper->family) {
            shell_slots_add_family(
                context->set, wrapper->family,
                wrapper->sub ? joined(context->set, name, word(words, 1))
                             : name);
        }
        skip_wrapper(words, wrapper);
    }
}

/* ---- one command -----------------------------------------------------------
 */

/* A command taken apart. */
struct call {
    struct bytes program;
    struct bytes sub;    /* "commit", "pr" */
    struct bytes nested; /* "create" of "gh pr create" */
    struct bytes task;   /* "lint:fix" of "npm run lint:fix" */
    bool is_run;         /* ... and "run" stood before it */
    struct words rest;   /* flags and operands */
    const struct program *known;
    bool is_piped_into;
};

static void add_option_family(struct context *context, struct bytes program,
                              struct bytes option)
{
    if (bytes_equal_text(program, "git") && bytes_equal_text(option, "-C")) {
        shell_slots_add_family(context->set, "directory",
                               BYTES_LITERAL("git -C"));
    }
}

/* Skips what stands between a program and its sub-command. */
static void skip_global_options(struct context *context, struct bytes program,
                                struct words *words)
{
    while (is_flag(word(words, 0))) {
        struct bytes option = word(words, 0);
        add_option_family(context, program, option);
        skip(words, program_option_takes_value(program, option) ? 2 : 1);
    }
}

/* A sub-command is a plain word; anything else is an operand. */
static bool is_plain(struct bytes text)
{
    if (text.len == 0 || text.len > NAME_MAX_BYTES ||
        !ascii_is_alpha(text.data[0])) {
        return false;
    }
    for (size_t i = 0; i < text.len; i++) {
        if (!ascii_is_alnum(text.data[i]) && !ascii_in(text.data[i], "_-:")) {
            return false;
        }
    }
    return true;
}

static void take_subcommand(struct context *context, struct call *call)
{
    struct words *rest = &call->rest;
    skip_global_options(context, call->program, rest);
    if (!is_plain(word(rest, 0))) {
        return;
    }
    call->sub = word(rest, 0);
    skip(rest, 1);
    if (program_nests(call->program, call->sub) && is_plain(word(rest, 0))) {
        call->nested = word(rest, 0);
        skip(rest, 1);
    }
    if (!(call->known->traits & PROGRAM_RUNS_TASKS)) {
        return;
    }
    call->is_run = program_is_run(call->program, call->sub);
    call->task = call->is_run ? word(rest, 0) : call->sub;
    if (call->is_run && call->task.len) {
        skip(rest, 1);
    }
}

static bool is_worth_a_slot(struct bytes program)
{
    return is_plain(program) &&
           bytes_find(program, BYTES_LITERAL(":"), 0) == SIZE_MAX;
}

/* "test:ci" and "test-unit" are kinds of test. */
static struct bytes task_stem(struct bytes task)
{
    size_t end = 0;
    while (end < task.len && ascii_is_alnum(task.data[end])) {
        end++;
    }
    return bytes_slice(task, 0, end);
}

static bool add_task_family(struct context *context, const struct call *call)
{
    const char *family = program_task_family(call->task);
    bool is_task =
        call->task.len && family &&
        (call->is_run || (call->known->traits & PROGRAM_RUNS_TASKS) != 0);
    if (!is_task) {
        return false;
    }
    struct bytes stem = task_stem(call->task);
    struct bytes option =
        call->is_run
            ? joined(context->set,
                     joined(context->set, call->program, BYTES_LITERAL("run")),
                     stem)
            : joined(context->set, call->program, stem);
    shell_slots_add_family(context->set, family, option);
    return true;
}

/* "python -m pytest" is a test runner; "sed -i" edits in place. */
static void add_special_family(struct context *context, const struct call *call)
{
    struct bytes first = word(&call->rest, 0);
    struct bytes second = word(&call->rest, 1);
    bool is_python = call->known && call->known->family &&
                     strcmp(call->known->family, "python") == 0;
    if (is_python && bytes_equal_text(first, "-m")) {
        const struct program *module = program_find(second);
        bool is_json = bytes_equal_text(second, "json.tool");
        const char *family = is_json  ? "query-json"
                             : module ? module->family
                                      : NULL;
        if (family) {
            shell_slots_add_family(
                context->set, family,
                joined(context->set, BYTES_LITERAL("python -m"), second));
        }
    }
}

static void add_families(struct context *context, const struct call *call)
{
    add_special_family(context, call);
    if (!call->known || call->is_piped_into) {
        return; /* a filter in a pipe is no choice of a tool */
    }
    if (add_task_family(context, call)) {
        return;
    }
    const char *family = program_sub_family(call->program, call->sub);
    if (family) {
        shell_slots_add_family(context->set, family,
                               joined(context->set, call->program, call->sub));
    } else if (call->known->family) {
        shell_slots_add_family(context->set, call->known->family,
                               call->program);
    }
}

/* "shell.git.commit" and what hangs below it. */
static size_t name_parts(const struct call *call, struct bytes *parts)
{
    size_t count = 0;
    parts[count++] = BYTES_LITERAL("shell");
    parts[count++] = call->program;
    if (call->sub.len && !call->is_run) {
        parts[count++] = call->sub;
    }
    if (call->nested.len) {
        parts[count++] = call->nested;
    }
    return count;
}

static void add_commands(struct context *context, const struct call *call)
{
    struct bytes shell[] = {BYTES_LITERAL("shell"), BYTES_LITERAL("program")};
    slot_set_add_path(context->set, SLOT_COMMAND, shell, 2, call->program);
    if (call->sub.len == 0) {
        return;
    }
    struct bytes name[] = {BYTES_LITERAL("shell"), call->program,
                           BYTES_LITERAL("command")};
    struct bytes command = call->is_run ? call->task : call->sub;
    slot_set_add_path(context->set, SLOT_COMMAND, name, 3,
                      joined(context->set, command, call->nested));
}

/* --name=value: the value is a choice of its own. */
static void add_values(struct context *context, const struct call *call,
                       struct bytes *parts, size_t count)
{
    for (size_t i = 0; i < call->rest.count; i++) {
        struct bytes flag = word(&call->rest, i);
        size_t equals = bytes_find(flag, BYTES_LITERAL("="), 0);
        if (bytes_equal_text(flag, "--")) {
            return;
        }
        if (equals == SIZE_MAX || equals < 3 ||
            !bytes_starts_with(flag, BYTES_LITERAL("--"))) {
            continue;
        }
        struct shape shape;
        shape_of(bytes_slice(flag, equals + 1, flag.len), &shape);
        parts[count] = bytes_slice(flag, 0, equals);
        slot_set_add_path(context->set, shape.form, parts, count + 1,
                          shape_text(&shape));
    }
}

/* The word behind the first of these flags; empty if it is not there. */
static struct bytes value_behind(const struct words *words, const char *a,
                                 const char *b)
{
    for (size_t i = 0; i + 1 < words->count; i++) {
        if (bytes_equal_text(words->words[i], a) ||
            bytes_equal_text(words->words[i], b)) {
            return words->words[i + 1];
        }
    }
    return bytes_of(NULL, 0);
}

static void add_git_commit(struct context *context, const struct call *call)
{
    struct bytes message = value_behind(&call->rest, "-m", "-am");
    if (message.len) {
        struct shape shape;
        shape_of_message(message, &shape);
        slot_set_add(context->set, SLOT_SHAPE,
                     BYTES_LITERAL("shell.git.commit.message"),
                     shape_text(&shape));
    }
}

static void add_git_branch(struct context *context, const struct call *call)
{
    bool is_checkout = bytes_equal_text(call->sub, "checkout");
    struct bytes branch = is_checkout ? value_behind(&call->rest, "-b", "-B")
                                      : value_behind(&call->rest, "-c", "-C");
    if (branch.len) {
        shell_slots_add_family(context->set, "new-branch",
                               is_checkout ? BYTES_LITERAL("git checkout -b")
                                           : BYTES_LITERAL("git switch -c"));
        bool has_prefix = bytes_find(branch, BYTES_LITERAL("/"), 0) != SIZE_MAX;
        slot_set_add(
            context->set, SLOT_SHAPE, BYTES_LITERAL("shell.git.branch-name"),
            has_prefix ? BYTES_LITERAL("prefix/name") : BYTES_LITERAL("name"));
    }
}

static void add_git_add(struct context *context, const struct call *call)
{
    struct bytes what = word(&call->rest, 0);
    bool is_all = bytes_equal_text(what, "-A") ||
                  bytes_equal_text(what, "--all") ||
                  bytes_equal_text(what, ".");
    if (what.len) {
        slot_set_add(context->set, SLOT_VALUE,
                     BYTES_LITERAL("shell.git.add.what"),
                     is_all ? what : BYTES_LITERAL("named files"));
    }
}

static void add_git(struct context *context, const struct call *call)
{
    if (bytes_equal_text(call->sub, "commit")) {
        add_git_commit(context, call);
    } else if (bytes_equal_text(call->sub, "add")) {
        add_git_add(context, call);
    } else if (bytes_equal_text(call->sub, "checkout") ||
               bytes_equal_text(call->sub, "switch")) {
        add_git_branch(context, call);
    }
}

static void add_details(struct context *context, const struct call *call)
{
    struct bytes parts[6];
    size_t count = name_parts(call, parts);
    char flags[TUPLE_OPTION_MAX];
    bool splits = call->known && (call->known->traits & PROGRAM_CLUSTERS) != 0;
    size_t len = flags_of(call->rest.words, call->rest.count, splits, flags);
    if (len) {
        parts[count] = BYTES_LITERAL("flags");
        slot_set_add_path(context->set, SLOT_FLAGS, parts, count + 1,
                          bytes_of(flags, len));
    }
    add_values(context, call, parts, count);
    if (bytes_equal_text(call->program, "git")) {
        add_git(context, call);
    }
}

/* A word as an option: a flag is itself, a value that could be anything is its
 * shape. Lent by the arena. */
static struct bytes word_shown(struct context *context, struct bytes text)
{
    struct shape shape;
    if (!is_flag(text)) {
        shape_of(text, &shape);
        return arena_copy(context->set->arena, shape_text(&shape));
    }
    size_t equals = bytes_find(text, BYTES_LITERAL("="), 0);
    if (equals == SIZE_MAX) {
        return text;
    }
    shape_of(bytes_slice(text, equals + 1, text.len), &shape);
    struct bytes value = arena_copy(context->set->arena, shape_text(&shape));
    char both[TUPLE_REF_MAX];
    size_t len = equals + 1;
    if (len + value.len > sizeof(both)) {
        return bytes_slice(text, 0, equals);
    }
    memcpy(both, text.data, len);
    if (value.len > 0) {
        memcpy(both + len, value.data, value.len);
    }
    return arena_copy(context->set->arena, bytes_of(both, len + value.len));
}

static void add_ref(struct context *context, enum ref_kind kind,
                    struct bytes owner, struct bytes name)
{
    slot_set_add_ref(context->set, (struct tuple_ref){.kind = kind,
                                                      .owner = owner,
                                                      .name = name,
                                                      .said = name});
}

/* The words of a command as references, and which command it was. */
static void add_words(struct context *context, const struct call *call)
{
    enum {
        WORDS_MAX = 16 /* of one command */
    };
    struct bytes command = call->program;
    bool has_plain = false;
    for (size_t i = 0; i < call->rest.count && i < WORDS_MAX; i++) {
        struct bytes text = word_shown(context, word(&call->rest, i));
        add_ref(context, REF_WORD, call->program, text);
        if (!has_plain && text.len > 0 && !is_flag(text)) {
            command = joined(context->set, call->program, text);
            has_plain = true;
        }
    }
    add_ref(context, REF_COMMAND, bytes_of(NULL, 0), command);
}

static void visit(void *opaque, const struct shell_command *command);

/* sh -c "text": the text is what runs. */
static bool descend(struct context *context, const struct words *words)
{
    struct bytes name = base_name(word(words, 0));
    if (!program_is_shell(name) || context->nesting >= NESTING_MAX) {
        return false;
    }
    struct bytes text = value_behind(words, "-c", "-lc");
    if (text.len == 0) {
        return false;
    }
    context->nesting++;
    context->set->is_cut |=
        !shell_walk(text, context->set->arena, visit, context);
    context->nesting--;
    return true;
}

static void visit(void *opaque, const struct shell_command *command)
{
    struct context *context = opaque;
    struct words words = {command->words, command->word_count};
    bool is_first = context->is_first;
    context->is_first = false;
    unwrap(context, &words);
    if (words.count == 0 || descend(context, &words)) {
        return;
    }
    struct call call = {.program = base_name(word(&words, 0)),
                        .is_piped_into = command->is_piped_into};
    skip(&words, 1);
    call.rest = words;
    call.known = program_find(call.program);
    if (bytes_equal_text(call.program, "cd") && is_first) {
        shell_slots_add_family(context->set, "directory", BYTES_LITERAL("cd"));
    }
    bool is_silent = call.known && (call.known->traits & PROGRAM_SILENT);
    if (is_worth_a_slot(call.program)) {
        add_words(context, &call);
    }
    if (is_silent || !is_worth_a_slot(call.program)) {
        return;
    }
    if (call.known && (call.known->traits & PROGRAM_SUBCOMMANDS)) {
        take_subcommand(context, &call);
    }
    add_commands(context, &call);
    add_families(context, &call);
    add_details(context, &call);
}

void shell_slots_add(struct slot_set *set, struct bytes text)
{
    struct context context = {.set = set, .is_first = true};
    set->is_cut |= !shell_walk(text, set->arena, visit, &context);
}
