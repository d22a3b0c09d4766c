/* SPDX-License-Identifier: MIT */
#include "agents-sim/world/knobs.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Where a knob is in struct world_config, and what it is there. */
enum place_type {
    PLACE_U32,
    PLACE_U64,
    PLACE_REAL,
    PLACE_BOOL
};

struct place {
    enum place_type type;
    size_t offset;
};

#define AT(type, field)                                                        \
    {                                                                          \
        PLACE_##type, offsetof(struct world_config, field)                     \
    }

/* settings[i] lives at places[i]. The texts are the defaults. */
static const struct setting settings[] = {
    {"seed", SETTING_INTEGER, "1", 0, 1e15, NULL,
     "the same seed makes the same world and the same life"},
    {"teams", SETTING_INTEGER, "3", 1, WORLD_TEAMS_MAX, NULL, "teams"},
    {"agents", SETTING_INTEGER, "24", 1, WORLD_AGENTS_MAX, NULL,
     "agents of a team"},
    {"agents-per-principal", SETTING_INTEGER, "1", 1, WORLD_AGENTS_MAX, NULL,
     "clones: agents that one principal answers for"},
    {"activity-skew", SETTING_REAL, "0", 0, 3, NULL,
     "Zipf's exponent of how much the agents of a team work"},
    {"days", SETTING_INTEGER, "30", 1, 3650, NULL, "virtual days"},
    {"sessions-per-day", SETTING_REAL, "1", .01, 1000, NULL, "of one agent"},
    {"steps", SETTING_INTEGER, "8", 1, 1000, NULL,
     "ordinary steps of a session, on average"},
    {"slots", SETTING_INTEGER, "24", 1, WORLD_SLOTS_MAX, NULL,
     "choice points of the world"},
    {"options", SETTING_INTEGER, "3", 2, WORLD_OPTIONS_MAX, NULL,
     "options of a choice point"},
    {"slots-per-call", SETTING_INTEGER, "1", 1, WORLD_SLOTS_MAX, NULL,
     "choices that one call makes, at most"},
    {"defaults", SETTING_INTEGER, "4", 0, WORLD_SLOTS_MAX, NULL,
     "choice points where the world has a default and no team a preference"},
    {"habit", SETTING_REAL, "0.9", 0, 1, NULL,
     "share of its choices that a principal makes by habit"},
    {"preferences", SETTING_INTEGER, "3", 0, WORLD_SLOTS_MAX, NULL,
     "preferences of a team"},
    {"adoption", SETTING_REAL, "0.85", 0, 1, NULL,
     "share of a team's principals that have its preference"},
    {"adoption-to", SETTING_REAL, "0", 0, 1, NULL,
     "not 0: each preference draws its share between adoption and this"},
    {"switches", SETTING_INTEGER, "0", 0, WORLD_SLOTS_MAX, NULL,
     "preferences of a team that move to another option on switch-day"},
    {"switch-day", SETTING_REAL, "30", 0, 3650, NULL,
     "day on which preferences begin to move"},
    {"switch-days", SETTING_REAL, "6", 0, 3650, NULL,
     "days in which most of the team follows (logistic)"},
    {"subgroup-preferences", SETTING_INTEGER, "0", 0, WORLD_SLOTS_MAX, NULL,
     "choice points where a third of a team has a preference"},
    {"personal-preferences", SETTING_INTEGER, "0", 0, WORLD_SLOTS_MAX, NULL,
     "choice points where one busy principal always chooses the same"},
    {"repositories", SETTING_INTEGER, "0", 0, 64, NULL,
     "repositories of a team; each session works in one and says so"},
    {"roles", SETTING_INTEGER, "0", 0, 64, NULL,
     "roles of a team; subgroup-preferences are then of one role"},
    {"repository-exceptions", SETTING_INTEGER, "0", 0, WORLD_SLOTS_MAX, NULL,
     "preferences of a team that are another option in one repository"},
    {"stated", SETTING_REAL, "0", 0, 1, NULL,
     "share of those with a preference that also say so, once"},
    {"directives", SETTING_INTEGER, "0", 0, 1000, NULL,
     "rules of a team that its people state, each in words of its own"},
    {"directive-people", SETTING_INTEGER, "3", 1, WORLD_AGENTS_MAX, NULL,
     "people who state a rule"},
    {"directive-decoys", SETTING_INTEGER, "0", 0, 1000, NULL,
     "of each kind: quoted, fenced, ironic, for once, by one person, in tools"},
    {"mistakes", SETTING_INTEGER, "3", 0, 1000, NULL,
     "tables that a team's agents name wrongly"},
    {"susceptible", SETTING_REAL, "0.5", 0, 1, NULL,
     "share of agents that make such a mistake"},
    {"error-rate", SETTING_REAL, "0.03", 0, 1, NULL,
     "share of steps that are one-off errors"},
    {"names", SETTING_INTEGER, "0", 0, 1000, NULL,
     "faults of a team: a wrong name in SQL; the right one works"},
    {"flags", SETTING_INTEGER, "0", 0, 1000, NULL,
     "faults: a command fails until a flag is given"},
    {"prerequisites", SETTING_INTEGER, "0", 0, 1000, NULL,
     "faults: a command fails until another was run"},
    {"suppressors", SETTING_INTEGER, "0", 0, 1000, NULL,
     "faults: a check fails; it can be repaired, or switched off"},
    {"transients", SETTING_INTEGER, "0", 0, 1000, NULL,
     "faults: the same call again works"},
    {"incidents", SETTING_INTEGER, "0", 0, 1000, NULL,
     "faults: a service is down for some hours"},
    {"unresolved", SETTING_INTEGER, "0", 0, 1000, NULL,
     "faults: nothing that anybody tries helps"},
    {"corrections", SETTING_INTEGER, "0", 0, 1000, NULL,
     "faults: no error; people correct what the agent did"},
    {"fault-rate", SETTING_REAL, "0.25", 0, 1, NULL,
     "share of steps that are an occasion for a fault"},
    {"fix-success", SETTING_REAL, "0.9", 0, 1, NULL,
     "how often the right fix works, where its condition holds"},
    {"fix-success-to", SETTING_REAL, "0", 0, 1, NULL,
     "not 0: each fault draws it between fix-success and this"},
    {"retry-success", SETTING_REAL, "0.15", 0, 1, NULL,
     "how often anything else works"},
    {"fix-known", SETTING_REAL, "0.3", 0, 1, NULL,
     "chance that an attempt after an error is the right fix"},
    {"conditional", SETTING_REAL, "0.5", 0, 1, NULL,
     "share of flag and prerequisite faults whose fix needs a condition"},
    {"workflows", SETTING_INTEGER, "0", 0, 26, NULL,
     "workflows of a team that make success likelier"},
    {"workflow-decoys", SETTING_INTEGER, "0", 0, 26, NULL,
     "of each kind: as frequent and useless, frequent and harmful"},
    {"workflow-rate", SETTING_REAL, "0.7", 0, 1, NULL,
     "share of sessions that are such a task, where there are workflows"},
    {"uplift", SETTING_REAL, "0.3", 0, 1, NULL,
     "how much likelier a followed workflow makes success"},
    {"uplift-to", SETTING_REAL, "0", 0, 1, NULL,
     "not 0: each workflow draws its uplift between uplift and this"},
    {"followed", SETTING_REAL, "0.5", 0, 1, NULL,
     "share of a task's sessions that follow the workflow"},
    {"gap-noise", SETTING_REAL, "0.3", 0, 1, NULL,
     "chance of another step between two steps of a workflow"},
    {"length-bias", SETTING_REAL, "0.5", 0, 1, NULL,
     "share of failing sessions that go on trying"},
    {"echoes", SETTING_INTEGER, "0", 0, 1000, NULL,
     "messages of a team that others pass on"},
    {"echo-size", SETTING_INTEGER, "12", 1, WORLD_AGENTS_MAX, NULL,
     "how many pass one on"},
    {"echo-hidden", SETTING_REAL, "0.5", 0, 1, NULL,
     "share of those that do not name what they pass on"},
    {"colluders", SETTING_INTEGER, "0", 0, WORLD_AGENTS_MAX, NULL,
     "principals of the first team that attack it"},
    {"churners", SETTING_INTEGER, "0", 0, WORLD_AGENTS_MAX, NULL,
     "principals of the first team that do nothing but make fresh labels"},
    {"churn-labels", SETTING_INTEGER, "0", 0, 1024, NULL,
     "such options, and such choices, in one session of theirs; 0: they are "
     "silent"},
    {"censors", SETTING_INTEGER, "0", 0, WORLD_AGENTS_MAX, NULL,
     "principals of the first team that put words which trip a screen beside "
     "what others do"},
    {"siege", SETTING_INTEGER, "0", 0, WORLD_AGENTS_MAX, NULL,
     "not 0: principals of every team that want three things in: 1 in the "
     "first teams, one more in each round of sizes, and so on to this"},
    {"insiders", SETTING_INTEGER, "0", 0, WORLD_AGENTS_MAX, NULL,
     "not 0: principals of every team that agree on an option of a choice, and "
     "live like all others: 1 in the first teams, and so on as in a siege"},
    {"secrets", SETTING_INTEGER, "0", 0, 1000, NULL,
     "secrets and personal data, each said in every place"},
    {"notes", SETTING_INTEGER, "0", 0, 1000, NULL,
     "notes of each kind written into a team's memory: new, said again, "
     "contradicted, outdated"},
    {"typed", SETTING_INTEGER, "0", 0, 5, NULL,
     "pairs of memories with a key in a team's memory: said twice, "
     "contradicted, "
     "or only looking like it; in the lab alone"},
    {"onset-day", SETTING_REAL, "0", 0, 3650, NULL,
     "day on which a team begins to take up its preferences"},
    {"onset-days", SETTING_REAL, "0", 0, 3650, NULL,
     "not 0: days in which most of those who will have done so (logistic)"},
    {"joins", SETTING_REAL, "0", 0, 1, NULL,
     "share of agents that come later, at any time of the first half"},
    {"leaves", SETTING_REAL, "0", 0, 1, NULL,
     "share of agents that leave, at any time of the second half"},
    {"clusters", SETTING_INTEGER, "0", 0, WORLD_AGENTS_MAX, NULL,
     "not 0: so many principals in a row share model and prompt, and say so"},
    {"likeness", SETTING_REAL, "0.9", 0, 1, NULL,
     "share of choices at which those of a cluster do as its first"},
    {"concentration", SETTING_REAL, "0", 0, 1000, NULL,
     "not 0: what anyone chooses is drawn from a Dirichlet distribution of "
     "this"},
    {"difficulty", SETTING_REAL, "0", 0, 1, NULL,
     "what success is less likely by in hard tasks, half of all, in which "
     "workflows are followed half as often"},
    {"skew", SETTING_REAL, "0", 0, 86400, NULL,
     "seconds by which the clock of an agent is wrong at most"},
    {"out-of-order", SETTING_REAL, "0", 0, 1, NULL,
     "share of events whose time lies up to a minute before the last one's"},
    {"repeats", SETTING_REAL, "0", 0, 1, NULL,
     "share of events that are sent again as another event"},
    {"missing", SETTING_REAL, "0", 0, 1, NULL,
     "share of calls, results and messages that are lost"},
    {"missing-outcomes", SETTING_REAL, "0", 0, 1, NULL,
     "share of sessions whose outcome is lost"},
    {"hidden-views", SETTING_BOOL, "false", 0, 0, NULL,
     "nobody logs what its memory was; in the lab alone"},
    {"compliance", SETTING_REAL, "0.95", 0, 1, NULL,
     "share of what memory says that is followed"},
    {"null-world", SETTING_BOOL, "false", 0, 0, NULL, "plant nothing"},
};

static const struct place places[] = {
    AT(U64, seed),
    AT(U32, teams),
    AT(U32, agents_per_team),
    AT(U32, agents_per_principal),
    AT(REAL, activity_skew),
    AT(U32, days),
    AT(REAL, sessions_per_day),
    AT(U32, steps_per_session),
    AT(U32, slots),
    AT(U32, options),
    AT(U32, slots_per_call),
    AT(U32, defaults),
    AT(REAL, habit),
    AT(U32, preferences),
    AT(REAL, adoption),
    AT(REAL, adoption_to),
    AT(U32, switches),
    AT(REAL, switch_day),
    AT(REAL, switch_days),
    AT(U32, subgroup_preferences),
    AT(U32, personal_preferences),
    AT(U32, repositories),
    AT(U32, roles),
    AT(U32, repository_exceptions),
    AT(REAL, stated),
    AT(U32, directives),
    AT(U32, directive_people),
    AT(U32, directive_decoys),
    AT(U32, mistakes),
    AT(REAL, susceptible),
    AT(REAL, error_rate),
    AT(U32, names),
    AT(U32, flags),
    AT(U32, prerequisites),
    AT(U32, suppressors),
    AT(U32, transients),
    AT(U32, incidents),
    AT(U32, unresolved),
    AT(U32, corrections),
    AT(REAL, fault_rate),
    AT(REAL, fix_success),
    AT(REAL, fix_success_to),
    AT(REAL, retry_success),
    AT(REAL, fix_known),
    AT(REAL, conditional),
    AT(U32, workflows),
    AT(U32, workflow_decoys),
    AT(REAL, workflow_rate),
    AT(REAL, uplift),
    AT(REAL, uplift_to),
    AT(REAL, followed),
    AT(REAL, gap_noise),
    AT(REAL, length_bias),
    AT(U32, echoes),
    AT(U32, echo_size),
    AT(REAL, echo_hidden),
    AT(U32, colluders),
    AT(U32, churners),
    AT(U32, churn_labels),
    AT(U32, censors),
    AT(U32, siege),
    AT(U32, insiders),
    AT(U32, secrets),
    AT(U32, notes),
    AT(U32, typed),
    AT(REAL, onset_day),
    AT(REAL, onset_days),
    AT(REAL, joins),
    AT(REAL, leaves),
    AT(U32, clusters),
    AT(REAL, likeness),
    AT(REAL, concentration),
    AT(REAL, difficulty),
    AT(REAL, skew_s),
    AT(REAL, out_of_order),
    AT(REAL, repeats),
    AT(REAL, missing),
    AT(REAL, missing_outcomes),
    AT(BOOL, hides_views),
    AT(REAL, compliance),
    AT(BOOL, null_world),
};

static_assert(ARRAY_LEN(settings) == ARRAY_LEN(places),
              "every knob has a place");

static void *place_in(size_t index, struct world_config *config)
{
    return (char *)config + places[index].offset;
}

static void take(size_t index, const struct settings *from,
                 struct world_config *config)
{
    const char *name = settings[index].name;
    void *place = place_in(index, config);
    switch (places[index].type) {
    case PLACE_U32:
        *(uint32_t *)place = (uint32_t)settings_integer(from, name);
        break;
    case PLACE_U64:
        *(uint64_t *)place = (uint64_t)settings_integer(from, name);
        break;
    case PLACE_REAL:
        *(double *)place = settings_real(from, name);
        break;
    case PLACE_BOOL:
        *(bool *)place = settings_bool(from, name);
        break;
    }
}

static void take_all(const struct settings *from, struct world_config *config)
{
    *config = (struct world_config){0};
    for (size_t i = 0; i < ARRAY_LEN(places); i++) {
        take(i, from, config);
    }
}

struct world_config world_config_default(void)
{
    struct world_config config;
    struct settings *defaults = settings_new(settings, ARRAY_LEN(settings));
    take_all(defaults, &config);
    settings_free(defaults);
    return config;
}

enum err scenario_read(const char *path, struct buf *out_why,
                       struct world_config *out_config)
{
    struct settings *values = settings_new(settings, ARRAY_LEN(settings));
    enum err err = settings_read_file(values, path);
    if (err == ERR_OK) {
        take_all(values, out_config);
        err = world_config_check(out_config, out_why);
    } else {
        buf_add_text(out_why, settings_why(values));
    }
    settings_free(values);
    return err;
}

void scenario_print(struct buf *out)
{
    struct settings *values = settings_new(settings, ARRAY_LEN(settings));
    settings_print(values, out);
    settings_free(values);
}

size_t knob_count(void)
{
    return ARRAY_LEN(settings);
}

const char *knob_name(size_t index)
{
    return settings[index].name;
}

double knob_min(size_t index)
{
    return settings[index].min;
}

double knob_max(size_t index)
{
    return settings[index].max;
}

double knob_value(size_t index, const struct world_config *config)
{
    const void *place = (const char *)config + places[index].offset;
    switch (places[index].type) {
    case PLACE_U32:
        return *(const uint32_t *)place;
    case PLACE_U64:
        return (double)*(const uint64_t *)place;
    case PLACE_REAL:
        return *(const double *)place;
    case PLACE_BOOL:
        return *(const bool *)place;
    }
    return 0;
}
