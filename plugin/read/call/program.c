/* SPDX-License-Identifier: MIT */
#include "plugin/read/call/program.h"

#include <string.h>

#include "base/text/ascii.h"

enum {
    SUB = PROGRAM_SUBCOMMANDS,
    CLU = PROGRAM_CLUSTERS,
    TASK = PROGRAM_RUNS_TASKS,
    MUTE = PROGRAM_SILENT
};

/* Sorted by name: looked up by bisection. */
static const struct program programs[] = {
    {"[", NULL, MUTE},
    {"ack", "search", 0},
    {"ag", "search", 0},
    {"apt", "system-packages", SUB},
    {"apt-get", "system-packages", SUB},
    {"asdf", "version-manager", SUB},
    {"awk", NULL, 0},
    {"aws", NULL, SUB},
    {"bat", "view-file", 0},
    {"biome", NULL, SUB},
    {"black", "formatter", 0},
    {"brew", "system-packages", SUB},
    {"bun", NULL, SUB | TASK},
    {"bundle", NULL, SUB},
    {"cargo", NULL, SUB | TASK},
    {"cat", "view-file", CLU},
    {"cd", NULL, MUTE},
    {"clang-format", "formatter", 0},
    {"cmake", "builder", 0},
    {"composer", NULL, SUB},
    {"conda", NULL, SUB},
    {"cp", NULL, CLU},
    {"ctest", "test-runner", 0},
    {"curl", "download", CLU},
    {"deno", NULL, SUB | TASK},
    {"df", NULL, CLU},
    {"diff", NULL, CLU},
    {"dnf", "system-packages", SUB},
    {"docker", "containers", SUB},
    {"docker-compose", "compose", SUB},
    {"dotnet", NULL, SUB | TASK},
    {"du", NULL, CLU},
    {"echo", NULL, MUTE},
    {"eslint", "linter", 0},
    {"exa", "list-files", CLU},
    {"exit", NULL, MUTE},
    {"export", NULL, MUTE},
    {"eza", "list-files", CLU},
    {"false", NULL, MUTE},
    {"fd", "find-files", 0},
    {"find", "find-files", 0},
    {"flake8", "linter", 0},
    {"fnm", "version-manager", SUB},
    {"gcloud", NULL, SUB},
    {"gh", "code-host", SUB},
    {"git", "version-control", SUB},
    {"glab", "code-host", SUB},
    {"go", NULL, SUB | TASK},
    {"gofmt", "formatter", 0},
    {"goimports", "formatter", 0},
    {"golangci-lint", "linter", SUB},
    {"gotestsum", "test-runner", 0},
    {"gradle", NULL, SUB | TASK},
    {"gradlew", NULL, SUB | TASK},
    {"grep", "search", CLU},
    {"head", NULL, 0},
    {"helm", NULL, SUB},
    {"hg", "version-control", SUB},
    {"http", "download", 0},
    {"hub", "code-host", SUB},
    {"isort", "formatter", 0},
    {"jest", "test-runner", 0},
    {"jj", "version-control", SUB},
    {"jq", "query-json", CLU},
    {"just", NULL, SUB | TASK},
    {"kill", NULL, 0},
    {"kubectl", NULL, SUB},
    {"less", "view-file", 0},
    {"ls", "list-files", CLU},
    {"make", NULL, SUB | TASK},
    {"meson", NULL, SUB},
    {"mise", NULL, SUB | TASK},
    {"mkdir", NULL, CLU},
    {"mocha", "test-runner", 0},
    {"more", "view-file", 0},
    {"mv", NULL, CLU},
    {"mvn", NULL, SUB | TASK},
    {"mypy", "type-checker", 0},
    {"nerdctl", "containers", SUB},
    {"ninja", "builder", 0},
    {"nox", "test-runner", 0},
    {"npm", NULL, SUB | TASK},
    {"nvm", "version-manager", SUB},
    {"nx", NULL, SUB | TASK},
    {"perl", NULL, 0},
    {"phpunit", "test-runner", 0},
    {"pip", NULL, SUB},
    {"pip3", NULL, SUB},
    {"pipenv", NULL, SUB},
    {"pnpm", NULL, SUB | TASK},
    {"podman", "containers", SUB},
    {"poetry", NULL, SUB},
    {"prettier", "formatter", 0},
    {"printf", NULL, MUTE},
    {"ps", NULL, CLU},
    {"pwd", NULL, MUTE},
    {"pyenv", "version-manager", SUB},
    {"pylint", "linter", 0},
    {"pyright", "type-checker", 0},
    {"pytest", "test-runner", CLU},
    {"python", "python", 0},
    {"python2", "python", 0},
    {"python3", "python", 0},
    {"rake", NULL, SUB | TASK},
    {"rbenv", "version-manager", SUB},
    {"rg", "search", CLU},
    {"rm", NULL, CLU},
    {"rspec", "test-runner", 0},
    {"rubocop", "linter", 0},
    {"ruff", NULL, SUB},
    {"rustfmt", "formatter", 0},
    {"sed", NULL, 0},
    {"set", NULL, MUTE},
    {"shellcheck", "linter", 0},
    {"sleep", NULL, MUTE},
    {"sort", NULL, CLU},
    {"source", NULL, MUTE},
    {"svn", "version-control", SUB},
    {"systemctl", NULL, SUB},
    {"tail", NULL, 0},
    {"tar", NULL, CLU},
    {"task", NULL, SUB | TASK},
    {"terraform", NULL, SUB},
    {"test", NULL, MUTE},
    {"touch", NULL, MUTE},
    {"tox", "test-runner", 0},
    {"tree", "list-files", 0},
    {"true", NULL, MUTE},
    {"tsc", "type-checker", 0},
    {"turbo", NULL, SUB | TASK},
    {"uniq", NULL, CLU},
    {"uv", NULL, SUB},
    {"vitest", "test-runner", SUB},
    {"volta", "version-manager", SUB},
    {"wait", NULL, MUTE},
    {"wc", NULL, CLU},
    {"wget", "download", 0},
    {"yamllint", "linter", 0},
    {"yarn", NULL, SUB | TASK},
    {"yum", "system-packages", SUB},
};

static int compare_name(struct bytes name, const char *text)
{
    return bytes_compare(name, bytes_of_text(text));
}

const struct program *program_find(struct bytes name)
{
    size_t low = 0;
    size_t high = ARRAY_LEN(programs);
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        int order = compare_name(name, programs[middle].name);
        if (order == 0) {
            return &programs[middle];
        }
        if (order < 0) {
            high = middle;
        } else {
            low = middle + 1;
        }
    }
    return NULL;
}

/* ---- sub-commands ----------------------------------------------------------
 */

/* Words are separated by spaces; "*" stands for every sub-command. */
struct words_of {
    const char *program;
    const char *words;
};

static bool lists(const char *words, struct bytes word)
{
    struct bytes rest = bytes_of_text(words);
    while (rest.len) {
        size_t end = bytes_find(rest, BYTES_LITERAL(" "), 0);
        end = end == SIZE_MAX ? rest.len : end;
        if (bytes_equal(bytes_slice(rest, 0, end), word)) {
            return true;
        }
        rest = bytes_slice(rest, end + 1, rest.len);
    }
    return false;
}

static const char *words_of(const struct words_of *table, size_t count,
                            struct bytes program)
{
    for (size_t i = 0; i < count; i++) {
        if (bytes_equal_text(program, table[i].program)) {
            return table[i].words;
        }
    }
    return "";
}

bool program_nests(struct bytes program, struct bytes sub)
{
    static const struct words_of table[] = {
        {"aws", "*"},
        {"docker", "compose container image volume network system buildx"},
        {"gcloud", "*"},
        {"gh", "*"},
        {"git", "stash remote worktree submodule bisect lfs"},
        {"glab", "*"},
        {"go", "mod tool work"},
        {"kubectl", "config rollout"},
        {"uv", "pip tool"},
    };
    const char *words = words_of(table, ARRAY_LEN(table), program);
    return strcmp(words, "*") == 0 || lists(words, sub);
}

struct sub_family {
    const char *programs;
    const char *subs;
    const char *family;
};

const char *program_sub_family(struct bytes program, struct bytes sub)
{
    static const struct sub_family table[] = {
        {"npm pnpm yarn bun",
         "install i add ci remove rm uninstall update upgrade",
         "package-manager"},
        {"pip pip3 uv poetry pipenv conda", "install add sync remove lock pip",
         "python-packages"},
        {"cargo go just make mise npm pnpm yarn bun deno dotnet gradle gradlew "
         "mvn",
         "test", "test-runner"},
        {"go", "vet", "linter"},
        {"cargo", "clippy", "linter"},
        {"ruff biome", "check lint", "linter"},
        {"ruff biome", "format", "formatter"},
        {"git", "grep", "search"},
        {"docker", "compose", "compose"},
        {"mise", "use install exec x", "version-manager"},
    };
    for (size_t i = 0; i < ARRAY_LEN(table); i++) {
        if (lists(table[i].programs, program) && lists(table[i].subs, sub)) {
            return table[i].family;
        }
    }
    return NULL;
}

const char *program_task_family(struct bytes task)
{
    static const struct words_of table[] = {
        {"test-runner", "test tests pytest jest vitest unittest"},
        {"linter", "lint linter eslint clippy vet"},
        {"formatter", "fmt format formatter prettier"},
        {"type-checker", "typecheck types tsc mypy"},
        {"builder", "build compile assemble"},
        {"dev-server", "dev start serve"},
    };
    size_t end = 0;
    while (end < task.len && ascii_is_alnum(task.data[end])) {
        end++;
    }
    for (size_t i = 0; i < ARRAY_LEN(table); i++) {
        if (lists(table[i].words, bytes_slice(task, 0, end))) {
            return table[i].program;
        }
    }
    return NULL;
}

bool program_is_run(struct bytes program, struct bytes sub)
{
    return lists("run run-script r", sub) &&
           lists("bun mise npm nx pnpm turbo yarn", program);
}

bool program_option_takes_value(struct bytes program, struct bytes option)
{
    static const struct words_of table[] = {
        {"cargo", "--manifest-path --config"},
        {"docker", "-H --host --context -c"},
        {"docker-compose", "-f --file -p --project-name"},
        {"gh", "-R --repo"},
        {"git", "-C -c --git-dir --work-tree --namespace"},
        {"go", "-C"},
        {"helm", "-n --namespace --kube-context"},
        {"just", "-f --justfile -d"},
        {"kubectl", "-n --namespace --context --kubeconfig"},
        {"make", "-C -f -j"},
        {"mise", "-C --cd -E --env"},
        {"npm", "--prefix -w --workspace"},
        {"pnpm", "-C --dir --filter -F"},
        {"yarn", "--cwd"},
    };
    return lists(words_of(table, ARRAY_LEN(table), program), option);
}

/* ---- wrappers --------------------------------------------------------------
 */

const struct wrapper *program_wrapper(struct bytes name, struct bytes sub)
{
    static const struct wrapper table[] = {
        {"builtin", NULL, "", 0, NULL},
        {"bundle", "exec", "", 0, NULL},
        {"bunx", NULL, "p", 0, "package-runner"},
        {"caffeinate", NULL, "", 0, NULL},
        {"command", NULL, "", 0, NULL},
        {"conda", "run", "n", 0, "python-runner"},
        {"doas", NULL, "u", 0, NULL},
        {"env", NULL, "uC", 0, NULL},
        {"exec", NULL, "a", 0, NULL},
        {"hatch", "run", "", 0, "python-runner"},
        {"mise", "exec", "", 0, NULL},
        {"mise", "x", "", 0, NULL},
        {"nice", NULL, "n", 0, NULL},
        {"nohup", NULL, "", 0, NULL},
        {"npm", "exec", "", 0, "package-runner"},
        {"npx", NULL, "p", 0, "package-runner"},
        {"pipenv", "run", "", 0, "python-runner"},
        {"pnpm", "dlx", "", 0, "package-runner"},
        {"pnpm", "exec", "", 0, "package-runner"},
        {"poetry", "run", "", 0, "python-runner"},
        {"rye", "run", "", 0, "python-runner"},
        {"stdbuf", NULL, "", 0, NULL},
        {"sudo", NULL, "ugpCh", 0, NULL},
        {"time", NULL, "", 0, NULL},
        {"timeout", NULL, "ks", 1, NULL},
        {"uv", "run", "p", 0, "python-runner"},
        {"uvx", NULL, "", 0, "package-runner"},
        {"xargs", NULL, "InLPsEd", 0, NULL},
        {"yarn", "dlx", "", 0, "package-runner"},
    };
    for (size_t i = 0; i < ARRAY_LEN(table); i++) {
        const struct wrapper *wrapper = &table[i];
        if (bytes_equal_text(name, wrapper->name) &&
            (!wrapper->sub || bytes_equal_text(sub, wrapper->sub))) {
            return wrapper;
        }
    }
    return NULL;
}

bool program_is_shell(struct bytes name)
{
    return lists("sh bash zsh dash ksh fish", name);
}

const char *program_tool_family(struct bytes tool)
{
    static const struct {
        const char *tool;
        const char *family;
    } table[] = {
        {"Grep", "search"},
        {"grep", "search"},
        {"search_files", "search"},
        {"Glob", "find-files"},
        {"glob", "find-files"},
        {"find_files", "find-files"},
        {"Read", "view-file"},
        {"read_file", "view-file"},
        {"view_file", "view-file"},
        {"LS", "list-files"},
        {"list_directory", "list-files"},
    };
    for (size_t i = 0; i < ARRAY_LEN(table); i++) {
        if (tool.len > 0 && tool.data[0] == (uint8_t)table[i].tool[0] &&
            bytes_equal_text(tool, table[i].tool)) {
            return table[i].family;
        }
    }
    return NULL;
}
