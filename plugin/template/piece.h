/* SPDX-License-Identifier: MIT */
/* piece.h: a template as the pieces that are compared.
 *
 * A piece is what stands between spaces. Runs of one mask are one piece, so
 * that lists of any length are alike; beyond PIECES_MAX the rest of a template
 * is one piece. Pieces are compared by hash (XXH3): what somebody gained by a
 * collision would be two templates in one group.
 * Pure. Threads: any. */
#ifndef REVERIE_PLUGIN_TEMPLATE_PIECE_H
#define REVERIE_PLUGIN_TEMPLATE_PIECE_H

#include "base/bytes.h"

enum {
    PIECES_MAX = 64
};

enum piece_kind {
    PIECE_WORD,     /* constant text */
    PIECE_CODE,     /* constant text that tells meanings apart: "ENOENT" */
    PIECE_VARIABLE, /* has a mask, or a number glued to letters */
    PIECE_ANY       /* members of a group differ here */
};

struct piece {
    uint64_t hash; /* of the text; of a variable, of what is constant in it */
    uint64_t bare; /* of the text without its masks: "()" of "(<NUM>)" */
    uint64_t name; /* of "name" in a variable "name=<NUM>"; 0 without one */
    enum piece_kind kind;
    bool has_letters; /* of a variable: outside its masks */
};

/* What the texts are, see template_groups.h. */
enum template_rule {
    TEMPLATE_ERRORS, /* a digit outside of a mask belongs to a code */
    TEMPLATE_LOGS    /* a digit outside of a mask varies, unless in capitals */
};

/* Length of the mask that begins at ${at}, "<NUM>", "<PATH:.go>+"; 0 if none
 * does. */
size_t piece_mask_len(struct bytes text, size_t at);

/* Writes ${text} to ${out_text} (of at least ${text}.len bytes) with every run
 * of a mask as one mask and every gap as one space; gives the length. */
size_t piece_canonical(struct bytes text, char *out_text);

/* ${text} without what closes nothing at its end, as where an error was printed
 * out of the middle of something: "doesn't exist')" is "doesn't exist". */
struct bytes piece_trim(struct bytes text);

/* Cuts a canonical text; gives the number of pieces, at most PIECES_MAX, and
 * writes the first ${max} of them. */
size_t piece_split(struct bytes canonical, enum template_rule rule, size_t max,
                   struct piece *out_pieces);

/* Takes the piece at ${at} off ${canonical}: what piece_split saw as the
 * ${index}th. */
struct bytes piece_text(struct bytes canonical, size_t *at, size_t index);

#endif
