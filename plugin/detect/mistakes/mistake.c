/* SPDX-License-Identifier: MIT */
#include "plugin/detect/mistakes/mistake.h"

#include <stdlib.h>

enum {
    MISTAKE_TEXT_MAX = 512
};

static void bytes_free(struct bytes bytes)
{
    free((void *)(uintptr_t)bytes.data);
}

void mistake_forget(struct mistake *mistake)
{
    struct mistake_memo *memo = &mistake->memo;
    free(memo->seen);
    if (memo->fix) {
        bytes_free(memo->fix->text);
        bytes_free(memo->fix->condition);
        bytes_free(memo->fix->told);
        bytes_free(memo->fix->told_condition);
        free(memo->fix);
    }
    *memo = (struct mistake_memo){.version = 0};
}

void mistake_free(void *value)
{
    struct mistake *mistake = value;
    mistake_forget(mistake);
    sightings_fini(&mistake->seen);
    trials_fini(&mistake->trials);
    corrections_fini(&mistake->corrections);
    free(mistake->denials);
    bytes_free(mistake->tool);
    bytes_free(mistake->template_text);
    bytes_free(mistake->values);
    bytes_free(mistake->option);
    bytes_free(mistake->subject);
    free(mistake);
}

static struct bytes copy(struct bytes text)
{
    return bytes_of(bytes_to_text(text), text.len);
}

/* The identifying values, joined by ${between}: their keys, since which
 * spelling came first depends on the order of sessions. Owned. */
static struct bytes join(const struct tuple_error *error, const char *between)
{
    struct buf joined;
    buf_init(&joined, (size_t)2 * MISTAKE_TEXT_MAX);
    for (size_t i = 0; i < error->value_count; i++) {
        const struct tuple_value *value = &error->values[i];
        if (value->identifies && value->text.len > 0) {
            size_t room = MISTAKE_TEXT_MAX / TUPLE_VALUES_MAX;
            buf_add_text(&joined, joined.len > 0 ? between : "");
            buf_add(&joined, bytes_clip(value->key, error->value_count > 1
                                                        ? room
                                                        : MISTAKE_TEXT_MAX));
        }
    }
    struct bytes text = copy(buf_bytes(&joined));
    buf_fini(&joined);
    return text;
}

struct mistake *mistake_new(const struct detector_setting *setting,
                            uint32_t team, const struct tuple_error *error,
                            struct bytes tool)
{
    struct mistake *mistake = mem_new(sizeof(*mistake));
    mistake->team = team;
    mistake->tool = copy(tool);
    mistake->template_text = copy(error->template_text);
    mistake->values = join(error, ", ");
    mistake->option = join(error, "|");
    if (mistake->option.len == 0) {
        bytes_free(mistake->option);
        mistake->option =
            copy(bytes_clip(error->template_text, MISTAKE_TEXT_MAX));
    }
    struct buf subject;
    buf_init(&subject, SUBJECT_MAX_BYTES);
    buf_add(&subject, bytes_clip(tool, SUBJECT_MAX_BYTES / 4));
    buf_add_text(&subject, ": ");
    buf_add(&subject, bytes_clip(error->template_text, SUBJECT_MAX_BYTES / 2));
    mistake->subject = copy(buf_bytes(&subject));
    buf_fini(&subject);
    sightings_init(&mistake->seen, SIGHTINGS_MAX);
    finding_id(FINDING_KIND_MISTAKE, roster_team_name(setting->roster, team),
               mistake->subject, mistake->option, mistake->finding);
    return mistake;
}
