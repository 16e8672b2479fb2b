#include "host_func.h"

#include <memory>

namespace wasmtime_node {
namespace {

struct HostFunc {
  napi_env env;
  FuncType type;
  napi_ref function = nullptr;

  ~HostFunc() {
    if (function != nullptr) napi_delete_reference(env, function);
  }
  static void drop(void *self) { delete static_cast<HostFunc *>(self); }

  void run(wasmtime_val_raw_t *values) const {
    napi_value callee, result;
    check(env, napi_get_reference_value(env, function, &callee));
    std::vector<napi_value> arguments(type.params.size());
    for (size_t i = 0; i < arguments.size(); i++) arguments[i] = from_raw(env, type.params[i], values[i]);
    check(env, napi_call_function(env, make_undefined(env), callee, arguments.size(), arguments.data(), &result));
    if (type.results.size() == 1) to_raw(env, type.results[0], result, &values[0]);
    if (type.results.size() < 2) return;
    for (uint32_t i = 0; i < type.results.size(); i++) to_raw(env, type.results[i], get_element(env, result, i), &values[i]);
  }

  static wasm_trap_t *call(void *self, wasmtime_caller_t *caller, wasmtime_val_raw_t *values, size_t) {
    const HostFunc &host = *static_cast<HostFunc *>(self);
    napi_handle_scope scope;
    if (napi_open_handle_scope(host.env, &scope) != napi_ok) return Guest::of(caller)->stop("host", "no handle scope");
    wasm_trap_t *trap = nullptr;
    try {
      host.run(values);
    } catch (const Pending &) {
      trap = Guest::of(caller)->stash_exception();
    } catch (const std::bad_alloc &) {
      trap = Guest::of(caller)->stop("out-of-memory", "out of memory in an import");
    }
    napi_close_handle_scope(host.env, scope);
    return trap;
  }
};

}  // namespace

void define_host_func(napi_env env, wasmtime_linker_t *linker, const std::string &module, const std::string &name,
                      const FuncType &type, napi_value function) {
  auto host = std::make_unique<HostFunc>();
  host->env = env;
  host->type = type;
  check(env, napi_create_reference(env, function, 1, &host->function));
  wasm_functype_t *functype = new_functype(type.params, type.results);
  // Wasmtime calls drop() in the end, also when the definition fails.
  wasmtime_error_t *error = wasmtime_linker_define_func_unchecked(linker, module.data(), module.size(), name.data(), name.size(),
                                                                  functype, HostFunc::call, host.release(), HostFunc::drop);
  wasm_functype_delete(functype);
  if (error != nullptr) fail(env, "link", take_message(error));
}

}  // namespace wasmtime_node
