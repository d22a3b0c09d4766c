/* SPDX-License-Identifier: MIT */
/* Lines through masks, tree and merge pass. The first byte chooses the rule,
 * the rest is lines. Groups partition the lines, do not depend on their order,
 * and every size keeps its maximum. */
#include <stdlib.h>

#include "plugin/template/line_miner.h"
#include "plugin/template/template_family.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum {
    LINES_MAX = 256
};

struct lines {
    struct bytes at[LINES_MAX];
    uint64_t hashes[LINES_MAX];
    size_t count;
};

static void require(bool holds)
{
    if (!holds) {
        abort();
    }
}

static void cut(struct bytes text, struct lines *out)
{
    out->count = 0;
    while (text.len > 0 && out->count < LINES_MAX) {
        size_t end = bytes_find(text, BYTES_LITERAL("\n"), 0);
        size_t len = end == SIZE_MAX ? text.len : end;
        out->at[out->count++] = bytes_slice(text, 0, len);
        text = bytes_slice(text, len + 1, text.len);
    }
}

static struct line_miner_result *mine(struct lines *lines,
                                      enum template_rule rule, bool backwards)
{
    struct line_miner *miner = line_miner_new(rule);
    for (size_t n = 0; n < lines->count; n++) {
        size_t i = backwards ? lines->count - 1 - n : n;
        lines->hashes[i] = line_miner_add(miner, lines->at[i]);
    }
    struct line_miner_result *result = line_miner_groups(miner);
    line_miner_free(miner);
    return result;
}

static void check_group(const struct template_group *group)
{
    char name[TEMPLATE_FAMILY_BYTES];
    require(group->text.len <= 2 * (size_t)TEMPLATE_TEXT_MAX);
    require(group->most.len <= TUPLE_TEMPLATE_MAX);
    require(group->members > 0 && group->count >= group->members);
    require(template_family(group->most, name).len < TEMPLATE_FAMILY_BYTES);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static struct lines lines;
    if (size == 0) {
        return 0;
    }
    enum template_rule rule = data[0] & 1 ? TEMPLATE_LOGS : TEMPLATE_ERRORS;
    cut(bytes_of(data + 1, size - 1), &lines);
    struct line_miner_result *there = mine(&lines, rule, false);
    struct line_miner_result *back = mine(&lines, rule, true);
    const struct template_groups *groups = line_miner_result_groups(there);
    uint64_t total = 0;
    for (size_t i = 0; i < template_groups_count(groups); i++) {
        check_group(template_groups_at(groups, i));
        total += template_groups_at(groups, i)->count;
    }
    require(total == lines.count);
    for (size_t i = 0; i < lines.count; i++) {
        const struct template_group *a =
            line_miner_result_of(there, lines.hashes[i]);
        const struct template_group *b =
            line_miner_result_of(back, lines.hashes[i]);
        require(a && b && a->id == b->id && a->count == b->count &&
                bytes_equal(a->text, b->text));
    }
    line_miner_result_free(there);
    line_miner_result_free(back);
    return 0;
}
