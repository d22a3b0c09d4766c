/* SPDX-License-Identifier: MIT */
#include "plugin/read/said/stance.h"

#include "base/text/ascii.h"

/* What others say, and what is imagined. */
static bool is_reported(const struct words *words)
{
    static const char *const reports[] = {
        "says",       "said",       "claims",    "claimed",
        "according",  "told",       "suggests",  "wrote",
        "states",     "reviewer",   "pretend",   "imagine",
        "supposedly", "apparently", "allegedly", NULL};
    return words_hold(words, reports);
}

/* Laughter, and what is put behind a joke so that nobody takes it for
 * anything else. */
static bool is_marked(const struct words *words)
{
    static const char *const marks[] = {"lol",
                                        "haha",
                                        "hahaha",
                                        "lmao",
                                        "rofl",
                                        "joking",
                                        "kidding",
                                        "/s",
                                        "\xf0\x9f\x99\x83",
                                        "\xf0\x9f\x99\x84",
                                        "\xf0\x9f\x98\x8f",
                                        "\xf0\x9f\xa4\xa1",
                                        NULL};
    return words_hold(words, marks);
}

/* "oh great, ...", "yeah right, ...": two words of consent or delight before
 * anything is said are one too many. "sure, because ..." gives reasons for
 * something that nobody has said yet. */
static bool is_cheer(const struct words *words)
{
    static const char *const cries[] = {"oh",  "ah",   "wow", "yeah", "yep",
                                        "yay", "sure", "ha",  "gee",  NULL};
    static const char *const cheers[] = {
        "great",   "sure",   "right",     "yes",       "yeah",    "fine",
        "good",    "nice",   "wonderful", "fantastic", "awesome", "brilliant",
        "perfect", "lovely", "joy",       "wow",       "cool",    "absolutely",
        "totally", "of",     NULL};
    bool is_double =
        words_among(words, 0, cries) && words_among(words, 1, cheers);
    bool is_reason =
        words_is(words, 1, "because") &&
        (words_among(words, 0, cries) || words_among(words, 0, cheers));
    return is_double || is_reason;
}

/* Whether a clause may begin at ${at}. */
static bool is_joint(const struct words *words, size_t at)
{
    static const char *const joints[] = {"and",   "because", "but", "so",
                                         "since", "after",   NULL};
    return at > 0 && (words->words[at].mark_before != 0 ||
                      words_among(words, at - 1, joints));
}

/* "..., what could go wrong", "..., who needs tests", "... because why not":
 * behind a request a question that nobody is to answer. */
static bool is_rhetorical(const struct words *words)
{
    static const char *const asks[] = {"what", "who", "how", NULL};
    static const char *const modals[] = {
        "could", "can",   "would", "might", "should", "possibly", "needs",
        "need",  "cares", "wants", "else",  "hard",   "bad",      NULL};
    for (size_t i = 1; i < words->count; i++) {
        bool is_question =
            (words_among(words, i, asks) &&
             words_among(words, i + 1, modals)) ||
            (words_is(words, i, "why") && words_is(words, i + 1, "not")) ||
            (words_is(words, i, "what's") && words_is(words, i + 1, "the"));
        if (is_question && is_joint(words, i)) {
            return true;
        }
    }
    return false;
}

/* "... and break it for everybody": nobody asks for harm, unless to avoid it,
 * in a negation or an alternative. */
static bool wants_harm(const struct words *words)
{
    static const char *const harms[] = {
        "break",   "breaks", "ruin",   "ruins", "wreck", "crash", "crashes",
        "corrupt", "regret", "suffer", "lose",  "waste", NULL};
    static const char *const ours[] = {
        "it",          "everything", "everyone", "everybody", "everyone's",
        "everybody's", "things",     "stuff",    "all",       "prod",
        "production",  "main",       "master",   "the",       "our",
        "us",          "again",      "half",     NULL};
    static const char *const against[] = {
        "never", "not",     "don't",  "dont",   "avoid",     "stop",
        "or",    "without", "else",   "unless", "otherwise", "doesn't",
        "won't", "can't",   "before", "if",     "when",      NULL};
    static const char *const joints[] = {"and", "then", "to",  "until", "we",
                                         "can", "also", "all", NULL};
    for (size_t i = 1; i < words->count; i++) {
        if (words_among(words, i, harms) && words_among(words, i - 1, joints) &&
            words_among(words, i + 1, ours)) {
            return !words_hold(words, against);
        }
    }
    return false;
}

bool stance_is_meant(const struct words *words)
{
    bool is_unreal = words_is(words, 0, "as") && words_is(words, 1, "if");
    return !is_unreal && !is_reported(words) && !is_marked(words) &&
           !is_cheer(words) && !is_rhetorical(words) && !wants_harm(words);
}
