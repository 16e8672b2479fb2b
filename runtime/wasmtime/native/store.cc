#include "store.h"

namespace wasmtime_node {
namespace {

// createStore(engine, memoryBytes, tableElements, instances, tables, memories, deadlineTicks): Store
// One by one, as reading them from an object would take longer than making the store.
napi_value create_store(napi_env env, napi_callback_info info) {
  const Arguments<7> arguments(env, info);
  Engine *engine = get<Engine>(env, arguments[0]);
  const auto number = [&](size_t index) { return get_int(env, arguments[index]); };
  const Limits limits{number(1), number(2), number(3), number(4), number(5)};
  const Ref<Store> store(new Store(env, *engine, limits, static_cast<uint64_t>(number(6))));
  return store->external(env);
}

// setDeadline(store, ticks)
napi_value set_deadline(napi_env env, napi_callback_info info) {
  const Arguments<2> arguments(env, info);
  get<Store>(env, arguments[0])->set_deadline(static_cast<uint64_t>(get_int(env, arguments[1])));
  return make_undefined(env);
}

// setFuel(store, bigint)
napi_value set_fuel(napi_env env, napi_callback_info info) {
  const Arguments<2> arguments(env, info);
  Store *store = get<Store>(env, arguments[0]);
  uint64_t fuel = 0;
  bool lossless = false;
  check(env, napi_get_value_bigint_uint64(env, arguments[1], &fuel, &lossless));
  if (!lossless) fail(env, "option", "fuel must be from 0 to 2^64 - 1");
  if (wasmtime_error_t *error = wasmtime_context_set_fuel(store->guest(env).context, fuel))
    fail(env, "fuel", take_message(error));
  return make_undefined(env);
}

// getFuel(store): bigint
napi_value get_fuel(napi_env env, napi_callback_info info) {
  const Arguments<1> arguments(env, info);
  Store *store = get<Store>(env, arguments[0]);
  uint64_t fuel = 0;
  if (wasmtime_error_t *error = wasmtime_context_get_fuel(store->guest(env).context, &fuel))
    fail(env, "fuel", take_message(error));
  napi_value value;
  check(env, napi_create_bigint_uint64(env, fuel, &value));
  return value;
}

}  // namespace

void define_store(napi_env env, napi_value exports) {
  define(env, exports, "createStore", entry<create_store>);
  define(env, exports, "setDeadline", entry<set_deadline>);
  define(env, exports, "setFuel", entry<set_fuel>);
  define(env, exports, "getFuel", entry<get_fuel>);
}

}  // namespace wasmtime_node
