#include "napi.h"

#include <cerrno>
#include <cstdio>
#include <cstring>

namespace steppps_memory {

napi_value throw_errno(napi_env env, const char *what) {
  char message[256];
  std::snprintf(message, sizeof message, "%s: %s", what, std::strerror(errno));
  napi_throw_error(env, "ERRNO", message);
  return nullptr;
}

napi_value throw_type(napi_env env, const char *what) {
  napi_throw_type_error(env, "ERR_INVALID_ARG_TYPE", what);
  return nullptr;
}

bool get_size(napi_env env, napi_value value, int64_t &out) {
  constexpr int64_t MOST = int64_t{1} << 53;
  return napi_get_value_int64(env, value, &out) == napi_ok && out >= 0 && out <= MOST;
}

napi_value make_number(napi_env env, double number) {
  napi_value value = nullptr;
  napi_create_double(env, number, &value);
  return value;
}

void set_property(napi_env env, napi_value object, const char *name, napi_value value) {
  napi_set_named_property(env, object, name, value);
}

void define(napi_env env, napi_value exports, const char *name, napi_callback callback) {
  napi_value function = nullptr;
  if (napi_create_function(env, name, NAPI_AUTO_LENGTH, callback, nullptr, &function) == napi_ok)
    set_property(env, exports, name, function);
}

}  // namespace steppps_memory

NAPI_MODULE_INIT() {
  steppps_memory::define_memory(env, exports);
  steppps_memory::define_signal(env, exports);
  return exports;
}
