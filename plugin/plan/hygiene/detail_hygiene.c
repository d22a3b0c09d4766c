/* SPDX-License-Identifier: MIT */
#include "base/edge/crypto.h"
#include "base/id.h"
#include "plugin/plan/hygiene/change_hygiene.h"

static struct json *memory_of(const struct hygiene_entry *entry)
{
    char text[2 * DIGEST_BYTES + 1];
    struct json *json = json_new_object();
    struct digest digest = digest_of(entry->content, bytes_of(NULL, 0));
    hex_text(bytes_of(digest.bytes, sizeof(digest.bytes)), text);
    json_set_string(json, "store", entry->store);
    json_set_string(json, "path", entry->path);
    json_set_int(json, "version", (int64_t)entry->version);
    json_set_text(json, "digest", text);
    return json;
}

void detail_hygiene(struct json *json, const struct hygiene_finding *finding)
{
    struct json *memories = json_new_array();
    json_set(memories, NULL, memory_of(finding->entry));
    for (size_t i = 0; i < finding->other_count; i++) {
        json_set(memories, NULL, memory_of(finding->others[i]));
    }
    json_set_text(json, "label", hygiene_label_name(finding->label));
    json_set_text(json, "rule", finding->rule);
    json_set(json, "memories", memories);
    json_set_bool(json, "typed", finding->is_typed);
    if (finding->gone.len > 0) {
        json_set_string(json, "gone", finding->gone);
    }
    if (finding->other_count > 0 && !finding->is_typed) {
        json_set_real(json, "jaccard", finding->jaccard);
        json_set_real(json, "overlap", finding->ratio);
    }
}
