/* SPDX-License-Identifier: MIT */
/* split.h: whether the parts of something choose alike.
 *
 * A choice belongs to the highest level whose parts agree: the teams of a
 * swarm, the repositories or roles of a team.
 * Pure. Threads: any. */
#ifndef REVERIE_PLUGIN_DETECT_SCOPE_SPLIT_H
#define REVERIE_PLUGIN_DETECT_SCOPE_SPLIT_H

#include "base/base.h"

#define SPLIT_P         0.05 /* below it parts differ */
#define SPLIT_SHARE_MIN 0.5  /* of every part that agrees */

enum {
    SPLIT_VOTERS_MIN = 5 /* of a part that is looked at */
};

struct split_part {
    uint32_t voters;
    uint32_t supporters; /* of one and the same option */
};

/* How probable it is that parts of one share differ at least this much: the
 * G-test of heterogeneity (Sokal and Rohlf, Biometry, 17.2). Parts below
 * SPLIT_VOTERS_MIN are left out; 1 where fewer than two are left. */
double split_p(const struct split_part *parts, size_t count);

/* Whether they agree: split_p above SPLIT_P, and in every part that is looked
 * at a share of at least SPLIT_SHARE_MIN. */
bool split_agrees(const struct split_part *parts, size_t count);

/* P(X >= x) of the chi-squared distribution. degrees > 0. */
double split_chi_squared(double x, uint32_t degrees);

#endif
