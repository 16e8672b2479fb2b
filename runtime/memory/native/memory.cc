// Memory that processes share, as an ArrayBuffer.
#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "napi.h"

namespace steppps_memory {
namespace {

// <linux/memfd.h>, under names of our own: C libraries differ in what they have of it.
constexpr unsigned CLOSE_ON_EXEC = 1, ALLOW_SEALING = 2;
constexpr int ADD_SEALS = 1024 + 9, SEAL_SEAL = 1, SEAL_SHRINK = 2, SEAL_GROW = 4;

// An ArrayBuffer over `size` bytes of `fd` from `offset` on; unmapped when it is collected.
napi_value map(napi_env env, int fd, size_t size, off_t offset, bool writable) {
  void *memory = mmap(nullptr, size, writable ? PROT_READ | PROT_WRITE : PROT_READ, MAP_SHARED, fd, offset);
  if (memory == MAP_FAILED) return throw_errno(env, "mapping memory");
  napi_value buffer = nullptr;
  const auto unmap = [](napi_env, void *data, void *hint) { munmap(data, reinterpret_cast<size_t>(hint)); };
  if (napi_create_external_arraybuffer(env, memory, size, unmap, reinterpret_cast<void *>(size), &buffer) != napi_ok) {
    munmap(memory, size);
    napi_throw_error(env, "ERRNO", "this Node takes no memory from outside");
    return nullptr;
  }
  return buffer;
}

// createMemory(size) => { fd, buffer }: new memory, all zeros. Nobody can change its size, so that no process can have it cut off
// under another.
napi_value create_memory(napi_env env, napi_callback_info info) {
  const Arguments<1> arguments(env, info);
  int64_t size = 0;
  if (!get_size(env, arguments.at[0], size) || size == 0) return throw_type(env, "a size was expected");
  const int fd = static_cast<int>(syscall(SYS_memfd_create, "steppps", CLOSE_ON_EXEC | ALLOW_SEALING));
  if (fd < 0) return throw_errno(env, "making memory to share");
  napi_value buffer = nullptr;
  if (ftruncate(fd, size) != 0 || fcntl(fd, ADD_SEALS, SEAL_SHRINK | SEAL_GROW | SEAL_SEAL) != 0)
    throw_errno(env, "making memory to share");
  else
    buffer = map(env, fd, static_cast<size_t>(size), 0, true);
  if (buffer == nullptr) {
    close(fd);
    return nullptr;
  }
  napi_value result = nullptr;
  napi_create_object(env, &result);
  set_property(env, result, "fd", make_number(env, fd));
  set_property(env, result, "buffer", buffer);
  return result;
}

// mapMemory(fd, size, offset, writable) => buffer: memory that somebody else made, or a device's.
napi_value map_memory(napi_env env, napi_callback_info info) {
  const Arguments<4> arguments(env, info);
  int64_t fd = 0, size = 0, offset = 0;
  bool writable = false;
  if (!get_size(env, arguments.at[0], fd) || !get_size(env, arguments.at[1], size) || !get_size(env, arguments.at[2], offset) ||
      napi_get_value_bool(env, arguments.at[3], &writable) != napi_ok || size == 0)
    return throw_type(env, "a descriptor, a size, an offset and whether to write were expected");
  struct stat status;
  if (fstat(static_cast<int>(fd), &status) != 0) return throw_errno(env, "the size of memory");
  // Reading behind a file's end would end this process. A device knows its own size.
  if (S_ISREG(status.st_mode) && (offset > status.st_size || size > status.st_size - offset))
    return throw_type(env, "the file is shorter than that");
  return map(env, static_cast<int>(fd), static_cast<size_t>(size), offset, writable);
}

// closeDescriptor(fd): what is mapped of it stays.
napi_value close_descriptor(napi_env env, napi_callback_info info) {
  const Arguments<1> arguments(env, info);
  int64_t fd = 0;
  if (!get_size(env, arguments.at[0], fd)) return throw_type(env, "a descriptor was expected");
  if (close(static_cast<int>(fd)) != 0) return throw_errno(env, "closing a descriptor");
  return nullptr;
}

}  // namespace

void define_memory(napi_env env, napi_value exports) {
  define(env, exports, "createMemory", create_memory);
  define(env, exports, "mapMemory", map_memory);
  define(env, exports, "closeDescriptor", close_descriptor);
}

}  // namespace steppps_memory
