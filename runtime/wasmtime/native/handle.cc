#include "handle.h"

namespace wasmtime_node {

const char *kind_name(Kind kind) {
  static constexpr const char *kNames[] = {"",     "Engine", "Module", "Linker", "InstancePre", "Store",     "Instance",
                                           "Func", "Memory", "Global", "Table",  "Reactor",     "ThreadPool"};
  return kNames[static_cast<size_t>(kind)];
}

void Handle::close(napi_env env) {
  if (closed_) return;
  const char *reason = in_use();
  if (reason != nullptr) fail(env, "busy", std::string(kind_name(kind)) + " can't be closed now: " + reason);
  closed_ = true;
  dispose();
}

void Handle::finalize(napi_env, void *data, void *) { static_cast<Handle *>(data)->unref(); }

napi_value Handle::external(napi_env env) {
  napi_value value;
  ref();
  const napi_status status = napi_create_external(env, this, finalize, nullptr, &value);
  if (status != napi_ok) {
    unref();
    raise(env, status);
  }
  const napi_type_tag tag = tag_of(kind);
  check(env, napi_type_tag_object(env, value, &tag));
  return value;
}

Handle *find_handle(napi_env env, napi_value value, Kind kind) {
  const napi_type_tag tag = tag_of(kind);
  napi_valuetype type;
  bool matches = false;
  void *data = nullptr;
  check(env, napi_typeof(env, value, &type));
  if (type != napi_external) return nullptr;
  check(env, napi_check_object_type_tag(env, value, &tag, &matches));
  if (!matches) return nullptr;
  check(env, napi_get_value_external(env, value, &data));
  return static_cast<Handle *>(data);
}

Handle *get_handle(napi_env env, napi_value value, Kind kind) {
  Handle *handle = find_handle(env, value, kind);
  if (handle == nullptr) fail(env, "type", std::string("a ") + kind_name(kind) + " was expected");
  if (handle->closed()) fail(env, "closed", std::string(kind_name(kind)) + " is closed");
  return handle;
}

}  // namespace wasmtime_node
