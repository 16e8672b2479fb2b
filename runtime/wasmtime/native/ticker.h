// Advances an engine's epoch once per period, from a thread of its own, while a guest of the engine runs.
//
// A parked ticker costs nothing: no wake-ups while the process idles. Who enters a guest raises a flag first and looks
// for "parked" after; the ticker parks first and looks at the flags after (Dekker), so one of the two always sees the
// other and no guest runs without ticks. That needs a full fence on both sides, except that the ticker's membarrier(2)
// makes every running thread of the process execute one: the side that is taken millions of times a second goes without.
// Where the kernel has no membarrier the ticker never parks.
#pragma once
#include <pthread.h>

#include <atomic>
#include <condition_variable>
#include <mutex>

#include "wasmtime_capi.h"

namespace wasmtime_node {

class Ticker {
 public:
  Ticker(wasm_engine_t *engine, uint32_t period_ms) : engine_(engine), period_ms_(period_ms) {}
  ~Ticker();
  Ticker(const Ticker &) = delete;
  Ticker &operator=(const Ticker &) = delete;
  // False when the system gives no thread.
  bool start();

  // The JavaScript thread nests (guest, import, guest); it alone touches depth_.
  void enter() {
    if (depth_++ != 0) return;
    script_.store(1, std::memory_order_relaxed);
    wake_if_parked();
  }
  void leave() {
    if (--depth_ == 0) script_.store(0, std::memory_order_release);
  }
  void enter_native() {
    natives_.fetch_add(1, std::memory_order_relaxed);
    wake_if_parked();
  }
  void leave_native() { natives_.fetch_sub(1, std::memory_order_release); }

  // Ticks so far: while it stays the same, a deadline set before is still as far away.
  uint64_t ticks() const { return ticks_.load(std::memory_order_relaxed); }

 private:
  static void *main(void *self);
  void run();
  void wake();
  void wake_if_parked() {
    std::atomic_signal_fence(std::memory_order_seq_cst);  // the processor's part is done by membarrier
    if (parked_.load(std::memory_order_relaxed)) [[unlikely]]
      wake();
  }
  bool running() const { return script_.load(std::memory_order_acquire) != 0 || natives_.load(std::memory_order_acquire) != 0; }

  wasm_engine_t *const engine_;
  const uint32_t period_ms_;
  uint32_t depth_ = 0;
  std::atomic<uint32_t> script_{0};
  std::atomic<uint32_t> natives_{0};
  std::atomic<bool> parked_{false};
  std::atomic<uint64_t> ticks_{0};
  bool can_park_ = false;
  bool stop_ = false;
  bool started_ = false;
  std::mutex mutex_;
  std::condition_variable changed_;
  pthread_t thread_{};
};

}  // namespace wasmtime_node
