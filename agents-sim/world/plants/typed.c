/* SPDX-License-Identifier: MIT */
/* Memories with a key that a team and its agents have: what the team was seen
 * to choose, and what people said, as the command or the sentence of it. Pairs
 * of them say the same, exclude each other, or only look as if.
 *
 * What is true of a pair was written down by hand, by what the words mean. The
 * world knows no key and no rule of whoever looks for such pairs. */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "agents-sim/world/scene.h"

enum {
    COMMAND_BYTES = 96,
    STORIES_MAX = 5 /* of a team: the knob's maximum */
};

/* Programs that do one job for one kind of work, and a command of theirs; the
 * last is for other work: both may be asked for at once. No program does the
 * job of another row: what a team has of two rows does not meet. */
static const struct {
    const char *name[2];
    const char *command;
    const char *foreign;
} jobs[] = {
    {{"npm", "pnpm"}, "%s install", "bundle"},
    {{"pytest", "nox"}, "%s", "rspec"},
    {{"jest", "mocha"}, "%s", "phpunit"},
    {{"flake8", "pylint"}, "%s .", "rubocop"},
    {{"mypy", "pyright"}, "%s .", "tsc"},
    {{"docker", "podman"}, "%s ps", "kubectl"},
    {{"nvm", "fnm"}, "%s install", "pyenv"},
    {{"poetry", "pipenv"}, "%s install", "composer"},
    {{"git", "jj"}, "%s status", "gh"},
    {{"curl", "wget"}, "%s https://example.org/a", "rg"},
};

/* Things that people give rules about. */
static const char *const things[] = {
    "generated files",    "the lock file",    "migration scripts",
    "the public headers", "vendored code",    "the release notes",
    "fixture data",       "the design notes", "the deploy manifests",
    "the golden files",
};

/* Things that people want to see added: one, and many. */
static const char *const additions[][2] = {
    {"a changelog entry", "changelog entries"},
    {"a license header", "license headers"},
    {"a unit test", "unit tests"},
    {"a doc comment", "doc comments"},
    {"a feature flag", "feature flags"},
    {"a migration note", "migration notes"},
    {"a type hint", "type hints"},
    {"a debug statement", "debug statements"},
    {"a rollback plan", "rollback plans"},
    {"a code owner", "code owners"},
};

/* Of a form, %a is one program, %b its rival, %c the foreign one, %t a thing
 * and %u another, %v an addition and %w many of it. A fact that begins with '$'
 * is a choice: a command, or SLOT=OPTION. Owners: 't' the team; 'a', 'b' two of
 * its agents; 'o' the next team. A place is that of a choice. */
struct form {
    enum story_truth truth;
    const char *what;
    const char *owners;
    const char *text[2];
    const char *place; /* of the second; NULL: everywhere */
};

static const struct form forms[] = {
    {STORY_SAME, "chosen and asked for", "tt", {"$%a", "Always use %a."}, NULL},
    {STORY_SAME,
     "an agent's own rule",
     "ta",
     {"Always use %a.", "From now on use %a."},
     NULL},
    {STORY_SAME, "an agent's own choice", "ta", {"$%a", "$%a"}, NULL},
    {STORY_SAME,
     "an agent was told what the team chooses",
     "ta",
     {"$%a", "From now on use %a."},
     NULL},
    {STORY_SAME,
     "forbidden twice",
     "ta",
     {"Never edit %t.", "Never modify %t."},
     NULL},
    {STORY_SAME,
     "one and many",
     "tt",
     {"Always add %v.", "Always add %w."},
     NULL},
    {STORY_AGAINST,
     "chosen, and another asked for",
     "tt",
     {"$%a", "Always use %b."},
     NULL},
    {STORY_AGAINST,
     "asked for and forbidden",
     "tt",
     {"Always use %a.", "Never use %a."},
     NULL},
    {STORY_AGAINST,
     "one asked for, then another",
     "tt",
     {"Always use %a.", "From now on use %b."},
     NULL},
    {STORY_AGAINST,
     "chosen, and forbidden to one",
     "ta",
     {"$%a", "Never use %a."},
     NULL},
    {STORY_AGAINST,
     "one asked for, one's own against it",
     "ta",
     {"Always use %a.", "From now on use %b."},
     NULL},
    {STORY_AGAINST,
     "a thing to add and not to add",
     "tt",
     {"Always add %v.", "Never add %w."},
     NULL},
    {STORY_AGAINST,
     "a thing to commit and not to commit",
     "tt",
     {"Always commit %t.", "Never commit %t."},
     NULL},
    {STORY_NEITHER, "an exception of one agent", "ta", {"$%a", "$%b"}, NULL},
    {STORY_NEITHER, "two agents differ", "ab", {"$%a", "$%b"}, NULL},
    {STORY_NEITHER,
     "for other work",
     "tt",
     {"Always use %a.", "Always use %c."},
     NULL},
    {STORY_NEITHER,
     "one asked for, its rival forbidden",
     "tt",
     {"Always use %a.", "Never use %b."},
     NULL},
    {STORY_NEITHER,
     "here one, there the other",
     "tt",
     {"Always use %a in the frontend.", "Always use %b in the backend."},
     NULL},
    {STORY_NEITHER,
     "one until, the other after",
     "tt",
     {"Always use %a until the migration is done.",
      "Always use %b after the migration is done."},
     NULL},
    {STORY_NEITHER,
     "choice points that look alike",
     "tt",
     {"$deploy.channel=amber", "$deploy.channels=coral"},
     NULL},
    {STORY_NEITHER,
     "one value of two choice points",
     "tt",
     {"$export.region=birch", "$deploy.region=birch"},
     NULL},
    {STORY_NEITHER,
     "another choice in one repository",
     "tt",
     {"$%a", "$%b"},
     " in repository web"},
    {STORY_NEITHER,
     "another thing",
     "tt",
     {"Always commit %t.", "Never commit %u."},
     NULL},
    {STORY_NEITHER,
     "another team",
     "to",
     {"Always use %a.", "Always use %b."},
     NULL},
    {STORY_NEITHER,
     "two things not to do with one",
     "tt",
     {"Never edit %t.", "Never commit %t."},
     NULL},
};

/* What a story is about; one of its team has each but once. */
struct subject {
    uint32_t job;
    uint32_t first;
    uint32_t second;
    uint32_t thing;
};

static const char *word_of(const struct subject *subject, char sign)
{
    switch (sign) {
    case 'a':
        return jobs[subject->job].name[subject->first];
    case 'b':
        return jobs[subject->job].name[subject->second];
    case 'c':
        return jobs[subject->job].foreign;
    case 't':
        return things[subject->thing];
    case 'u':
        return things[(subject->thing + 1) % ARRAY_LEN(things)];
    default:
        return additions[subject->thing][sign == 'w'];
    }
}

/* ${form} with its signs replaced, at the end of ${out}. */
static void fill(const struct subject *subject, const char *form, char *out,
                 size_t size)
{
    size_t len = strlen(out);
    for (; *form && len + 1 < size; form++) {
        if (*form == '%' && form[1]) {
            form++;
            snprintf(out + len, size - len, "%s", word_of(subject, *form));
            len = strlen(out);
        } else {
            out[len++] = *form;
            out[len] = 0;
        }
    }
}

/* A choice of a program is seen in a command of it. */
static void write_text(const struct subject *subject, const char *form,
                       struct world_fact *out)
{
    char command[COMMAND_BYTES];
    bool is_program = form[0] == '$' && form[1] == '%';
    out->is_choice = form[0] == '$';
    if (is_program) {
        const char *word = word_of(subject, form[2]);
        /* The tables hold one %s each. */
        const char *rest = jobs[subject->job].command + 2;
        snprintf(command, sizeof(command), "%s%s", word, rest);
        snprintf(out->text, sizeof(out->text), "%s", command);
    } else {
        fill(subject, form + out->is_choice, out->text, sizeof(out->text));
    }
}

static void set_owner(const struct world *world, char owner,
                      struct world_fact *out)
{
    if (owner == 'o') {
        out->team = (out->team + 1) % world->config.teams;
    }
    if (owner == 'a' || owner == 'b') {
        uint32_t place = owner == 'b' && world_team_size(world, out->team) > 1;
        out->is_own = true;
        out->agent = world->team_first[out->team] + place;
    }
}

static void add_story(struct world *world, uint32_t team,
                      const struct form *form, const struct subject *subject)
{
    struct world_story *it = &world->stories[world->story_count];
    *it = (struct world_story){.truth = form->truth, .what = form->what};
    for (size_t i = 0; i < 2; i++) {
        struct world_fact *fact = &it->fact[i];
        fact->team = team;
        set_owner(world, form->owners[i], fact);
        write_text(subject, form->text[i], fact);
        snprintf(fact->place, sizeof(fact->place), "%s",
                 i == 1 && form->place ? form->place : "");
        snprintf(fact->path, sizeof(fact->path), "/%s/story-%" PRIu32 "-%zu.md",
                 fact->is_choice ? "preferences" : "directives",
                 world->story_count, i);
    }
    world->story_count++;
}

/* Forms are dealt in turn over all teams, so that each comes as often. */
void typed_plant(struct world *world)
{
    const struct world_config *config = &world->config;
    struct rng rng = rng_seeded(config->seed, STREAM_TYPED);
    uint32_t next = 0;
    uint32_t first_job = (uint32_t)rng_below(&rng, ARRAY_LEN(jobs));
    world->stories = mem_new_array((size_t)config->teams * config->typed + 1,
                                   sizeof(*world->stories));
    for (uint32_t team = 0; !config->null_world && team < config->teams;
         team++) {
        /* Neighbours have no job in common: one may hold a fact of both. */
        uint32_t job = (first_job + STORIES_MAX * team) % ARRAY_LEN(jobs);
        uint32_t thing = (uint32_t)rng_below(&rng, ARRAY_LEN(things));
        for (uint32_t i = 0; i < config->typed; i++) {
            uint32_t first = (uint32_t)rng_below(&rng, 2);
            const struct subject subject = {.job = (job + i) % ARRAY_LEN(jobs),
                                            .first = first,
                                            .second = 1 - first,
                                            .thing = (thing + 2 * i) %
                                                     ARRAY_LEN(things)};
            add_story(world, team, &forms[next++ % ARRAY_LEN(forms)], &subject);
        }
    }
}
