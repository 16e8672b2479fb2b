#include "napi.h"

#include <cstring>
#include <new>

#include "trap.h"

namespace wasmtime_node {
namespace {

napi_value call_make_error(napi_env env, napi_value code, napi_value message, napi_value frames) {
  Addon *addon = nullptr;
  check(env, napi_get_instance_data(env, reinterpret_cast<void **>(&addon)));
  napi_value factory, result;
  check(env, napi_get_reference_value(env, addon->make_error, &factory));
  napi_value arguments[] = {code, message, frames};
  check(env, napi_call_function(env, make_undefined(env), factory, 3, arguments, &result));
  return result;
}

}  // namespace

void raise(napi_env env, napi_status status) {
  // First of all: the next call overwrites it.
  const napi_extended_error_info *info = nullptr;
  const bool known = napi_get_last_error_info(env, &info) == napi_ok && info->error_message != nullptr;
  const std::string message = known ? info->error_message : "the value has the wrong type";
  bool pending = false;
  napi_is_exception_pending(env, &pending);
  if (!pending) {
    if (status == napi_generic_failure || status == napi_cannot_run_js) {
      napi_throw_error(env, "napi", message.c_str());
    } else {
      napi_throw_type_error(env, "type", message.c_str());
    }
  }
  throw Pending{};
}

void fail(napi_env env, const char *code, const std::string &message) {
  check(env, napi_throw(env, make_error(env, code, message)));
  throw Pending{};
}

napi_value make_error(napi_env env, const char *code, const std::string &message) {
  return call_make_error(env, make_string(env, code), make_string(env, message), make_undefined(env));
}

napi_value make_error(napi_env env, const TrapReport &trap) {
  return call_make_error(env, make_string(env, trap.code), make_string(env, trap.message), trap.frames_value(env));
}

void fail(napi_env env, const TrapReport &trap) {
  check(env, napi_throw(env, make_error(env, trap)));
  throw Pending{};
}

// Any view of a buffer counts as bytes. This pair of calls costs half of what napi_get_typedarray_info does.
ByteView get_bytes(napi_env env, napi_value value) {
  bool is_view = false;
  void *data = nullptr;
  size_t length = 0;
  check(env, napi_is_buffer(env, value, &is_view));
  if (!is_view) {
    napi_throw_type_error(env, "type", "a Uint8Array was expected");
    throw Pending{};
  }
  check(env, napi_get_buffer_info(env, value, &data, &length));
  return {static_cast<uint8_t *>(data), length};
}

std::string get_string(napi_env env, napi_value value) {
  size_t length = 0;
  check(env, napi_get_value_string_utf8(env, value, nullptr, 0, &length));
  std::string text(length, '\0');
  check(env, napi_get_value_string_utf8(env, value, text.data(), length + 1, &length));
  return text;
}

int64_t get_int(napi_env env, napi_value value) {
  int64_t number = 0;
  check(env, napi_get_value_int64(env, value, &number));
  return number;
}

bool get_bool(napi_env env, napi_value value) {
  bool truth = false;
  check(env, napi_get_value_bool(env, value, &truth));
  return truth;
}

napi_value get_property(napi_env env, napi_value object, const char *name) {
  napi_value value;
  check(env, napi_get_named_property(env, object, name, &value));
  return value;
}

uint32_t get_length(napi_env env, napi_value array) {
  uint32_t length = 0;
  check(env, napi_get_array_length(env, array, &length));
  return length;
}

napi_value get_element(napi_env env, napi_value array, uint32_t index) {
  napi_value value;
  check(env, napi_get_element(env, array, index, &value));
  return value;
}

napi_value make_string(napi_env env, const char *text, size_t size) {
  napi_value value;
  check(env, napi_create_string_utf8(env, text, size, &value));
  return value;
}

napi_value make_string(napi_env env, const std::string &text) { return make_string(env, text.data(), text.size()); }

napi_value make_number(napi_env env, double number) {
  napi_value value;
  check(env, napi_create_double(env, number, &value));
  return value;
}

napi_value make_undefined(napi_env env) {
  napi_value value;
  check(env, napi_get_undefined(env, &value));
  return value;
}

napi_value make_object(napi_env env) {
  napi_value value;
  check(env, napi_create_object(env, &value));
  return value;
}

napi_value make_array(napi_env env) {
  napi_value value;
  check(env, napi_create_array(env, &value));
  return value;
}

napi_value make_bytes(napi_env env, const void *data, size_t size) {
  napi_value buffer, bytes;
  void *target = nullptr;
  check(env, napi_create_arraybuffer(env, size, &target, &buffer));
  if (size > 0) std::memcpy(target, data, size);
  check(env, napi_create_typedarray(env, napi_uint8_array, size, buffer, 0, &bytes));
  return bytes;
}

void set_property(napi_env env, napi_value object, const char *name, napi_value value) {
  check(env, napi_set_named_property(env, object, name, value));
}

void push(napi_env env, napi_value array, uint32_t index, napi_value value) {
  check(env, napi_set_element(env, array, index, value));
}

void define(napi_env env, napi_value exports, const char *name, napi_callback callback) {
  napi_value function;
  check(env, napi_create_function(env, name, NAPI_AUTO_LENGTH, callback, nullptr, &function));
  set_property(env, exports, name, function);
}

}  // namespace wasmtime_node
