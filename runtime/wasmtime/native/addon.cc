// Registers what src/binding.ts declares.
#include "linker.h"
#include "module.h"
#include "thread_pool.h"

namespace wasmtime_node {
namespace {

// setErrorFactory(make): `make(code, message, frames | undefined)` builds the errors that this addon throws
napi_value set_error_factory(napi_env env, napi_callback_info info) {
  const Arguments<1> arguments(env, info);
  Addon *addon = nullptr;
  check(env, napi_get_instance_data(env, reinterpret_cast<void **>(&addon)));
  if (addon->make_error != nullptr) check(env, napi_delete_reference(env, addon->make_error));
  check(env, napi_create_reference(env, arguments[0], 1, &addon->make_error));
  return make_undefined(env);
}

// close(handle)
napi_value close(napi_env env, napi_callback_info info) {
  const Arguments<1> arguments(env, info);
  for (auto kind = static_cast<uint64_t>(Kind::Engine); kind <= static_cast<uint64_t>(Kind::ThreadPool); kind++) {
    Handle *handle = find_handle(env, arguments[0], static_cast<Kind>(kind));
    if (handle == nullptr) continue;
    handle->close(env);
    return make_undefined(env);
  }
  fail(env, "type", "a handle was expected");
}

napi_value init(napi_env env, napi_value exports) {
  check(env, napi_set_instance_data(
                 env, new Addon, [](napi_env, void *addon, void *) { delete static_cast<Addon *>(addon); }, nullptr));
  define(env, exports, "setErrorFactory", entry<set_error_factory>);
  define(env, exports, "close", entry<close>);
  define_engine(env, exports);
  define_module(env, exports);
  define_store(env, exports);
  define_items(env, exports);
  define_linker(env, exports);
  define_reactor(env, exports);
  define_thread_pool(env, exports);
  return exports;
}

}  // namespace
}  // namespace wasmtime_node

NAPI_MODULE_INIT() {
  try {
    return wasmtime_node::init(env, exports);
  } catch (const wasmtime_node::Pending &) {
    return nullptr;
  }
}
