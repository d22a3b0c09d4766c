/* SPDX-License-Identifier: MIT */
/* alphabet.h: which bytes belong to which class, for the redactor.
 *
 * One table look-up a byte, whatever the class. Tables only; they decide
 * nothing. Threads: any. */
#ifndef REVERIE_MEMORY_REDACT_ALPHABET_H
#define REVERIE_MEMORY_REDACT_ALPHABET_H

#include "base/base.h"

/* A class is a set of these bits. */
enum {
    IS_DIGIT = 1 << 0,
    IS_UPPER = 1 << 1,
    IS_LOWER = 1 << 2,
    IS_UNDERSCORE = 1 << 3,
    IS_DASH = 1 << 4,
    IS_DOT = 1 << 5,
    IS_PLUS = 1 << 6,
    IS_PERCENT = 1 << 7,
    IS_SLASH = 1 << 8,
    IS_OTHER_VALUE = 1 << 9,     /* further bytes of an unquoted value */
    IS_OTHER_USERINFO = 1 << 10, /* of what stands before '@' in a URL */
    IS_FILLER = 1 << 11,         /* around the sign between name and value */
    IS_PHONE_GAP = 1 << 12,
    IS_NO_DIGIT = 1 << 13,

    IS_ALPHA = IS_UPPER | IS_LOWER,
    IS_UPPER_DIGIT = IS_UPPER | IS_DIGIT,
    IS_ALNUM = IS_ALPHA | IS_DIGIT,
    IS_WORD = IS_ALNUM | IS_UNDERSCORE,
    IS_TOKEN = IS_WORD | IS_DASH,
    IS_MAIL = IS_TOKEN | IS_DOT | IS_PERCENT | IS_PLUS,
    IS_JOINED = IS_TOKEN | IS_DOT | IS_PLUS | IS_SLASH,
    IS_VALUE = IS_MAIL | IS_SLASH | IS_OTHER_VALUE,
    IS_USERINFO = IS_MAIL | IS_OTHER_USERINFO
};

extern const uint16_t alphabet_classes[256];

static inline bool alphabet_is(uint8_t byte, unsigned class_bits)
{
    return (alphabet_classes[byte] & class_bits) != 0;
}

/* What might start at a byte, as far as it and its two neighbours tell. */
enum {
    START_KEY = 1 << 0,    /* -----BEGIN, --password */
    START_VENDOR = 1 << 1, /* AKIA..., eyJ... */
    START_PREFIX = 1 << 7, /* the first separator of ghp_..., sk-... */
    START_LOGIN = 1 << 2,  /* :// */
    START_NAMED = 1 << 3,  /* the sign behind a name */
    START_DIGITS = 1 << 4, /* a card, a national phone number */
    START_PHONE = 1 << 5,  /* +49, (555) */
    START_IBAN = 1 << 6
};

/* Something may start at a byte if the three have a bit in common: of the
 * byte itself, of the one before and of the one behind. */
extern const uint8_t alphabet_starts[256];
extern const uint8_t alphabet_befores[256];
extern const uint8_t alphabet_behinds[256];

#endif
