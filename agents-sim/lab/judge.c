/* SPDX-License-Identifier: MIT */
#include "agents-sim/lab/judge.h"

#include "base/edge/json.h"
#include "proto/messages.h"

bool bytes_hold(struct bytes text, const char *needle)
{
    return *needle && bytes_find(text, bytes_of_text(needle), 0) != SIZE_MAX;
}

static enum judge_kind kind_of(Reverie__V1__FindingKind kind)
{
    switch ((int)kind) {
    case REVERIE__V1__FINDING_KIND__FINDING_PREFERENCE:
        return JUDGE_PREFERENCE;
    case REVERIE__V1__FINDING_KIND__FINDING_DIRECTIVE:
        return JUDGE_DIRECTIVE;
    case REVERIE__V1__FINDING_KIND__FINDING_MISTAKE:
        return JUDGE_MISTAKE;
    case REVERIE__V1__FINDING_KIND__FINDING_WORKFLOW:
        return JUDGE_WORKFLOW;
    case REVERIE__V1__FINDING_KIND__FINDING_HYGIENE:
        return JUDGE_HYGIENE;
    default:
        return JUDGE_OTHER;
    }
}

static uint32_t team_of(const struct world *world, struct bytes store)
{
    struct bytes prefix = BYTES_LITERAL("team/");
    struct bytes name = bytes_slice(store, prefix.len, SIZE_MAX);
    for (uint32_t i = 0; i < world->config.teams; i++) {
        if (bytes_starts_with(store, prefix) &&
            bytes_equal_text(name, world->team[i])) {
            return i;
        }
    }
    return JUDGE_NONE;
}

static struct bytes text_of(const struct json *json, const char *name)
{
    return json_as_string(json_get(json, name), bytes_of(NULL, 0));
}

void judged_init(struct judged *judged, const struct world *world,
                 const struct lab_change *it)
{
    const struct Reverie__V1__Change *change = it->change;
    struct bytes detail = message_text(change->detail_json);
    *judged = (struct judged){
        .kind = kind_of(change->kind),
        .team = team_of(world, message_text(change->store)),
        .is_retired = change->op == REVERIE__V1__CHANGE_OP__CHANGE_RETIRE,
        .path = message_text(change->path),
        .subject = message_text(change->subject),
        .option = message_text(change->option),
        .content = message_text(change->content),
        .title = message_text(change->title),
    };
    if (detail.len && json_parse(detail, &judged->detail) != ERR_OK) {
        judged->detail = NULL;
    }
    judged->label = text_of(judged->detail, "label");
    judged->fix = text_of(json_get(judged->detail, "fix"), "text");
    if (json_kind(json_get(judged->detail, "fix")) == JSON_STRING) {
        judged->fix = text_of(judged->detail, "fix");
    }
}

void judged_fini(struct judged *judged)
{
    json_free(judged->detail);
}

bool judged_holds(const struct judged *judged, const char *mark)
{
    return bytes_hold(judged->content, mark) ||
           bytes_hold(judged->title, mark) ||
           bytes_hold(judged->subject, mark) ||
           bytes_hold(judged->option, mark) || bytes_hold(judged->path, mark);
}

bool judged_fix_is(const struct judged *judged, const char *fix)
{
    const struct json *good = json_get(judged->detail, "good");
    for (size_t i = 0; i < json_len(good); i++) {
        if (bytes_equal_text(
                json_as_string(json_at(good, i), bytes_of(NULL, 0)), fix)) {
            return true;
        }
    }
    return bytes_hold(judged->fix, fix);
}

uint32_t judged_steps(const struct judged *judged,
                      struct bytes out[JUDGE_STEPS_MAX])
{
    const struct json *steps = json_get(judged->detail, "steps");
    uint32_t count = 0;
    for (size_t i = 0; i < json_len(steps) && count < JUDGE_STEPS_MAX; i++) {
        out[count++] = json_as_string(json_at(steps, i), bytes_of(NULL, 0));
    }
    return count;
}
