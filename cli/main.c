/* SPDX-License-Identifier: MIT */
/* The reverie command. */
#include <signal.h>
#include <stdio.h>

#include "cli/command.h"

int main(int argc, char **argv)
{
    union {
        char **in;
        const char *const *out;
    } words = {.in = argv};
    /* A reader that leaves is noticed when writing. */
    signal(SIGPIPE, SIG_IGN);
    setvbuf(stdout, NULL, _IOFBF, 1 << 16);
    return (int)command_main(argv[0], argc - 1, words.out + 1, stdout, stderr);
}
