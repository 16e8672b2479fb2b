// Why a guest stopped, copied out of Wasmtime so that it can cross threads and outlive the store.
#pragma once
#include <string>
#include <vector>

#include "napi.h"
#include "wasmtime_capi.h"

namespace wasmtime_node {

struct TrapFrame {
  std::string function;  // empty without a name section
  std::string module;
  uint32_t index = 0;
  uint32_t module_offset = UINT32_MAX;  // UINT32_MAX: unknown
  uint32_t function_offset = UINT32_MAX;
};

struct TrapReport {
  std::string code;
  std::string message;
  std::vector<TrapFrame> frames;
  bool from_guest = true;  // false: the call did not start (bad module, exhausted pool ...)

  napi_value frames_value(napi_env env) const;
};

// Takes over `error` or `trap`, whichever is set. `code` names an error that is no trap of Wasmtime's own.
TrapReport take_report(wasmtime_error_t *error, wasm_trap_t *trap, const char *code);
// The text of an error, which is freed.
std::string take_message(wasmtime_error_t *error);

}  // namespace wasmtime_node
