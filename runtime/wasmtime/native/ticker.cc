#include "ticker.h"

#include <linux/membarrier.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <chrono>

#include "thread.h"

namespace wasmtime_node {
namespace {
constexpr size_t kStack = 128 * 1024;
constexpr uint32_t kLingerTicks = 20;

bool membarrier(int command) { return syscall(SYS_membarrier, command, 0, 0) == 0; }
}  // namespace

bool Ticker::start() {
  can_park_ = membarrier(MEMBARRIER_CMD_REGISTER_PRIVATE_EXPEDITED);
  started_ = start_thread(&thread_, "wasmtime-ticker", kStack, &Ticker::main, this);
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
  parked_.store(false, std::memory_order_relaxed);
  changed_.notify_one();
}

void Ticker::run() {
  std::unique_lock lock(mutex_);
  for (uint32_t idle = 0; !stop_;) {
    changed_.wait_for(lock, std::chrono::milliseconds(period_ms_), [this] { return stop_; });
    wasmtime_engine_increment_epoch(engine_);
    ticks_.fetch_add(1, std::memory_order_relaxed);
    idle = running() ? 0 : idle + 1;
    if (!can_park_ || idle < kLingerTicks) continue;
    idle = 0;
    parked_.store(true, std::memory_order_relaxed);
    if (!membarrier(MEMBARRIER_CMD_PRIVATE_EXPEDITED) || running()) {
      parked_.store(false, std::memory_order_relaxed);
    } else {
      changed_.wait(lock, [this] { return stop_ || !parked_.load(std::memory_order_relaxed); });
    }
  }
}

}  // namespace wasmtime_node
