/* SPDX-License-Identifier: MIT */
#include "tests/contract/store_contract.h"

static enum err open_rocks(const char *directory,
                           const struct store_config *config,
                           struct store **out_store)
{
    return store_open_rocks(directory, config, NULL, out_store);
}

int main(void)
{
    return store_contract_run(open_rocks);
}
