// The few functions of libuv in use here, which Node exports (docs.libuv.org, "uv_poll_t"). Its own header is not among those that
// come as a package; sizes and fields of its structures are asked for and not assumed.
#pragma once
#include <cstddef>

extern "C" {
struct uv_loop_s;
struct uv_handle_s;
using uv_poll_callback = void (*)(uv_handle_s *handle, int status, int events);
using uv_close_callback = void (*)(uv_handle_s *handle);

size_t uv_handle_size(int type);
void uv_handle_set_data(uv_handle_s *handle, void *data);
void *uv_handle_get_data(const uv_handle_s *handle);
int uv_poll_init(uv_loop_s *loop, uv_handle_s *handle, int fd);
int uv_poll_start(uv_handle_s *handle, int events, uv_poll_callback callback);
int uv_poll_stop(uv_handle_s *handle);
void uv_unref(uv_handle_s *handle);
void uv_close(uv_handle_s *handle, uv_close_callback callback);
}

constexpr int UV_POLL_TYPE = 8;  // uv_handle_type
constexpr int UV_READABLE_EVENT = 1;
