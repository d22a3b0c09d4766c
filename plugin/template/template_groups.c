/* SPDX-License-Identifier: MIT */
#include "plugin/template/template_groups.h"

#include <stdlib.h>
#include <string.h>

#include "base/arena.h"
#include "base/edge/hash.h"
#include "plugin/template/merge.h"
#include "plugin/template/tree.h"

/* One template on its way to its group. */
struct item {
    const struct template_seen *seen;
    struct bytes canonical;
    uint64_t scope;
    uint64_t leaf;
    uint64_t id;
    size_t index;   /* in the caller's array */
    size_t cluster; /* of the tree */
    size_t merged;  /* the clusters it was merged with: the smallest */
    size_t rank;    /* by compare_items */
};

struct template_groups {
    struct arena texts;
    struct template_group *groups;
    size_t count;
    size_t *of; /* the group of each template */
    size_t of_count;
    uint64_t crowded;
};

uint64_t template_id(struct bytes scope, struct bytes text)
{
    return hash_bytes_seeded(text, hash_bytes(scope));
}

/* ---- sorting --------------------------------------------------------------
 */

static int compare_numbers(uint64_t a, uint64_t b)
{
    return (a > b) - (a < b);
}

static int compare_seen(const struct template_seen *a,
                        const struct template_seen *b)
{
    int order = bytes_compare(a->scope, b->scope);
    return order ? order : bytes_compare(a->text, b->text);
}

/* By leaf, and within a leaf by text: the order the tree sees. */
static int compare_items(const void *left, const void *right)
{
    const struct item *a = left;
    const struct item *b = right;
    int order = compare_numbers(a->leaf, b->leaf);
    if (order == 0) {
        order = bytes_compare(a->canonical, b->canonical);
    }
    return order ? order : compare_seen(a->seen, b->seen);
}

/* Members of a group together, in the order of compare_items. */
static int compare_members(const void *left, const void *right)
{
    const struct item *a = left;
    const struct item *b = right;
    int order = compare_numbers(a->merged, b->merged);
    return order ? order : compare_numbers(a->rank, b->rank);
}

/* ---- the tree -------------------------------------------------------------
 */

/* A text without any piece is a word of no letters. */
static size_t split(const struct item *item, enum template_rule rule,
                    size_t max, struct piece *out_pieces)
{
    size_t count = piece_split(item->canonical, rule, max, out_pieces);
    if (count == 0) {
        out_pieces[count++] = (struct piece){.kind = PIECE_WORD};
    }
    return count;
}

static void prepare(struct template_groups *groups, struct item *items,
                    const struct template_seen *seen, size_t count,
                    enum template_rule rule)
{
    struct piece lead[TREE_LEAD];
    char canonical[TEMPLATE_TEXT_MAX];
    for (size_t i = 0; i < count; i++) {
        struct bytes text = bytes_slice(seen[i].text, 0, TEMPLATE_TEXT_MAX);
        if (rule == TEMPLATE_ERRORS) {
            text = piece_trim(text);
        }
        size_t len = piece_canonical(text, canonical);
        items[i] = (struct item){
            .seen = &seen[i],
            .canonical = arena_copy(&groups->texts, bytes_of(canonical, len)),
            .scope = hash_bytes(seen[i].scope),
            .index = i};
        items[i].id = hash_bytes_seeded(seen[i].text, items[i].scope);
        size_t pieces = split(&items[i], rule, TREE_LEAD, lead);
        items[i].leaf = tree_leaf(items[i].scope, lead, pieces);
    }
}

static void grow_tree(struct tree *tree, struct item *items, size_t count,
                      enum template_rule rule)
{
    struct piece pieces[PIECES_MAX];
    for (size_t i = 0; i < count; i++) {
        if (i > 0 && items[i].leaf != items[i - 1].leaf) {
            tree_next_leaf(tree);
        }
        bool is_same = i > 0 && items[i].leaf == items[i - 1].leaf &&
                       bytes_equal(items[i].canonical, items[i - 1].canonical);
        if (is_same) {
            items[i].cluster = items[i - 1].cluster;
            continue;
        }
        size_t piece_count = split(&items[i], rule, PIECES_MAX, pieces);
        items[i].cluster = tree_add(tree, pieces, piece_count);
    }
}

/* Clusters of the tree that differ in how much varies only. */
static void merge_clusters(const struct tree *tree, struct item *items,
                           size_t count)
{
    size_t clusters = tree_size(tree);
    struct merge *merge = merge_new(clusters);
    uint64_t *scopes = mem_new_array(clusters, sizeof(*scopes));
    for (size_t i = 0; i < count; i++) {
        scopes[items[i].cluster] = items[i].scope;
    }
    for (size_t i = 0; i < clusters; i++) {
        size_t piece_count;
        const struct piece *pieces = tree_pieces(tree, i, &piece_count);
        merge_add(merge, i, scopes[i], pieces, piece_count);
    }
    free(scopes);
    merge_run(merge);
    for (size_t i = 0; i < count; i++) {
        items[i].merged = merge_of(merge, items[i].cluster);
        items[i].rank = i;
    }
    merge_free(merge);
}

/* ---- what the groups are --------------------------------------------------
 */

/* The member seen most often, with "<*>" where its cluster varies. */
static struct bytes common_text(struct template_groups *groups,
                                const struct tree *tree,
                                const struct item *most)
{
    char text[TEMPLATE_TEXT_MAX * 2];
    size_t len = 0;
    size_t count;
    const struct piece *pieces = tree_pieces(tree, most->cluster, &count);
    size_t at = 0;
    for (size_t n = 0; n < count && at < most->canonical.len; n++) {
        struct bytes word = piece_text(most->canonical, &at, n);
        if (pieces[n].kind == PIECE_ANY) {
            word = BYTES_LITERAL("<*>");
        }
        if (len + word.len + 1 > sizeof(text)) {
            break;
        }
        if (n > 0) {
            text[len++] = ' ';
        }
        memcpy(text + len, word.data, word.len);
        len += word.len;
    }
    return arena_copy(&groups->texts, bytes_of(text, len));
}

/* Makes one group of the items [0, count), equal ones together. */
static void add_group(struct template_groups *groups, const struct tree *tree,
                      const struct item *items, size_t count)
{
    struct template_group group = {.id = items[0].id};
    const struct item *most = &items[0];
    uint64_t most_count = 0;
    uint64_t same_count = 0;
    for (size_t i = 0; i < count; i++) {
        bool is_same =
            i > 0 && compare_seen(items[i].seen, items[i - 1].seen) == 0;
        same_count = (is_same ? same_count : 0) + items[i].seen->count;
        if (same_count > most_count) {
            most = &items[i];
            most_count = same_count;
        }
        group.members += !is_same;
        group.count += items[i].seen->count;
        group.id = items[i].id < group.id ? items[i].id : group.id;
        groups->of[items[i].index] = groups->count;
    }
    group.text = common_text(groups, tree, most);
    group.most = arena_copy(&groups->texts, most->seen->text);
    groups->groups[groups->count++] = group;
}

struct rank {
    uint64_t id;
    size_t from;
};

static int compare_ranks(const void *left, const void *right)
{
    const struct rank *a = left;
    const struct rank *b = right;
    int order = compare_numbers(a->id, b->id);
    return order ? order : compare_numbers(a->from, b->from);
}

static void sort_groups(struct template_groups *groups)
{
    struct rank *ranks = mem_new_array(groups->count, sizeof(*ranks));
    size_t *to = mem_new_array(groups->count, sizeof(*to));
    struct template_group *sorted =
        mem_new_array(groups->count, sizeof(*sorted));
    for (size_t i = 0; i < groups->count; i++) {
        ranks[i] = (struct rank){groups->groups[i].id, i};
    }
    qsort(ranks, groups->count, sizeof(*ranks), compare_ranks);
    for (size_t i = 0; i < groups->count; i++) {
        sorted[i] = groups->groups[ranks[i].from];
        to[ranks[i].from] = i;
    }
    for (size_t i = 0; i < groups->of_count; i++) {
        groups->of[i] = to[groups->of[i]];
    }
    free(groups->groups);
    groups->groups = sorted;
    free(ranks);
    free(to);
}

static void list_groups(struct template_groups *groups, const struct tree *tree,
                        struct item *items, size_t count)
{
    qsort(items, count, sizeof(*items), compare_members);
    groups->groups = mem_new_array(count, sizeof(*groups->groups));
    size_t from = 0;
    for (size_t i = 1; i <= count; i++) {
        if (i == count || items[i].merged != items[from].merged) {
            add_group(groups, tree, items + from, i - from);
            from = i;
        }
    }
    sort_groups(groups);
}

/* ---- the whole ------------------------------------------------------------
 */

struct template_groups *template_groups_build(const struct template_seen *seen,
                                              size_t count,
                                              enum template_rule rule)
{
    assert(count <= TEMPLATE_GROUPS_MAX);
    struct template_groups *groups = mem_new(sizeof(*groups));
    arena_init(&groups->texts, SIZE_MAX);
    groups->of = mem_new_array(count, sizeof(*groups->of));
    groups->of_count = count;
    struct item *items = mem_new_array(count, sizeof(*items));
    prepare(groups, items, seen, count, rule);
    qsort(items, count, sizeof(*items), compare_items);
    struct tree *tree = tree_new();
    grow_tree(tree, items, count, rule);
    groups->crowded = tree_crowded(tree);
    merge_clusters(tree, items, count);
    list_groups(groups, tree, items, count);
    tree_free(tree);
    free(items);
    return groups;
}

void template_groups_free(struct template_groups *groups)
{
    if (groups) {
        arena_fini(&groups->texts);
        free(groups->groups);
        free(groups->of);
        free(groups);
    }
}

const struct template_group *
template_groups_of(const struct template_groups *groups, size_t index)
{
    assert(index < groups->of_count);
    return &groups->groups[groups->of[index]];
}

size_t template_groups_count(const struct template_groups *groups)
{
    return groups->count;
}

const struct template_group *
template_groups_at(const struct template_groups *groups, size_t index)
{
    assert(index < groups->count);
    return &groups->groups[index];
}

uint64_t template_groups_crowded(const struct template_groups *groups)
{
    return groups->crowded;
}
