#include "module.h"

#include <memory>
#include <vector>

#include "trap.h"
#include "types.h"

namespace wasmtime_node {
namespace {

napi_value wrap(napi_env env, Engine *engine, wasmtime_module_t *module) {
  Ref<Module> handle(new Module(*engine, module));
  return handle->external(env);
}

// compile(engine, bytes): Module
napi_value compile(napi_env env, napi_callback_info info) {
  const Arguments<2> arguments(env, info);
  Engine *engine = get<Engine>(env, arguments[0]);
  const ByteView bytes = get_bytes(env, arguments[1]);
  wasmtime_module_t *module = nullptr;
  wasmtime_error_t *error = wasmtime_module_new(engine->raw, bytes.data, bytes.size, &module);
  if (error != nullptr) fail(env, "compile", take_message(error));
  return wrap(env, engine, module);
}

// A module that a thread of libuv's pool compiles. The references belong to the JavaScript thread.
struct Compilation {
  Compilation(Engine *from, ByteView bytes) : engine(from), wasm(bytes.data, bytes.data + bytes.size) {}
  const Ref<Engine> engine;
  const std::vector<uint8_t> wasm;
  wasmtime_module_t *module = nullptr;
  wasmtime_error_t *error = nullptr;
  napi_deferred promised = nullptr;
  napi_async_work work = nullptr;
};

void compile_on_thread(napi_env, void *data) {
  auto *job = static_cast<Compilation *>(data);
  job->error = wasmtime_module_new(job->engine->raw, job->wasm.data(), job->wasm.size(), &job->module);
}

void compiled(napi_env env, napi_status, void *data) {
  const std::unique_ptr<Compilation> job(static_cast<Compilation *>(data));
  try {
    napi_delete_async_work(env, job->work);
    if (job->error != nullptr) {
      check(env, napi_reject_deferred(env, job->promised, make_error(env, "compile", take_message(job->error))));
    } else if (job->module != nullptr) {
      check(env, napi_resolve_deferred(env, job->promised, wrap(env, job->engine.get(), job->module)));
    }
  } catch (const Pending &) {
    // The environment goes away: nobody waits any more.
  }
}

// compileAsync(engine, bytes): Promise<Module>
napi_value compile_async(napi_env env, napi_callback_info info) {
  const Arguments<2> arguments(env, info);
  auto job = std::make_unique<Compilation>(get<Engine>(env, arguments[0]), get_bytes(env, arguments[1]));
  napi_value promise;
  check(env, napi_create_promise(env, &job->promised, &promise));
  check(env, napi_create_async_work(env, nullptr, make_string(env, "wasmtime-compile"), compile_on_thread, compiled, job.get(),
                                    &job->work));
  check(env, napi_queue_async_work(env, job->work));
  job.release();
  return promise;
}

// deserialize(engine, bytes): Module. The bytes are code to be run as it is: the caller vouches for them.
napi_value deserialize(napi_env env, napi_callback_info info) {
  const Arguments<2> arguments(env, info);
  Engine *engine = get<Engine>(env, arguments[0]);
  const ByteView bytes = get_bytes(env, arguments[1]);
  wasmtime_module_t *module = nullptr;
  wasmtime_error_t *error = wasmtime_module_deserialize(engine->raw, bytes.data, bytes.size, &module);
  if (error != nullptr) fail(env, "deserialize", take_message(error));
  return wrap(env, engine, module);
}

// deserializeFile(engine, path): Module
napi_value deserialize_file(napi_env env, napi_callback_info info) {
  const Arguments<2> arguments(env, info);
  Engine *engine = get<Engine>(env, arguments[0]);
  const std::string path = get_string(env, arguments[1]);
  wasmtime_module_t *module = nullptr;
  wasmtime_error_t *error = wasmtime_module_deserialize_file(engine->raw, path.c_str(), &module);
  if (error != nullptr) fail(env, "deserialize", take_message(error));
  return wrap(env, engine, module);
}

// validate(engine, bytes): the reason why the module is not valid, or undefined
napi_value validate(napi_env env, napi_callback_info info) {
  const Arguments<2> arguments(env, info);
  Engine *engine = get<Engine>(env, arguments[0]);
  const ByteView bytes = get_bytes(env, arguments[1]);
  wasmtime_error_t *error = wasmtime_module_validate(engine->raw, bytes.data, bytes.size);
  return error == nullptr ? make_undefined(env) : make_string(env, take_message(error));
}

// serialize(module): Uint8Array
napi_value serialize(napi_env env, napi_callback_info info) {
  const Arguments<1> arguments(env, info);
  wasm_byte_vec_t bytes;
  wasmtime_error_t *error = wasmtime_module_serialize(get<Module>(env, arguments[0])->raw, &bytes);
  if (error != nullptr) fail(env, "serialize", take_message(error));
  napi_value result = make_bytes(env, bytes.data, bytes.size);
  wasm_byte_vec_delete(&bytes);
  return result;
}

napi_value name_value(napi_env env, const wasm_name_t *name) { return make_string(env, name->data, name->size); }

// moduleImports(module): {module, name, type}[]
napi_value module_imports(napi_env env, napi_callback_info info) {
  const Arguments<1> arguments(env, info);
  wasm_importtype_vec_t imports;
  wasmtime_module_imports(get<Module>(env, arguments[0])->raw, &imports);
  napi_value result = make_array(env);
  for (uint32_t i = 0; i < imports.size; i++) {
    napi_value item = make_object(env);
    set_property(env, item, "module", name_value(env, wasm_importtype_module(imports.data[i])));
    set_property(env, item, "name", name_value(env, wasm_importtype_name(imports.data[i])));
    set_property(env, item, "type", describe(env, wasm_importtype_type(imports.data[i])));
    push(env, result, i, item);
  }
  wasm_importtype_vec_delete(&imports);
  return result;
}

// moduleExports(module): {name, type}[]
napi_value module_exports(napi_env env, napi_callback_info info) {
  const Arguments<1> arguments(env, info);
  wasm_exporttype_vec_t exported;
  wasmtime_module_exports(get<Module>(env, arguments[0])->raw, &exported);
  napi_value result = make_array(env);
  for (uint32_t i = 0; i < exported.size; i++) {
    napi_value item = make_object(env);
    set_property(env, item, "name", name_value(env, wasm_exporttype_name(exported.data[i])));
    set_property(env, item, "type", describe(env, wasm_exporttype_type(exported.data[i])));
    push(env, result, i, item);
  }
  wasm_exporttype_vec_delete(&exported);
  return result;
}

// wat2wasm(text): Uint8Array
napi_value wat2wasm(napi_env env, napi_callback_info info) {
  const Arguments<1> arguments(env, info);
  const std::string text = get_string(env, arguments[0]);
  wasm_byte_vec_t bytes;
  wasmtime_error_t *error = wasmtime_wat2wasm(text.data(), text.size(), &bytes);
  if (error != nullptr) fail(env, "wat", take_message(error));
  napi_value result = make_bytes(env, bytes.data, bytes.size);
  wasm_byte_vec_delete(&bytes);
  return result;
}

}  // namespace

void define_module(napi_env env, napi_value exports) {
  define(env, exports, "compile", entry<compile>);
  define(env, exports, "compileAsync", entry<compile_async>);
  define(env, exports, "deserialize", entry<deserialize>);
  define(env, exports, "deserializeFile", entry<deserialize_file>);
  define(env, exports, "validate", entry<validate>);
  define(env, exports, "serialize", entry<serialize>);
  define(env, exports, "moduleImports", entry<module_imports>);
  define(env, exports, "moduleExports", entry<module_exports>);
  define(env, exports, "wat2wasm", entry<wat2wasm>);
}

}  // namespace wasmtime_node
