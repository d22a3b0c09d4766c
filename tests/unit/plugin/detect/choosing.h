/* SPDX-License-Identifier: MIT */
/* choosing.h: one slot of one team, and principals that choose there. */
#ifndef REVERIE_TESTS_UNIT_PLUGIN_DETECT_CHOOSING_H
#define REVERIE_TESTS_UNIT_PLUGIN_DETECT_CHOOSING_H

#include "plugin/detect/votes.h"
#include "tests/unit/plugin/tuples.h"

static inline struct slot *a_slot(void)
{
    return slot_new(0, BYTES_LITERAL("shell.pm"), SLOT_FAMILY);
}

/* In a session of its own. */
static inline void choose(struct slot *slot, uint64_t seq, int principal,
                          const char *option)
{
    struct made made;
    made_choice(&made, seq, principal, (int)seq, "shell.pm", option);
    slot_choose(slot, &(struct choice){
                          .tuple = &made.tuple,
                          .principal = (uint32_t)principal,
                          .option = slot_option(slot, (uint32_t)principal,
                                                bytes_of_text(option)),
                      });
}

#endif
