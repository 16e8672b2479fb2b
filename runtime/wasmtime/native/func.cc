#include <algorithm>

#include "store.h"

namespace wasmtime_node {
namespace {

constexpr size_t kInline = 8;  // values of a call that need no allocation

napi_value results_of(napi_env env, const std::vector<ValueType> &types, const wasmtime_val_raw_t *values) {
  if (types.empty()) return nullptr;
  if (types.size() == 1) return from_raw(env, types[0], values[0]);
  napi_value array = make_array(env);
  for (uint32_t i = 0; i < types.size(); i++) push(env, array, i, from_raw(env, types[i], values[i]));
  return array;
}

napi_value call_with(napi_env env, const Func &func, const napi_value *arguments, wasmtime_val_raw_t *values, size_t count) {
  if (!func.crosses) fail(env, "type", "a function of type " + func.type.text() + " can't be called from JavaScript");
  const std::vector<ValueType> &params = func.type.params;
  for (size_t i = 0; i < params.size(); i++) to_raw(env, params[i], arguments[i], &values[i]);

  const Ref<Store> store = func.store;  // the function object may be collected while the guest runs
  Guest &guest = store->guest(env);
  wasm_trap_t *trap = nullptr;
  store->prepare_call();
  guest.enter();
  wasmtime_error_t *error = wasmtime_func_call_unchecked(guest.context, &func.raw, values, count, &trap);
  guest.leave();
  if (error != nullptr || trap != nullptr) [[unlikely]]
    guest.rethrow(error, trap, "host");
  return results_of(env, func.type.results, values);
}

// The function object of a guest's function with up to N values: Node fills in every argument that is asked for, so
// asking for eight when there are none would double the cost of a call.
template <size_t N>
napi_value call(napi_env env, napi_callback_info info) {
  napi_value arguments[N + 1];
  wasmtime_val_raw_t values[N + 1];
  size_t given = N;
  void *data = nullptr;
  check(env, napi_get_cb_info(env, info, &given, arguments, nullptr, &data));
  const Ref<Func> func(static_cast<Func *>(data));
  return call_with(env, *func, arguments, values, func->values);
}

napi_value call_many(napi_env env, napi_callback_info info) {
  void *data = nullptr;
  check(env, napi_get_cb_info(env, info, nullptr, nullptr, nullptr, &data));
  const Ref<Func> func(static_cast<Func *>(data));
  size_t given = func->values;
  std::vector<napi_value> arguments(given);
  std::vector<wasmtime_val_raw_t> values(given);
  check(env, napi_get_cb_info(env, info, &given, arguments.data(), nullptr, nullptr));
  return call_with(env, *func, arguments.data(), values.data(), func->values);
}

napi_callback entry_for(size_t values) {
  if (values == 0) return entry<call<0>>;
  if (values == 1) return entry<call<1>>;
  if (values == 2) return entry<call<2>>;
  return values <= kInline ? entry<call<kInline>> : entry<call_many>;
}

}  // namespace

napi_value make_func(napi_env env, Store &store, const wasmtime_func_t &raw) {
  wasm_functype_t *functype = wasmtime_func_type(store.guest(env).context, &raw);
  const Ref<Func> func(new Func(store, raw, FuncType::of(functype)));
  wasm_functype_delete(functype);
  napi_value function;
  check(env, napi_create_function(env, "wasm", NAPI_AUTO_LENGTH, entry_for(func->values), func.get(), &function));
  func->ref();
  const napi_status status = napi_wrap(env, function, func.get(), Handle::finalize, nullptr, nullptr);
  if (status != napi_ok) {
    func->unref();
    raise(env, status);
  }
  const napi_type_tag tag = tag_of(Kind::Func);
  check(env, napi_type_tag_object(env, function, &tag));
  return function;
}

Func *func_of(napi_env env, napi_value value) {
  const napi_type_tag tag = tag_of(Kind::Func);
  napi_valuetype type;
  bool matches = false;
  void *data = nullptr;
  check(env, napi_typeof(env, value, &type));
  if (type != napi_function) return nullptr;
  check(env, napi_check_object_type_tag(env, value, &tag, &matches));
  if (!matches) return nullptr;
  check(env, napi_unwrap(env, value, &data));
  return static_cast<Func *>(data);
}

}  // namespace wasmtime_node
