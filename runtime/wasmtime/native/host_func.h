// A JavaScript function as a guest's import.
#pragma once
#include "guest.h"
#include "types.h"

namespace wasmtime_node {

// Defines `function` in `linker`; throws when the name is taken.
void define_host_func(napi_env env, wasmtime_linker_t *linker, const std::string &module, const std::string &name,
                      const FuncType &type, napi_value function);

}  // namespace wasmtime_node
