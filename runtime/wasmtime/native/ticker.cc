#include "ticker.h"

#include <chrono>

#include "thread.h"

namespace wasmtime_node {
namespace {
constexpr size_t kStack = 128 * 1024;
constexpr uint32_t kLingerTicks = 20;
}  // namespace

bool Ticker::start() {
  started_ = start_thread(&thread_, kStack, &Ticker::main, this);
  return started_;
}

Ticker::~Ticker() {
  if (!started_) return;
  {
    std::lock_guard lock(mutex_);
    stop_ = true;
  }
  changed_.notify_one();
  pthread_join(thread_, nullptr);
}

void *Ticker::main(void *self) {
  static_cast<Ticker *>(self)->run();
  return nullptr;
}

void Ticker::wake() {
  std::lock_guard lock(mutex_);
  parked_.store(false, std::memory_order_seq_cst);
  changed_.notify_one();
}

void Ticker::run() {
  std::unique_lock lock(mutex_);
  for (uint32_t idle = 0; !stop_;) {
    changed_.wait_for(lock, std::chrono::milliseconds(period_ms_), [this] { return stop_; });
    wasmtime_engine_increment_epoch(engine_);
    idle = running() ? 0 : idle + 1;
    if (idle < kLingerTicks) continue;
    parked_.store(true, std::memory_order_seq_cst);
    if (running()) {
      parked_.store(false, std::memory_order_seq_cst);
    } else {
      changed_.wait(lock, [this] { return stop_ || !parked_.load(std::memory_order_seq_cst); });
    }
    idle = 0;
  }
}

}  // namespace wasmtime_node
