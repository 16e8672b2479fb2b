// Runs models for the supervisor: steppps-infer LIBRARY ADDRESS-SPACE
//
//   LIBRARY        libonnxruntime.so; it is loaded before the sandbox is entered, and models come over standard input, so that no
//                  file is opened afterwards
//   ADDRESS-SPACE  bytes that this process may map at most
//
// Descriptors from the supervisor: 0 and 1 what is said about models (control.h), 3 the shared memory (region.h), 4 an eventfd that
// wakes this process, 5 one that it wakes the supervisor with.
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "control.h"
#include "run.h"

namespace steppps {
namespace {

constexpr int MEMORY = 3, WAKE = 4, DONE = 5;
constexpr size_t CONTROL_STACK = 8 << 20;  // a graph is walked recursively

struct Control {
  const Runtime *runtime;
  Sessions *sessions;
};

void *control_main(void *argument) {
  // Where there is one core, runs go before the loading of models.
  setpriority(PRIO_PROCESS, static_cast<id_t>(syscall(SYS_gettid)), 10);
  const auto *control = static_cast<const Control *>(argument);
  serve_control(*control->runtime, *control->sessions);
}

bool start_control(Control &control) {
  pthread_t thread;
  pthread_attr_t attributes;
  sigset_t blocked, previous;
  sigfillset(&blocked);
  pthread_attr_init(&attributes);
  pthread_attr_setstacksize(&attributes, CONTROL_STACK);
  // The alarm is for the thread whose run it stops.
  pthread_sigmask(SIG_SETMASK, &blocked, &previous);
  const bool started = pthread_create(&thread, &attributes, control_main, &control) == 0;
  pthread_sigmask(SIG_SETMASK, &previous, nullptr);
  return started;
}

// Where memory runs out, this process goes before the supervisor does.
void go_first() {
  FILE *file = fopen("/proc/self/oom_score_adj", "w");
  if (file == nullptr) return;
  fputs("500", file);
  fclose(file);
}

Region *map_region(uint32_t &size) {
  struct stat status;
  if (fstat(MEMORY, &status) != 0 || status.st_size < static_cast<off_t>(FRAMES_AT) || status.st_size > UINT32_MAX) return nullptr;
  size = static_cast<uint32_t>(status.st_size);
  void *memory = mmap(nullptr, size, PROT_READ | PROT_WRITE, MAP_SHARED, MEMORY, 0);
  if (memory == MAP_FAILED) return nullptr;
  auto *region = static_cast<Region *>(memory);
  return region->mark == REGION_MARK && region->version == REGION_VERSION && region->size == size ? region : nullptr;
}

[[noreturn]] void serve_runs(const Runtime &runtime, const Sessions &sessions, Region &region, uint32_t size) {
  uint32_t taken = 0, completed = 0;
  for (;;) {
    while (taken != __atomic_load_n(&region.submitted, __ATOMIC_ACQUIRE)) {
      const uint32_t number = region.submission[taken++ % RUNS] % RUNS;
      RunSlot &slot = region.run[number];
      const Model *model = slot.session < MAX_SESSIONS ? sessions.at[slot.session].load(std::memory_order_acquire) : nullptr;
      run_slot(runtime, model, region, size, slot);
      region.completion[completed++ % RUNS] = number;
      __atomic_store_n(&region.completed, completed, __ATOMIC_RELEASE);
      const uint64_t one = 1;
      if (write(DONE, &one, sizeof one) != sizeof one) _exit(0);
    }
    // Asleep first, then one more look: whoever submits looks the other way round, so one of the two sees the other.
    __atomic_store_n(&region.asleep, 1, __ATOMIC_SEQ_CST);
    if (taken == __atomic_load_n(&region.submitted, __ATOMIC_SEQ_CST)) {
      uint64_t count;
      if (read(WAKE, &count, sizeof count) < 0) continue;
    }
    __atomic_store_n(&region.asleep, 0, __ATOMIC_SEQ_CST);
  }
}

int run(const char *library, const char *address_space) {
  const char *version = nullptr;
  uint32_t size = 0;
  const Runtime *runtime = open_runtime(library, &version);
  if (runtime == nullptr) return 5;
  Region *region = map_region(size);
  if (region == nullptr) {
    fprintf(stderr, "descriptor 3 is not the shared memory\n");
    return 5;
  }
  go_first();
  prepare_runs(*runtime);
  const Sandbox sandbox = enter_sandbox({strtoull(address_space, nullptr, 10)});
  static Sessions sessions;
  Control control{runtime, &sessions};
  if (!start_control(control)) {
    perror("a thread");
    return 5;
  }
  say_hello(version, sandbox);
  serve_runs(*runtime, sessions, *region, size);
}

}  // namespace
}  // namespace steppps

int main(int count, char **arguments) {
  if (count != 3) {
    fprintf(stderr, "steppps-infer LIBRARY ADDRESS-SPACE\n");
    return 2;
  }
  // From 1.32 on the library has telemetry of its maker's in it, with a database in the user's folder and a server's address. This
  // keeps it from being set up at all; to switch it off later is too late.
  setenv("ORT_DISABLE_TELEMETRY", "1", 1);
  return steppps::run(arguments[1], arguments[2]);
}
