/* SPDX-License-Identifier: MIT */
#include "tests/contract/store_contract.h"

#include "tests/contract/store_fixture.h"

int store_contract_run(store_contract_open open)
{
    return store_contract_append(&open) + store_contract_read(&open) +
           store_contract_state(&open) + store_contract_upkeep(&open);
}
