/* SPDX-License-Identifier: MIT */
/* template_family.h: the coarse class of an error's template.
 *
 * A group (template_groups.h) is one wording; a family is what the wordings of
 * many programs have in common: the condition the system reported ("missing
 * file"), that a compiler or a linter complained about files of one kind, that
 * a test failed, that a program does not know an option. For overviews and for
 * support across wordings; never for what a memory says, because one fix
 * rarely fits a family.
 * Pure. Threads: any. */
#ifndef REVERIE_PLUGIN_TEMPLATE_TEMPLATE_FAMILY_H
#define REVERIE_PLUGIN_TEMPLATE_TEMPLATE_FAMILY_H

#include "base/bytes.h"

enum {
    TEMPLATE_FAMILY_BYTES = 32
};

/* Writes the family's name, "missing file" or "compile .go", and gives it; the
 * empty view where the template is of none that is known. Lends ${out}. */
struct bytes template_family(struct bytes text,
                             char out[TEMPLATE_FAMILY_BYTES]);

/* The same, with what all its wordings of this kind hold in *out_phrase: a
 * constant, in lower case. */
struct bytes template_family_phrase(struct bytes text,
                                    char out[TEMPLATE_FAMILY_BYTES],
                                    struct bytes *out_phrase);

#endif
