// Native threads that run reactors' batches away from the JavaScript thread.
#pragma once
#include <pthread.h>

#include <condition_variable>
#include <deque>
#include <memory>
#include <mutex>
#include <vector>

#include "reactor.h"

namespace wasmtime_node {

class ThreadPool final : public Handle {
 public:
  static constexpr Kind kKind = Kind::ThreadPool;
  ThreadPool(napi_env env, size_t queue_limit);
  ~ThreadPool() override;
  void start(napi_env env, size_t threads, size_t stack);
  const char *in_use() const override { return outstanding_ > 0 ? "it has work" : nullptr; }
  // Queues a copy of a checked batch; `done` is called without arguments on the JavaScript thread.
  void submit(napi_env env, Reactor &reactor, ByteView batch, napi_value done);

 protected:
  void dispose() override;

 private:
  struct Job {
    Ref<Reactor> reactor;
    std::vector<uint8_t> batch;
    napi_ref done;
  };
  using JobPtr = std::unique_ptr<Job>;
  static void *main(void *self);
  static void on_finished(napi_env env, napi_value, void *self, void *);
  static void on_teardown(void *self);
  void work();
  void deliver(napi_env env);
  void stop();

  const napi_env env_;
  const size_t queue_limit_;
  size_t outstanding_ = 0;  // JavaScript thread only
  napi_threadsafe_function wake_script_ = nullptr;
  std::vector<pthread_t> threads_;
  std::mutex mutex_;
  std::condition_variable queued_;
  bool stopping_ = false;  // under mutex_, as are the three below
  size_t alive_ = 0;       // threads that have not left work()
  std::deque<JobPtr> queue_;
  std::vector<JobPtr> finished_;
  std::vector<Reactor *> running_;
};

// `batch`, when `reactor` can run it now; or a thrown error: closed, busy, trapped, malformed.
ByteView checked_batch(napi_env env, Reactor &reactor, ByteView batch);

void define_thread_pool(napi_env env, napi_value exports);
void define_reactor(napi_env env, napi_value exports);

}  // namespace wasmtime_node
