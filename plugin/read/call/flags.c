/* SPDX-License-Identifier: MIT */
#include "plugin/read/call/flags.h"

#include <string.h>

#include "base/text/ascii.h"

enum {
    FLAGS_MAX = 8,
    LETTERS = 128
};

struct flags {
    struct bytes names[FLAGS_MAX];
    size_t count;
    bool letters[LETTERS]; /* single letters, where they cluster */
    bool is_too_many;
};

/* Keeps the names sorted, each once. */
static void insert(struct flags *flags, struct bytes name)
{
    size_t at = 0;
    while (at < flags->count && bytes_compare(flags->names[at], name) < 0) {
        at++;
    }
    if (at < flags->count && bytes_equal(flags->names[at], name)) {
        return;
    }
    if (flags->count == FLAGS_MAX) {
        flags->is_too_many = true;
        return;
    }
    memmove(&flags->names[at + 1], &flags->names[at],
            (flags->count - at) * sizeof(flags->names[0]));
    flags->names[at] = name;
    flags->count++;
}

/* "--name=value" and "-n20" without what is theirs alone. */
static struct bytes name_of(struct bytes flag)
{
    size_t equals = bytes_find(flag, BYTES_LITERAL("="), 0);
    struct bytes name = bytes_slice(flag, 0, equals);
    while (name.len > 2 && ascii_is_digit(name.data[name.len - 1]) &&
           name.data[1] != '-') {
        name.len--;
    }
    return name;
}

static bool is_cluster(struct bytes flag)
{
    for (size_t i = 1; i < flag.len; i++) {
        if (!ascii_is_alpha(flag.data[i])) {
            return false;
        }
    }
    return flag.len > 1;
}

static void add(struct flags *flags, struct bytes flag, bool splits)
{
    struct bytes name = name_of(flag);
    if (name.len > 1 && ascii_is_digit(name.data[1])) {
        insert(flags, BYTES_LITERAL("-N"));
    } else if (splits && is_cluster(name)) {
        for (size_t i = 1; i < name.len; i++) {
            flags->letters[name.data[i] & (LETTERS - 1)] = true;
        }
    } else {
        insert(flags, name);
    }
}

static bool is_flag(struct bytes word)
{
    return word.len > 1 && word.data[0] == '-' &&
           bytes_find(word, BYTES_LITERAL(" "), 0) == SIZE_MAX &&
           bytes_find(word, BYTES_LITERAL("\n"), 0) == SIZE_MAX &&
           (ascii_is_alnum(word.data[1]) ||
            (word.data[1] == '-' && word.len > 2 &&
             ascii_is_alpha(word.data[2])));
}

static size_t append(char *out, size_t len, struct bytes text)
{
    size_t space = len > 0 ? 1 : 0;
    if (text.len + space > TUPLE_OPTION_MAX - len) {
        return 0;
    }
    if (space) {
        out[len++] = ' ';
    }
    memcpy(out + len, text.data, text.len);
    return len + text.len;
}

static size_t letters_text(const struct flags *flags, char *out)
{
    size_t len = 0;
    for (size_t c = 0; c < LETTERS && len < TUPLE_OPTION_MAX; c++) {
        if (!flags->letters[c]) {
            continue;
        }
        if (len == 0) {
            out[len++] = '-';
        }
        out[len++] = (char)c;
    }
    return len;
}

size_t flags_of(const struct bytes *words, size_t count, bool splits,
                char out[TUPLE_OPTION_MAX])
{
    struct flags flags = {.count = 0};
    for (size_t i = 0; i < count; i++) {
        if (bytes_equal_text(words[i], "--")) {
            break;
        }
        if (is_flag(words[i])) {
            add(&flags, words[i], splits);
        }
    }
    char letters[TUPLE_OPTION_MAX];
    size_t letters_len = letters_text(&flags, letters);
    if (letters_len) {
        insert(&flags, bytes_of(letters, letters_len));
    }
    if (flags.is_too_many) {
        return 0;
    }
    size_t len = 0;
    for (size_t i = 0; i < flags.count; i++) {
        len = append(out, len, flags.names[i]);
        if (len == 0) {
            return 0;
        }
    }
    return len ? len : append(out, 0, BYTES_LITERAL("none"));
}
