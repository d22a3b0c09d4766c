/* SPDX-License-Identifier: MIT */
#include "memory/redact/alphabet.h"

/* The tables are spelled by the preprocessor, so that they are constants: X is
 * asked once for each of the 256 bytes. */
#define X_4(X, b)  X(b), X((b) + 1), X((b) + 2), X((b) + 3)
#define X_16(X, b) X_4(X, b), X_4(X, (b) + 4), X_4(X, (b) + 8), X_4(X, (b) + 12)
#define X_64(X, b)                                                             \
    X_16(X, b), X_16(X, (b) + 16), X_16(X, (b) + 32), X_16(X, (b) + 48)
#define X_256(X) X_64(X, 0), X_64(X, 64), X_64(X, 128), X_64(X, 192)

#define DIGIT(c)     ((c) >= '0' && (c) <= '9')
#define UPPER(c)     ((c) >= 'A' && (c) <= 'Z')
#define LOWER(c)     ((c) >= 'a' && (c) <= 'z')
#define PRINTABLE(c) ((c) > ' ' && (c) < 0x7f)
#define SIGN(c)      ((c) == '=' || (c) == ':')
#define FILLER(c)    ((c) == '"' || (c) == '\'' || (c) == ' ' || (c) == '\\')
#define PHONE_GAP(c)                                                           \
    ((c) == ' ' || (c) == '-' || (c) == '.' || (c) == '(' || (c) == ')')

#define WORD(c)  (DIGIT(c) || UPPER(c) || LOWER(c) || (c) == '_')
#define TOKEN(c) (WORD(c) || (c) == '-')
#define MAIL(c)  (TOKEN(c) || (c) == '.' || (c) == '+' || (c) == '%')
#define QUOTED(c)                                                              \
    ((c) == '"' || (c) == '\'' || (c) == '<' || (c) == '>' || (c) == '\\')
#define VALUE(c)                                                               \
    (PRINTABLE(c) && !QUOTED(c) && (c) != '`' && (c) != ',' && (c) != ';' &&   \
     (c) != ')' && (c) != '}' && (c) != ']' && (c) != '&')
#define USERINFO(c) (PRINTABLE(c) && !QUOTED(c) && (c) != '@' && (c) != '/')

#define IF(condition, bits) ((condition) ? (bits) : 0)

#define CLASS(c)                                                               \
    (uint16_t)(IF(DIGIT(c), IS_DIGIT) | IF(UPPER(c), IS_UPPER) |               \
               IF(LOWER(c), IS_LOWER) | IF((c) == '_', IS_UNDERSCORE) |        \
               IF((c) == '-', IS_DASH) | IF((c) == '.', IS_DOT) |              \
               IF((c) == '+', IS_PLUS) | IF((c) == '%', IS_PERCENT) |          \
               IF((c) == '/', IS_SLASH) | IF(FILLER(c), IS_FILLER) |           \
               IF(PHONE_GAP(c), IS_PHONE_GAP) | IF(!DIGIT(c), IS_NO_DIGIT) |   \
               IF(VALUE(c) && !MAIL(c) && (c) != '/', IS_OTHER_VALUE) |        \
               IF(USERINFO(c) && !MAIL(c), IS_OTHER_USERINFO))

const uint16_t alphabet_classes[256] = {X_256(CLASS)};

/* First letters of what starts without a separator: AKIA ASIA AIza, SK, eyJ;
 * every other vendor's prefix has one: vendor.c. */
#define VENDOR_START(c)  ((c) == 'A' || (c) == 'S' || (c) == 'e')
#define VENDOR_BEHIND(c) ((c) == 'I' || (c) == 'K' || (c) == 'S' || (c) == 'y')
#define SEPARATOR(c)     ((c) == '_' || (c) == '-' || (c) == '.')
/* Last letters of secret.c's names: password, passphrase, credential, token,
 * secret, api_key, phone_number. */
#define NAME_LAST(c)                                                           \
    (((c) | 32) == 'd' || ((c) | 32) == 'e' || ((c) | 32) == 'l' ||            \
     ((c) | 32) == 'n' || ((c) | 32) == 'r' || ((c) | 32) == 't' ||            \
     ((c) | 32) == 'y')

#define START(c)                                                               \
    (uint8_t)(IF((c) == '-', START_KEY) | IF(VENDOR_START(c), START_VENDOR) |  \
              IF((c) == ':', START_LOGIN) | IF(SIGN(c), START_NAMED) |         \
              IF(DIGIT(c), START_DIGITS) | IF(UPPER(c), START_IBAN) |          \
              IF((c) == '+' || (c) == '(', START_PHONE) |                      \
              IF(SEPARATOR(c), START_PREFIX))
#define BEFORE(c)                                                              \
    (uint8_t)(START_KEY | IF(!WORD(c), START_VENDOR | START_IBAN) |            \
              IF(WORD(c) && (c) != '_', START_LOGIN) |                         \
              IF(NAME_LAST(c) || FILLER(c), START_NAMED) |                     \
              IF(DIGIT(c) || UPPER(c) || LOWER(c), START_PREFIX) |             \
              IF(!WORD(c) || (c) == '_', START_DIGITS | START_PHONE))
#define BEHIND(c)                                                              \
    (uint8_t)(                                                                 \
        IF((c) == '-', START_KEY) | IF(VENDOR_BEHIND(c), START_VENDOR) |       \
        IF((c) == '/', START_LOGIN) | IF(VALUE(c) || FILLER(c), START_NAMED) | \
        IF(DIGIT(c) || (c) == ' ' || (c) == '-' || (c) == '.', START_DIGITS) | \
        IF(WORD(c) && (c) != '_', START_PREFIX) | IF(DIGIT(c), START_PHONE) |  \
        IF(UPPER(c), START_IBAN))

const uint8_t alphabet_starts[256] = {X_256(START)};
const uint8_t alphabet_befores[256] = {X_256(BEFORE)};
const uint8_t alphabet_behinds[256] = {X_256(BEHIND)};
