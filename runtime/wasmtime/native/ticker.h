// Advances an engine's epoch once per period, from a thread of its own, while a guest of the engine runs.
//
// A parked ticker costs nothing: no wake-ups while the process idles. Who enters a guest raises a flag first and looks
// for "parked" after; the ticker parks first and looks at the flags after. Both with sequential consistency (Dekker),
// so one of the two always sees the other and no guest runs without ticks.
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
    if (depth_++ == 0) {
      script_.exchange(1, std::memory_order_seq_cst);
      if (parked_.load(std::memory_order_seq_cst)) [[unlikely]] wake();
    }
  }
  void leave() {
    if (--depth_ == 0) script_.store(0, std::memory_order_release);
  }
  void enter_native() {
    natives_.fetch_add(1, std::memory_order_seq_cst);
    if (parked_.load(std::memory_order_seq_cst)) wake();
  }
  void leave_native() { natives_.fetch_sub(1, std::memory_order_release); }

 private:
  static void *main(void *self);
  void run();
  void wake();
  bool running() const { return script_.load(std::memory_order_seq_cst) != 0 || natives_.load(std::memory_order_seq_cst) != 0; }

  wasm_engine_t *const engine_;
  const uint32_t period_ms_;
  uint32_t depth_ = 0;
  std::atomic<uint32_t> script_{0};
  std::atomic<uint32_t> natives_{0};
  std::atomic<bool> parked_{false};
  bool stop_ = false;
  bool started_ = false;
  std::mutex mutex_;
  std::condition_variable changed_;
  pthread_t thread_{};
};

}  // namespace wasmtime_node
