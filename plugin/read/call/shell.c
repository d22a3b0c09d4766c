/* SPDX-License-Identifier: MIT */
#include "plugin/read/call/shell.h"

#include <string.h>

#include "base/text/ascii.h"

enum {
    HEREDOCS_MAX = 4,
    NESTING_MAX = 16
};

struct walk {
    struct bytes text;
    size_t at;
    struct shell_command command;
    bool next_is_piped;
    bool next_is_target;  /* the next word belongs to a redirection */
    bool next_is_heredoc; /* ... and names the end of a here-document */
    bool is_loop_header;  /* "for x in a b": words up to the separator */
    bool was_quoted;      /* the word just read had quotes */
    struct bytes heredocs[HEREDOCS_MAX];
    size_t heredoc_count;
    size_t commands;
    bool is_complete;
    struct arena *arena;
    shell_visit visit;
    void *context;
};

static uint8_t peek(const struct walk *walk, size_t ahead)
{
    size_t at = walk->at + ahead;
    return at < walk->text.len ? walk->text.data[at] : 0;
}

static bool at_end(const struct walk *walk)
{
    return walk->at >= walk->text.len;
}

/* ---- words ----------------------------------------------------------------
 */

/* A word grows in the arena: never longer than what is left of the text. */
struct word {
    uint8_t *data;
    size_t len;
};

static void put(struct word *word, uint8_t c)
{
    word->data[word->len++] = c;
}

static void copy_one(struct walk *walk, struct word *word)
{
    put(word, walk->text.data[walk->at++]);
}

static void single_quoted(struct walk *walk, struct word *word)
{
    walk->at++;
    while (!at_end(walk) && peek(walk, 0) != '\'') {
        copy_one(walk, word);
    }
    walk->is_complete = walk->is_complete && !at_end(walk);
    walk->at++;
}

/* Inside a substitution: the quote that is open after ${c}, the character just
 * copied. An apostrophe in the prose of a here-document opens nothing. */
static uint8_t quote_after(const struct walk *walk, const struct word *word,
                           uint8_t quote, uint8_t c)
{
    if (quote) {
        return c == quote ? 0 : quote;
    }
    bool is_apostrophe = c == '\'' && word->len > 1 &&
                         ascii_is_alnum(word->data[word->len - 2]) &&
                         ascii_is_alnum(peek(walk, 0));
    return ascii_in(c, "'\"") && !is_apostrophe ? c : 0;
}

/* A substitution, $( ... ) or ${ ... }, copied as it stands. Quotes inside it
 * may hold the closing character. */
static void substitution(struct walk *walk, struct word *word)
{
    uint8_t open = peek(walk, 1);
    uint8_t close = open == '(' ? ')' : '}';
    size_t depth = 0;
    uint8_t quote = 0;
    copy_one(walk, word);
    while (!at_end(walk)) {
        uint8_t c = peek(walk, 0);
        copy_one(walk, word);
        quote = quote_after(walk, word, quote, c);
        if (quote) {
            continue;
        }
        depth += c == open;
        if (c == close && --depth == 0) {
            return;
        }
    }
    walk->is_complete = false;
}

static bool is_substitution(const struct walk *walk)
{
    return peek(walk, 0) == '$' &&
           (peek(walk, 1) == '(' || peek(walk, 1) == '{');
}

static void backslash(struct walk *walk, struct word *word)
{
    walk->at++;
    if (peek(walk, 0) == '\n') {
        walk->at++;
    } else if (!at_end(walk)) {
        copy_one(walk, word);
    }
}

static void double_quoted(struct walk *walk, struct word *word)
{
    walk->at++;
    while (!at_end(walk) && peek(walk, 0) != '"') {
        if (is_substitution(walk)) {
            substitution(walk, word);
        } else if (peek(walk, 0) == '\\' && ascii_in(peek(walk, 1), "\"\\$`")) {
            backslash(walk, word);
        } else {
            copy_one(walk, word);
        }
    }
    walk->is_complete = walk->is_complete && !at_end(walk);
    walk->at++;
}

static void backquoted(struct walk *walk, struct word *word)
{
    copy_one(walk, word);
    while (!at_end(walk) && peek(walk, 0) != '`') {
        copy_one(walk, word);
    }
    if (!at_end(walk)) {
        copy_one(walk, word);
    }
}

static bool ends_word(uint8_t c)
{
    return ascii_is_space(c) || ascii_in(c, ";&|()<>");
}

static void word_part(struct walk *walk, struct word *word)
{
    uint8_t c = peek(walk, 0);
    if (c == '\'') {
        single_quoted(walk, word);
        walk->was_quoted = true;
    } else if (c == '"') {
        double_quoted(walk, word);
        walk->was_quoted = true;
    } else if (c == '\\') {
        backslash(walk, word);
    } else if (c == '`') {
        backquoted(walk, word);
    } else if (is_substitution(walk)) {
        substitution(walk, word);
    } else {
        copy_one(walk, word);
    }
}

/* Reads the word at the current place. ${buffer} has room for the text. */
static struct bytes read_word(struct walk *walk, uint8_t *buffer)
{
    struct word word = {.data = buffer};
    walk->was_quoted = false;
    while (!at_end(walk) && !ends_word(peek(walk, 0))) {
        word_part(walk, &word);
    }
    walk->at = walk->at < walk->text.len ? walk->at : walk->text.len;
    return bytes_of(word.data, word.len);
}

/* ---- commands -------------------------------------------------------------
 */

/* Words that stand before a command and are none. */
static bool is_opener(struct bytes word)
{
    static const char *const words[] = {
        "if", "then", "else", "elif", "while", "until", "do", "!", "{", NULL};
    return word.len <= 5 && ascii_among(word, words);
}

static bool is_closer(struct bytes word)
{
    static const char *const words[] = {"fi", "done", "esac", "}", "]]", NULL};
    return word.len <= 4 && ascii_among(word, words);
}

static bool is_header(struct bytes word)
{
    static const char *const words[] = {"for",      "case", "select",
                                        "function", "[[",   NULL};
    return word.len <= 8 && ascii_among(word, words);
}

/* NAME=value in front of a command. */
static bool is_assignment(struct bytes word)
{
    size_t at = 0;
    while (at < word.len && ascii_is_word(word.data[at])) {
        at++;
    }
    return at > 0 && at < word.len && word.data[at] == '=' &&
           !ascii_is_digit(word.data[0]);
}

static void finish_command(struct walk *walk, bool is_pipe)
{
    struct shell_command *command = &walk->command;
    if (command->word_count && walk->commands < SHELL_COMMANDS_MAX) {
        walk->commands++;
        walk->visit(walk->context, command);
    } else if (command->word_count) {
        walk->is_complete = false;
    }
    command->word_count = 0;
    command->is_cut = false;
    command->is_piped_into = is_pipe;
    walk->is_loop_header = false;
    walk->next_is_target = false;
}

static void add_heredoc(struct walk *walk, struct bytes end)
{
    walk->next_is_heredoc = false;
    if (walk->heredoc_count < HEREDOCS_MAX) {
        walk->heredocs[walk->heredoc_count++] = end;
    }
}

static bool is_syntax(const struct walk *walk, struct bytes word)
{
    if (walk->command.word_count > 0) {
        return false;
    }
    return is_assignment(word) ||
           (!walk->was_quoted && (is_opener(word) || is_closer(word)));
}

static void add_word(struct walk *walk, struct bytes word)
{
    struct shell_command *command = &walk->command;
    if (walk->next_is_heredoc) {
        add_heredoc(walk, word);
    } else if (walk->next_is_target) {
        walk->next_is_target = false;
    } else if (command->word_count == 0 && !walk->was_quoted &&
               is_header(word)) {
        walk->is_loop_header = true;
    } else if (walk->is_loop_header || is_syntax(walk, word)) {
        return;
    } else if (command->word_count < SHELL_WORDS_MAX) {
        command->words[command->word_count++] = word;
    } else {
        command->is_cut = true;
    }
}

/* Reads a word into the arena, sized by what it can be at most. */
static bool take_word(struct walk *walk)
{
    size_t start = walk->at;
    uint8_t buffer[SHELL_TEXT_MAX];
    struct bytes word = read_word(walk, buffer);
    bool is_quoted = walk->was_quoted;
    struct bytes kept = arena_copy(walk->arena, word);
    if (!kept.data) {
        walk->is_complete = false;
        return false;
    }
    /* 2>file: the number belongs to the redirection. */
    bool is_descriptor = word.len == 1 && ascii_is_digit(word.data[0]) &&
                         !is_quoted && ascii_in(peek(walk, 0), "<>");
    if (!is_descriptor) {
        add_word(walk, kept);
    }
    return walk->at > start;
}

/* ---- separators ------------------------------------------------------------
 */

/* Skips the bodies of the here-documents that were announced on the line
 * that just ended. */
static void skip_heredocs(struct walk *walk)
{
    for (size_t i = 0; i < walk->heredoc_count; i++) {
        struct bytes rest = bytes_slice(walk->text, walk->at, walk->text.len);
        struct bytes line;
        bool is_found = false;
        while (!is_found && ascii_next_line(&rest, &line)) {
            is_found = bytes_equal(ascii_trim(line), walk->heredocs[i]);
        }
        walk->at = walk->text.len - rest.len;
        walk->is_complete = walk->is_complete && is_found;
    }
    walk->heredoc_count = 0;
}

static void redirection(struct walk *walk)
{
    bool is_heredoc = peek(walk, 0) == '<' && peek(walk, 1) == '<';
    bool is_herestring = is_heredoc && peek(walk, 2) == '<';
    while (ascii_in(peek(walk, 0), "<>")) {
        walk->at++;
    }
    if (is_heredoc && !is_herestring) {
        walk->at += peek(walk, 0) == '-';
        walk->next_is_heredoc = true;
        return;
    }
    if (peek(walk, 0) == '(') {
        return; /* <( ... ): a command of its own */
    }
    walk->at += ascii_in(peek(walk, 0), "&|");
    walk->next_is_target = true;
}

static void separator(struct walk *walk)
{
    uint8_t c = peek(walk, 0);
    if (c == '<' || c == '>') {
        redirection(walk);
        return;
    }
    if (c == '&' && peek(walk, 1) == '>') {
        walk->at++;
        redirection(walk);
        return;
    }
    bool is_pipe = c == '|' && peek(walk, 1) != '|';
    bool is_double = (c == '&' || c == '|' || c == ';') && peek(walk, 1) == c;
    walk->at += is_double ? 2 : 1;
    if (is_pipe && peek(walk, 0) == '&') {
        walk->at++;
    }
    finish_command(walk, is_pipe);
}

static void skip_comment(struct walk *walk)
{
    while (!at_end(walk) && peek(walk, 0) != '\n') {
        walk->at++;
    }
}

static bool step(struct walk *walk)
{
    uint8_t c = peek(walk, 0);
    if (c == '\n') {
        walk->at++;
        finish_command(walk, false);
        skip_heredocs(walk);
        return true;
    }
    if (ascii_is_space(c)) {
        walk->at++;
        return true;
    }
    if (c == '#') {
        skip_comment(walk);
        return true;
    }
    if (ends_word(c)) {
        separator(walk);
        return true;
    }
    return take_word(walk);
}

bool shell_walk(struct bytes text, struct arena *arena, shell_visit visit,
                void *context)
{
    struct walk walk = {.text = bytes_clip(text, SHELL_TEXT_MAX),
                        .is_complete = text.len <= SHELL_TEXT_MAX,
                        .arena = arena,
                        .visit = visit,
                        .context = context};
    while (!at_end(&walk) && step(&walk)) {
    }
    finish_command(&walk, false);
    return walk.is_complete;
}
