#include "linker.h"

#include "host_func.h"
#include "module.h"

namespace wasmtime_node {

void Linker::bind(napi_env env, Store &to) {
  if (to.guest(env).engine.get() != engine.get()) fail(env, "engine", "the item belongs to another engine");
  if (store.get() != nullptr && store.get() != &to) fail(env, "store", "the linker already holds items of another store");
  store = Ref<Store>(&to);
}

namespace {

// createLinker(engine): Linker
napi_value create_linker(napi_env env, napi_callback_info info) {
  const Arguments<1> arguments(env, info);
  const Ref<Linker> linker(new Linker(*get<Engine>(env, arguments[0])));
  return linker->external(env);
}

// linkerAllowShadowing(linker, allow)
napi_value allow_shadowing(napi_env env, napi_callback_info info) {
  const Arguments<2> arguments(env, info);
  wasmtime_linker_allow_shadowing(get<Linker>(env, arguments[0])->raw, get_bool(env, arguments[1]));
  return nullptr;
}

// linkerFunc(linker, module, name, {params, results}, function)
napi_value linker_func(napi_env env, napi_callback_info info) {
  const Arguments<5> arguments(env, info);
  const Linker *linker = get<Linker>(env, arguments[0]);
  const FuncType type{parse_value_types(env, get_property(env, arguments[3], "params")),
                      parse_value_types(env, get_property(env, arguments[3], "results"))};
  define_host_func(env, linker->raw, get_string(env, arguments[1]), get_string(env, arguments[2]), type, arguments[4]);
  return nullptr;
}

// linkerDefine(linker, module, name, item)
napi_value linker_define(napi_env env, napi_callback_info info) {
  const Arguments<4> arguments(env, info);
  Linker *linker = get<Linker>(env, arguments[0]);
  const std::string module = get_string(env, arguments[1]), name = get_string(env, arguments[2]);
  const BoundExtern bound = extern_of(env, arguments[3]);
  linker->bind(env, *bound.store);
  wasmtime_error_t *error = wasmtime_linker_define(linker->raw, bound.store->guest(env).context, module.data(), module.size(),
                                                   name.data(), name.size(), &bound.item);
  if (error != nullptr) fail(env, "link", take_message(error));
  return nullptr;
}

// linkerInstance(linker, name, instance): all exports of `instance` under `name`
napi_value linker_instance(napi_env env, napi_callback_info info) {
  const Arguments<3> arguments(env, info);
  Linker *linker = get<Linker>(env, arguments[0]);
  const std::string name = get_string(env, arguments[1]);
  const Instance *instance = get<Instance>(env, arguments[2]);
  linker->bind(env, *instance->store);
  wasmtime_error_t *error =
      wasmtime_linker_define_instance(linker->raw, instance->store->guest(env).context, name.data(), name.size(), &instance->raw);
  if (error != nullptr) fail(env, "link", take_message(error));
  return nullptr;
}

// instantiatePre(linker, module): InstancePre
napi_value instantiate_pre(napi_env env, napi_callback_info info) {
  const Arguments<2> arguments(env, info);
  const Linker *linker = get<Linker>(env, arguments[0]);
  const Module *module = get<Module>(env, arguments[1]);
  if (module->engine.get() != linker->engine.get()) fail(env, "engine", "the module was compiled by another engine");
  wasmtime_instance_pre_t *raw = nullptr;
  wasmtime_error_t *error = wasmtime_linker_instantiate_pre(linker->raw, module->raw, &raw);
  if (error != nullptr) fail(env, "link", take_message(error));
  const Ref<InstancePre> pre(new InstancePre(*linker, raw));
  return pre->external(env);
}

// instantiate(pre, store): Instance
napi_value instantiate(napi_env env, napi_callback_info info) {
  const Arguments<2> arguments(env, info);
  const Ref<InstancePre> pre(get<InstancePre>(env, arguments[0]));
  const Ref<Store> store(get<Store>(env, arguments[1]));
  Guest &guest = store->guest(env);
  if (guest.engine.get() != pre->engine.get()) fail(env, "engine", "the store belongs to another engine");
  if (pre->store.get() != nullptr && pre->store.get() != store.get())
    fail(env, "store", "the linker holds items of another store");
  wasmtime_instance_t raw;
  wasm_trap_t *trap = nullptr;
  store->prepare_call();
  guest.enter();
  wasmtime_error_t *error = wasmtime_instance_pre_instantiate(pre->raw, guest.context, &raw, &trap);
  guest.leave();
  if (error != nullptr || trap != nullptr) guest.rethrow(error, trap, "instantiate");
  const Ref<Instance> instance(new Instance(*store, raw));
  return instance->external(env);
}

}  // namespace

void define_linker(napi_env env, napi_value exports) {
  define(env, exports, "createLinker", entry<create_linker>);
  define(env, exports, "linkerAllowShadowing", entry<allow_shadowing>);
  define(env, exports, "linkerFunc", entry<linker_func>);
  define(env, exports, "linkerDefine", entry<linker_define>);
  define(env, exports, "linkerInstance", entry<linker_instance>);
  define(env, exports, "instantiatePre", entry<instantiate_pre>);
  define(env, exports, "instantiate", entry<instantiate>);
}

}  // namespace wasmtime_node
