/* SPDX-License-Identifier: MIT */
/* What others wrote, shown on a terminal: in signs, and in the diary. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/log.h"
#include "base/text/glyph.h"

enum {
    SHOWN_MAX = 4096
};

static const struct {
    const char *text;
    const char *shown;
} shown[] = {
    {"plain, g\xc3\xa4nzlich \xe4\xb8\xad",
     "plain, g\xc3\xa4nzlich \xe4\xb8\xad"},
    {"\x1b[2J\x1b]0;owned\x07", "\\x1b[2J\\x1b]0;owned\\x07"},
    {"one\ntwo\rthree\ttab", "one\\x0atwo\\x0dthree\\x09tab"},
    {"\x9b\x31m \xff \xc3", "\\x9b1m \\xff \\xc3"}, /* no UTF-8 */
    {"\xc2\x9b"
     "31m",
     "\\u{009b}31m"}, /* a control beyond */
    {"a\xe2\x80\xae"
     "cba\xe2\x81\xa6",
     "a\\u{202e}cba\\u{2066}"}, /* turned */
    {"a\xe2\x80\x8b"
     "b\xef\xbb\xbf",
     "a\\u{200b}b\\u{feff}"}, /* not seen */
};

static void what_a_terminal_would_obey_is_shown_in_signs(void **state)
{
    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(shown); i++) {
        struct buf out;
        buf_init(&out, SHOWN_MAX);
        glyph_add_all(&out, bytes_of_text(shown[i].text));
        assert_string_equal(buf_text(&out), shown[i].shown);
        buf_fini(&out);
    }
}

/* What ${text} makes of a line of the diary. */
static void log_and_read(const char *text, char out[SHOWN_MAX])
{
    int file = memfd_create("stderr", MFD_CLOEXEC);
    int kept = dup(STDERR_FILENO);
    assert_true(file >= 0 && kept >= 0);
    assert_true(dup2(file, STDERR_FILENO) >= 0);
    log_line(LOG_WARN, "TEST-LINE", "said=\"%s\"", text);
    assert_true(dup2(kept, STDERR_FILENO) >= 0);
    ssize_t len = pread(file, out, SHOWN_MAX - 1, 0);
    assert_true(len > 0);
    out[len] = '\0';
    close(kept);
    close(file);
}

static void a_line_of_the_diary_is_one_line_in_signs(void **state)
{
    (void)state;
    char line[SHOWN_MAX];
    char wanted[SHOWN_MAX];
    for (size_t i = 0; i < ARRAY_LEN(shown); i++) {
        log_and_read(shown[i].text, line);
        snprintf(wanted, sizeof(wanted), "warn TEST-LINE said=\"%s\"\n",
                 shown[i].shown);
        const char *at = strstr(line, "warn ");
        assert_non_null(at);
        assert_string_equal(at, wanted);
    }
}

/* As much as a line may hold, and every byte of it in signs. */
static void a_hostile_line_is_whole_and_bounded(void **state)
{
    (void)state;
    char text[2000];
    char line[SHOWN_MAX];
    memset(text, '\x1b', sizeof(text) - 1);
    text[sizeof(text) - 1] = '\0';
    log_and_read(text, line);
    assert_null(strchr(line, '\x1b'));
    assert_non_null(strstr(line, "\\x1b\\x1b"));
    assert_true(strlen(line) > 3000);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_a_terminal_would_obey_is_shown_in_signs),
        cmocka_unit_test(a_line_of_the_diary_is_one_line_in_signs),
        cmocka_unit_test(a_hostile_line_is_whole_and_bounded),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
