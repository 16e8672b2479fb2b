#include "control.h"

#include <errno.h>
#include <malloc.h>
#include <sys/mman.h>
#include <time.h>
#include <unistd.h>

namespace steppps {
namespace {

enum Request : uint32_t { LOAD = 1, UNLOAD = 2 };
enum Answer : uint32_t { HELLO = 1, LOADED = 2, REFUSED = 3 };

constexpr uint32_t MAX_FILE = 1u << 30;
constexpr int MAX_THREADS = 64;

[[noreturn]] void leave(int code) { _exit(code); }

bool read_all(void *into, size_t size) {
  for (auto *at = static_cast<uint8_t *>(into); size > 0;) {
    const ssize_t got = read(STDIN_FILENO, at, size);
    if (got < 0 && errno == EINTR) continue;
    if (got <= 0) return false;
    at += got;
    size -= static_cast<size_t>(got);
  }
  return true;
}

void write_all(const uint8_t *from, size_t size) {
  while (size > 0) {
    const ssize_t put = write(STDOUT_FILENO, from, size);
    if (put < 0 && errno == EINTR) continue;
    if (put <= 0) leave(0);
    from += put;
    size -= static_cast<size_t>(put);
  }
}

// An answer, whose size is filled in when it is sent.
struct Message {
  uint8_t bytes[64 * 1024];
  Writer out{bytes, sizeof bytes};

  explicit Message(Answer kind) {
    out.u32(0);
    out.u32(kind);
  }
  void send() {
    const auto size = static_cast<uint32_t>(out.size - 4);
    memcpy(bytes, &size, sizeof size);
    write_all(bytes, out.size);
  }
};

uint64_t now() {
  timespec time;
  clock_gettime(CLOCK_MONOTONIC, &time);
  return static_cast<uint64_t>(time.tv_sec) * 1000000000u + static_cast<uint64_t>(time.tv_nsec);
}

void refuse(uint32_t session, const char *reason, size_t size) {
  Message message(REFUSED);
  message.out.u32(session);
  message.out.put(reason, size);
  message.send();
}

void load(const Runtime &runtime, Sessions &sessions, uint32_t size) {
  uint32_t head[2];
  if (size < sizeof head || size - sizeof head > MAX_FILE || !read_all(head, sizeof head)) leave(3);
  const uint32_t session = head[0];
  size -= sizeof head;
  // Given back to the system at once when the session has made its own of it
  void *file = mmap(nullptr, size + 1, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  if (file == MAP_FAILED || session >= MAX_SESSIONS || head[1] < 1 || head[1] > MAX_THREADS) leave(3);
  if (!read_all(file, size)) leave(0);
  const uint64_t began = now();
  uint8_t text[2048];
  Writer reason{text, sizeof text};
  Model *model = load_model(runtime, static_cast<const uint8_t *>(file), size, static_cast<int>(head[1]), reason);
  munmap(file, size + 1);
  malloc_trim(0);
  if (model == nullptr) return refuse(session, reinterpret_cast<const char *>(text), reason.size);
  Message message(LOADED);
  message.out.u32(session);
  message.out.u64(now() - began);
  describe_model(*model, message.out);
  if (message.out.overflowed) {
    free_model(runtime, model);
    constexpr char LONG[] = "its inputs and outputs take more than 64 KiB to name";
    return refuse(session, LONG, sizeof LONG - 1);
  }
  Model *before = sessions.at[session].exchange(model);
  if (before != nullptr) leave(3);
  message.send();
}

void unload(const Runtime &runtime, Sessions &sessions, uint32_t size) {
  uint32_t session;
  if (size != sizeof session || !read_all(&session, sizeof session) || session >= MAX_SESSIONS) leave(3);
  Model *model = sessions.at[session].exchange(nullptr);
  if (model != nullptr) free_model(runtime, model);
  malloc_trim(0);
}

}  // namespace

void say_hello(const char *library_version, const Sandbox &sandbox) {
  Message message(HELLO);
  message.out.u32(PROTOCOL_VERSION);
  message.out.u32(sandbox.landlock);
  message.out.u32(sandbox.seccomp ? 1 : 0);
  message.out.u32(sandbox.user);
  message.out.sized_text(library_version);
  message.send();
}

void serve_control(const Runtime &runtime, Sessions &sessions) {
  for (;;) {
    uint32_t head[2];
    if (!read_all(head, sizeof head) || head[0] < 4) leave(0);
    const uint32_t size = head[0] - 4;
    if (head[1] == LOAD) load(runtime, sessions, size);
    else if (head[1] == UNLOAD) unload(runtime, sessions, size);
    else leave(3);
  }
}

}  // namespace steppps
