// A wake-up between processes: an eventfd, which the event loop watches as it watches a socket.
#include <sys/eventfd.h>
#include <unistd.h>

#include <cstdlib>

#include "napi.h"
#include "uv.h"

namespace steppps_memory {
namespace {

// createSignal(wait) => fd. With `wait` whoever reads it waits until it is raised.
napi_value create_signal(napi_env env, napi_callback_info info) {
  const Arguments<1> arguments(env, info);
  bool wait = false;
  if (napi_get_value_bool(env, arguments.at[0], &wait) != napi_ok) return throw_type(env, "a boolean was expected");
  const int fd = eventfd(0, EFD_CLOEXEC | (wait ? 0 : EFD_NONBLOCK));
  if (fd < 0) return throw_errno(env, "making a signal");
  return make_number(env, fd);
}

// raiseSignal(fd)
napi_value raise_signal(napi_env env, napi_callback_info info) {
  const Arguments<1> arguments(env, info);
  int64_t fd = 0;
  const uint64_t one = 1;
  if (!get_size(env, arguments.at[0], fd)) return throw_type(env, "a descriptor was expected");
  if (write(static_cast<int>(fd), &one, sizeof one) != sizeof one) return throw_errno(env, "raising a signal");
  return nullptr;
}

// A signal that is watched: freed in two steps, as libuv lets go of a handle only in a later turn.
struct Watch {
  napi_env env;
  napi_ref listener;
  napi_async_context context;
  napi_async_cleanup_hook_handle cleanup;
  int fd;
  bool closing;
  uv_handle_s *handle;
};

void call_listener(uv_handle_s *handle, int status, int) {
  auto *watch = static_cast<Watch *>(uv_handle_get_data(handle));
  uint64_t count = 0;
  if (status == 0 && read(watch->fd, &count, sizeof count) < 0) return;
  napi_env env = watch->env;
  napi_handle_scope scope = nullptr;
  if (napi_open_handle_scope(env, &scope) != napi_ok) return;
  napi_value global = nullptr, listener = nullptr, result = nullptr, error = nullptr;
  bool pending = false;
  if (napi_get_global(env, &global) == napi_ok && napi_get_reference_value(env, watch->listener, &listener) == napi_ok) {
    // With what stands behind a call from outside of JavaScript: microtasks and process.nextTick
    napi_make_callback(env, watch->context, global, listener, 0, nullptr, &result);
    if (napi_is_exception_pending(env, &pending) == napi_ok && pending && napi_get_and_clear_last_exception(env, &error) == napi_ok)
      napi_fatal_exception(env, error);
  }
  napi_close_handle_scope(env, scope);
}

void closed(uv_handle_s *handle) {
  auto *watch = static_cast<Watch *>(uv_handle_get_data(handle));
  napi_remove_async_cleanup_hook(watch->cleanup);
  std::free(handle);
  delete watch;
}

void stop(Watch *watch) {
  if (watch->closing) return;
  watch->closing = true;
  uv_poll_stop(watch->handle);
  napi_delete_reference(watch->env, watch->listener);
  napi_async_destroy(watch->env, watch->context);
  uv_close(watch->handle, closed);
}

// watchSignal(fd, listener) => watch: calls `listener` after it was raised, once for however often. It does not keep the event loop
// alive by itself.
napi_value watch_signal(napi_env env, napi_callback_info info) {
  const Arguments<2> arguments(env, info);
  int64_t fd = 0;
  napi_valuetype type = napi_undefined;
  napi_typeof(env, arguments.at[1], &type);
  if (!get_size(env, arguments.at[0], fd) || type != napi_function) return throw_type(env, "a descriptor and a function were expected");
  uv_loop_s *loop = nullptr;
  if (napi_get_uv_event_loop(env, &loop) != napi_ok) return throw_type(env, "there is no event loop");
  auto *handle = static_cast<uv_handle_s *>(std::calloc(1, uv_handle_size(UV_POLL_TYPE)));
  if (handle == nullptr) return throw_errno(env, "watching a signal");
  if (uv_poll_init(loop, handle, static_cast<int>(fd)) != 0) {
    std::free(handle);
    return throw_type(env, "the descriptor can't be watched");
  }
  auto *watch = new Watch{env, nullptr, nullptr, nullptr, static_cast<int>(fd), false, handle};
  uv_handle_set_data(handle, watch);
  uv_unref(handle);
  napi_value name = nullptr, external = nullptr;
  napi_create_string_utf8(env, "steppps:signal", NAPI_AUTO_LENGTH, &name);
  napi_create_reference(env, arguments.at[1], 1, &watch->listener);
  napi_async_init(env, nullptr, name, &watch->context);
  napi_add_async_cleanup_hook(
      env, [](napi_async_cleanup_hook_handle, void *data) { stop(static_cast<Watch *>(data)); }, watch, &watch->cleanup);
  uv_poll_start(handle, UV_READABLE_EVENT, call_listener);
  napi_create_external(env, watch, nullptr, nullptr, &external);
  return external;
}

// unwatchSignal(watch): once.
napi_value unwatch_signal(napi_env env, napi_callback_info info) {
  const Arguments<1> arguments(env, info);
  void *watch = nullptr;
  if (napi_get_value_external(env, arguments.at[0], &watch) != napi_ok) return throw_type(env, "what watchSignal gave was expected");
  stop(static_cast<Watch *>(watch));
  return nullptr;
}

}  // namespace

void define_signal(napi_env env, napi_value exports) {
  define(env, exports, "createSignal", create_signal);
  define(env, exports, "raiseSignal", raise_signal);
  define(env, exports, "watchSignal", watch_signal);
  define(env, exports, "unwatchSignal", unwatch_signal);
}

}  // namespace steppps_memory
