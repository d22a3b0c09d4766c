/* SPDX-License-Identifier: MIT */
/* score: every figure the engine promises, measured here and now. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "agents-sim/lab/groups.h"
#include "base/edge/json.h"
#include "base/log.h"
#include "cli/commands/commands.h"
#include "cli/progress.h"

enum {
    PRINT_MAX = 4 << 20,
    JOBS_DEFAULT = 2
};

static const struct option score_options[] = {
    {"seeds", 0, "A-B",
     "worlds to simulate; default: 11-30, which no threshold was chosen on"},
    {"traces", 0, "DIR",
     "folder of recorded traces; default: $REVERIE_TRACES, else "
     "../shared/data/traces"},
    {"jobs", 0, "N", "worlds at once; default: 2"},
    {"verbose", 'v', NULL, "say on stderr what went wrong in which world"},
    {"list", 0, NULL, "only say which groups there are"},
    {"json", 'j', NULL, "print JSON, one object"},
};

static const char *const traces_default = "../shared/data/traces";

/* "11-30", or one number. */
static bool read_seeds(const char *text, struct score_setting *setting)
{
    char *end = NULL;
    unsigned long long first = strtoull(text, &end, 10);
    unsigned long long last = first;
    if (end == text) {
        return false;
    }
    if (*end == '-') {
        const char *rest = end + 1;
        last = strtoull(rest, &end, 10);
        if (end == rest) {
            return false;
        }
    }
    setting->seed_first = first;
    setting->seed_last = last;
    return *end == 0 && last >= first && last - first < SCORE_SEEDS_MAX;
}

static enum exit_code read_setting(struct context *context,
                                   struct score_setting *out)
{
    struct arguments *arguments = &context->arguments;
    const char *seeds = argument_text(arguments, "seeds", NULL);
    const char *traces = getenv("REVERIE_TRACES"); /* NOLINT(concurrency-*) */
    uint64_t jobs = JOBS_DEFAULT;
    *out = (struct score_setting){.seed_first = SCORE_SEED_FIRST,
                                  .seed_last = SCORE_SEED_LAST};
    out->traces =
        argument_text(arguments, "traces", traces ? traces : traces_default);
    if (argument_number(arguments, "jobs", 1, SCORE_JOBS_MAX, &jobs) !=
        ERR_OK) {
        return command_misused(context);
    }
    out->jobs = (uint32_t)jobs;
    if (seeds && !read_seeds(seeds, out)) {
        command_complain(context,
                         "--seeds takes two numbers, as in 11-30, at most "
                         "%d worlds; not \"%s\"",
                         SCORE_SEEDS_MAX, seeds);
        return EXIT_USAGE;
    }
    return EXIT_OK;
}

static void on_progress(void *context, const char *what, uint32_t done,
                        uint32_t total)
{
    progress_say(context, "%s: %u of %u", what, done, total);
}

static void add_group(const struct score_group *group, bool as_json,
                      struct buf *out)
{
    if (!as_json) {
        buf_add_format(out, "%-12s  %s%s\n", group->name, group->summary,
                       group->needs_traces ? " (traces)" : "");
        return;
    }
    struct json *json = json_new_object();
    json_set_text(json, "group", group->name);
    json_set_text(json, "summary", group->summary);
    json_set_bool(json, "needs_traces", group->needs_traces);
    json_print(json, out);
    buf_add_u8(out, '\n');
    json_free(json);
}

static void list_groups(const struct context *context)
{
    struct buf text;
    buf_init(&text, PRINT_MAX);
    for (size_t i = 0; i < score_group_count; i++) {
        add_group(&score_groups[i], context->json, &text);
    }
    command_print(context, &text);
    buf_fini(&text);
}

/* Every word must be a group before the first one runs. */
static enum exit_code check_groups(struct context *context)
{
    const struct arguments *arguments = &context->arguments;
    for (size_t i = 0; i < arguments->word_count; i++) {
        if (!score_group_find(arguments->words[i])) {
            command_complain(context,
                             "there is no group \"%s\"; reverie score --list",
                             arguments->words[i]);
            return EXIT_USAGE;
        }
    }
    return EXIT_OK;
}

static bool is_asked(const struct arguments *arguments, const char *name)
{
    bool is_asked = arguments->word_count == 0;
    for (size_t i = 0; i < arguments->word_count; i++) {
        is_asked |= strcmp(arguments->words[i], name) == 0;
    }
    return is_asked;
}

/* A group that fails is a row that misses; the others still run. */
static void run_group(const struct score_group *group,
                      const struct score_setting *setting,
                      struct figures *figures)
{
    enum err err = group->run(setting, figures);
    if (err == ERR_OK) {
        return;
    }
    struct figure figure =
        figure_of(group->name, "could not be measured", 1, FIGURE_EQUAL, 0);
    snprintf(figure.note, sizeof(figure.note), "%s", err_text(err));
    err_ignore(figures_add(figures, &figure), "a full table fails below");
}

static enum exit_code print(struct context *context,
                            const struct figures *figures)
{
    struct buf text;
    buf_init(&text, PRINT_MAX);
    if (argument_is_set(&context->arguments, "json")) {
        figures_print_json(figures, &text);
    } else {
        figures_print(figures, &text);
    }
    command_print(context, &text);
    buf_fini(&text);
    return figures_misses(figures) ? EXIT_FAULTS : EXIT_OK;
}

static enum exit_code score(struct context *context)
{
    struct score_setting setting;
    if (argument_is_set(&context->arguments, "list")) {
        list_groups(context);
        return EXIT_OK;
    }
    enum exit_code code = read_setting(context, &setting);
    if (code == EXIT_OK) {
        code = check_groups(context);
    }
    if (code != EXIT_OK) {
        return code;
    }
    if (argument_is_set(&context->arguments, "verbose")) {
        log_set_level(LOG_DEBUG);
    }
    struct progress progress = progress_begin(context->err);
    struct figures *figures = figures_new();
    setting.progress = on_progress;
    setting.context = &progress;
    for (size_t i = 0; i < score_group_count; i++) {
        if (is_asked(&context->arguments, score_groups[i].name)) {
            run_group(&score_groups[i], &setting, figures);
        }
    }
    progress_end(&progress);
    code = print(context, figures);
    figures_free(figures);
    return code;
}

const struct command score_command = {
    .name = "score",
    .synopsis = "[GROUP...] [--seeds 11-30] [--traces DIR]",
    .summary = "measure the dream engine against its targets, without a broker",
    .text =
        "Lives simulated worlds whose truth is known, and reads recorded "
        "traces, through the whole\nengine: reading, detection, tests, "
        "planning and the real gate, all in this process. Prints\none row per "
        "figure: value, 95 % confidence interval over the seeds, target, hit "
        "or miss.\n\n"
        "The same seeds give the same table. Thresholds were chosen on seeds "
        "1 to 10; the default\nreports seeds 11 to 30. Where the traces are "
        "not there, or a file of them is not, their rows say \"skipped\".\n\n"
        "Ends with 0 if every target is met, with 5 if one is missed; the "
        "last lines name\nthose.\n\n"
        "  reverie score                        everything; takes minutes\n"
        "  reverie score --list                 which groups there are\n"
        "  reverie score preference null\n"
        "  reverie score null --seeds 1-10 --jobs 4\n"
        "  reverie score rules inject --traces DIR\n"
        "  reverie score --json > score.json\n",
    .options = score_options,
    .option_count = ARRAY_LEN(score_options),
    .words_max = 64,
    .run = score,
};
