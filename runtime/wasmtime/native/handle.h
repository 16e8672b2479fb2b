// What JavaScript holds of a native thing: an external value with a type tag.
//
// A handle is counted. JavaScript's external holds one count and gives it back when it is collected; whoever uses the
// handle across code that may collect garbage (a call into the guest, a job on a native thread) holds another. The
// native resource goes earlier, with close(): twice is harmless, while it is in use it is refused, afterwards every
// use throws "closed". Counts are plain integers: handles belong to one JavaScript thread.
#pragma once
#include <cstdint>

#include "napi.h"

namespace wasmtime_node {

enum class Kind : uint64_t {
  Engine = 1,
  Module,
  Linker,
  InstancePre,
  Store,
  Instance,
  Func,
  Memory,
  Global,
  Table,
  Reactor,
  ThreadPool
};
const char *kind_name(Kind kind);

class Handle {
 public:
  const Kind kind;
  virtual ~Handle() = default;
  Handle(const Handle &) = delete;
  Handle &operator=(const Handle &) = delete;

  void ref() { refs_++; }
  void unref() {
    if (--refs_ == 0) delete this;
  }
  bool closed() const { return closed_; }
  void close(napi_env env);
  // Why the handle can't be closed now, or null.
  virtual const char *in_use() const { return nullptr; }
  // A new external that owns one more count.
  napi_value external(napi_env env);
  static void finalize(napi_env env, void *data, void *hint);

 protected:
  explicit Handle(Kind k) : kind(k) {}
  // Frees the native resource; called at most once, also on the way to the destructor of a handle left open.
  virtual void dispose() = 0;
  bool closed_ = false;

 private:
  uint32_t refs_ = 0;
};

// An owned count of a handle.
template <typename T>
class Ref {
 public:
  Ref() = default;
  explicit Ref(T *handle) : handle_(handle) {
    if (handle_ != nullptr) handle_->ref();
  }
  Ref(const Ref &other) : Ref(other.handle_) {}
  Ref(Ref &&other) noexcept : handle_(other.handle_) { other.handle_ = nullptr; }
  Ref &operator=(Ref other) noexcept {
    std::swap(handle_, other.handle_);
    return *this;
  }
  ~Ref() {
    if (handle_ != nullptr) handle_->unref();
  }
  T *operator->() const { return handle_; }
  T &operator*() const { return *handle_; }
  T *get() const { return handle_; }

 private:
  T *handle_ = nullptr;
};

// The tag that tells one kind's objects from anything else that a caller may pass.
inline napi_type_tag tag_of(Kind kind) { return {0x9d3f6c1e52a84b70, static_cast<uint64_t>(kind)}; }

// The handle behind `value`, open or not, or null when it is no `kind`.
Handle *find_handle(napi_env env, napi_value value, Kind kind);
Handle *get_handle(napi_env env, napi_value value, Kind kind);

// The open handle behind `value`, or a thrown error.
template <typename T>
T *get(napi_env env, napi_value value) {
  return static_cast<T *>(get_handle(env, value, T::kKind));
}

}  // namespace wasmtime_node
