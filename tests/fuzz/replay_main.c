/* SPDX-License-Identifier: MIT */
/* Runs a fuzz target over every file of a folder, in order of name: the
 * corpus as an ordinary test, with any compiler. */
#include <dirent.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum {
    INPUT_MAX = 4 << 20,
    PATH_BYTES = 4096
};

static int is_input(const struct dirent *entry)
{
    return entry->d_name[0] != '.';
}

static int run_file(const char *path, uint8_t *input)
{
    FILE *file = fopen(path, "rbe");
    if (!file) {
        perror(path);
        return 1;
    }
    size_t size = fread(input, 1, INPUT_MAX, file);
    fclose(file);
    /* A copy of its own size, so that the sanitizer sees every byte past the
     * end. */
    uint8_t *exact = malloc(size ? size : 1);
    for (size_t i = 0; i < size; i++) {
        exact[i] = input[i];
    }
    LLVMFuzzerTestOneInput(exact, size);
    free(exact);
    return 0;
}

int main(int argc, char **argv)
{
    struct dirent **entries = NULL;
    int count =
        argc == 2 ? scandir(argv[1], &entries, is_input, alphasort) : -1;
    if (count <= 0) {
        fprintf(stderr, "usage: %s FOLDER (that holds at least one input)\n",
                argv[0]);
        return 2;
    }
    uint8_t *input = malloc(INPUT_MAX);
    int failed = 0;
    for (int i = 0; i < count; i++) {
        char path[PATH_BYTES];
        snprintf(path, sizeof(path), "%s/%s", argv[1], entries[i]->d_name);
        failed |= run_file(path, input);
        free(entries[i]);
    }
    free(entries);
    free(input);
    printf("%d inputs\n", count);
    return failed;
}
