#include "thread_pool.h"

#include <time.h>

#include <algorithm>

#include "thread.h"

namespace wasmtime_node {
namespace {
constexpr uint64_t kTicksPerPush = 1 << 20;
}

ThreadPool::ThreadPool(napi_env env, size_t queue_limit) : Handle(kKind), env_(env), queue_limit_(queue_limit) {}

ThreadPool::~ThreadPool() {
  if (!closed_) dispose();
}

void ThreadPool::start(napi_env env, size_t threads, size_t stack) {
  check(env, napi_create_threadsafe_function(env, nullptr, nullptr, make_string(env, "wasmtime-node"), 0, 1, nullptr, nullptr,
                                             this, on_finished, &wake_script_));
  check(env, napi_unref_threadsafe_function(env, wake_script_));
  check(env, napi_add_env_cleanup_hook(env, on_teardown, this));
  for (size_t i = 0; i < threads; i++) {
    pthread_t thread;
    {
      std::lock_guard lock(mutex_);
      alive_++;
    }
    if (!start_thread(&thread, "wasmtime-pool", stack, &ThreadPool::main, this)) {
      {
        std::lock_guard lock(mutex_);
        alive_--;
      }
      fail(env, "thread", "the system gives no more threads");
    }
    threads_.push_back(thread);
  }
}

void *ThreadPool::main(void *self) {
  static_cast<ThreadPool *>(self)->work();
  return nullptr;
}

void ThreadPool::work() {
  std::unique_lock lock(mutex_);
  for (;;) {
    queued_.wait(lock, [this] { return stopping_ || !queue_.empty(); });
    if (stopping_) break;
    JobPtr job = std::move(queue_.front());
    queue_.pop_front();
    running_.push_back(job->reactor.get());
    lock.unlock();
    Ticker &ticker = job->reactor->guest().engine->ticker;
    ticker.enter_native();
    job->reactor->execute(job->batch.data(), job->batch.size(), {nullptr, 0});
    ticker.leave_native();
    lock.lock();
    running_.erase(std::find(running_.begin(), running_.end(), job->reactor.get()));
    finished_.push_back(std::move(job));
    // One wake-up delivers everything that has finished by then. Fails only while the environment goes away.
    if (finished_.size() == 1 && !stopping_) napi_call_threadsafe_function(wake_script_, nullptr, napi_tsfn_nonblocking);
  }
  alive_--;
}

void ThreadPool::submit(napi_env env, Reactor &reactor, ByteView batch, napi_value done) {
  if (outstanding_ >= queue_limit_)
    fail(env, "queue-full", "the thread pool already has " + std::to_string(queue_limit_) + " batches");
  auto job = std::make_unique<Job>();
  job->reactor = Ref<Reactor>(&reactor);
  job->batch.assign(batch.data, batch.data + batch.size);
  check(env, napi_create_reference(env, done, 1, &job->done));
  if (outstanding_++ == 0) {
    ref();  // a pool with work outlives its last reference
    napi_ref_threadsafe_function(env, wake_script_);
  }
  reactor.set_busy(true);
  {
    std::lock_guard lock(mutex_);
    queue_.push_back(std::move(job));
  }
  queued_.notify_one();
}

void ThreadPool::on_finished(napi_env env, napi_value, void *self, void *) {
  if (env == nullptr) return;  // going away
  static_cast<ThreadPool *>(self)->deliver(env);
}

void ThreadPool::deliver(napi_env env) {
  std::vector<JobPtr> done;
  {
    std::lock_guard lock(mutex_);
    done.swap(finished_);
  }
  outstanding_ -= done.size();
  const bool idle = outstanding_ == 0 && !done.empty();
  if (idle) napi_unref_threadsafe_function(env, wake_script_);
  for (JobPtr &job : done) {
    napi_handle_scope scope;
    if (napi_open_handle_scope(env, &scope) != napi_ok) break;
    job->reactor->set_busy(false);
    job->reactor->publish_status();
    napi_value callback, undefined, exception;
    napi_get_reference_value(env, job->done, &callback);
    napi_delete_reference(env, job->done);
    napi_get_undefined(env, &undefined);
    if (napi_call_function(env, undefined, callback, 0, nullptr, nullptr) == napi_pending_exception &&
        napi_get_and_clear_last_exception(env, &exception) == napi_ok) {
      napi_fatal_exception(env, exception);
    }
    napi_close_handle_scope(env, scope);
  }
  done.clear();
  if (idle) unref();
}

// Ends the threads. A guest that still runs is stopped by pushing its engine's epoch past every deadline.
void ThreadPool::stop() {
  {
    std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  queued_.notify_all();
  for (;;) {
    {
      std::lock_guard lock(mutex_);
      if (alive_ == 0) break;
      for (Reactor *reactor : running_) {
        reactor->cancel();
        for (uint64_t tick = 0; tick < kTicksPerPush; tick++) wasmtime_engine_increment_epoch(reactor->guest().engine->raw);
      }
    }
    const timespec pause{0, 1000000};
    nanosleep(&pause, nullptr);
  }
  for (pthread_t thread : threads_) pthread_join(thread, nullptr);
  threads_.clear();
}

void ThreadPool::on_teardown(void *self) {
  ThreadPool *pool = static_cast<ThreadPool *>(self);
  if (!pool->closed_) {
    pool->closed_ = true;
    pool->stop();
    pool->queue_.clear();
    pool->finished_.clear();
    if (pool->outstanding_ > 0) pool->unref();
  }
}

void ThreadPool::dispose() {
  stop();
  napi_remove_env_cleanup_hook(env_, on_teardown, this);
  if (wake_script_ != nullptr) napi_release_threadsafe_function(wake_script_, napi_tsfn_abort);
}

namespace {

// createThreadPool(threads, stackBytes, queueLimit): ThreadPool
napi_value create_thread_pool(napi_env env, napi_callback_info info) {
  const Arguments<3> arguments(env, info);
  Ref<ThreadPool> pool(new ThreadPool(env, static_cast<size_t>(get_int(env, arguments[2]))));
  pool->start(env, static_cast<size_t>(get_int(env, arguments[0])), static_cast<size_t>(get_int(env, arguments[1])));
  return pool->external(env);
}

// runOn(pool, reactor, batch, done)
napi_value run_on(napi_env env, napi_callback_info info) {
  const Arguments<4> arguments(env, info);
  ThreadPool *pool = get<ThreadPool>(env, arguments[0]);
  Reactor *reactor = get<Reactor>(env, arguments[1]);
  if (reactor->has_script_imports()) fail(env, "script-imports", "a reactor with JavaScript imports can't run on another thread");
  const ByteView batch = checked_batch(env, *reactor, get_bytes(env, arguments[2]));
  pool->submit(env, *reactor, batch, arguments[3]);
  return make_undefined(env);
}

}  // namespace

void define_thread_pool(napi_env env, napi_value exports) {
  define(env, exports, "createThreadPool", entry<create_thread_pool>);
  define(env, exports, "runOn", entry<run_on>);
}

}  // namespace wasmtime_node
