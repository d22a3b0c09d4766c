/* SPDX-License-Identifier: MIT */
/* Texts as the gate looks at them: screens, sensitive words, skeletons, words
 * and where they come from, options and names. The first byte says how the
 * rest is cut in two: a memory's text, and that of an event. */
#include <stdlib.h>

#include "memory/change.h"
#include "memory/gate/evidence.h"
#include "memory/gate/text/screen.h"
#include "memory/gate/text/skeleton.h"
#include "memory/option.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void look_at_words(struct bytes text, struct bytes event)
{
    struct bytes word;
    struct words *words = words_new(text, text, true);
    words_name(words, event);
    words_call(words, event);
    words_cite(words, event, false);
    enum words_fault before = words_judge(words, &word);
    words_cite(words, event, true);
    /* Somebody's own text never makes it worse. */
    if (words_judge(words, &word) > before) {
        abort();
    }
    words_free(words);
}

static void look_at_names(struct bytes text, struct bytes event)
{
    uint64_t version = 0;
    struct bytes name;
    store_name_is_valid(text, &name);
    path_is_protected(text);
    if (path_is_valid(text) && !bytes_is_utf8(text)) {
        abort();
    }
    view_store_version(event, text, &version);
    if (option_is_named(text, event) && !option_occurs(text, event)) {
        abort();
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (size == 0) {
        return 0;
    }
    struct bytes all = bytes_of(data + 1, size - 1);
    size_t cut = all.len * data[0] / 255;
    struct bytes text = bytes_slice(all, 0, cut);
    struct bytes event = bytes_slice(all, cut, all.len);
    struct buf seen;
    buf_init(&seen, 2 * all.len + 1);
    skeleton(all, &seen);
    if (buf_error(&seen) != ERR_OK) {
        abort();
    }
    buf_fini(&seen);
    screen_text(all);
    text_is_sensitive(all);
    look_at_words(text, event);
    look_at_names(text, event);
    return 0;
}
