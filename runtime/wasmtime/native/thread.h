// Starts a native thread with a stack of its own size: musl's default of 128 KiB would let a guest's recursion run
// into the guard page before Wasmtime's stack limit, which kills the process. `name` (at most 15 letters) is what top and
// /proc/self/task show.
#pragma once
#include <pthread.h>
#include <signal.h>

#include <cstddef>

namespace wasmtime_node {

// Signals meant for the process stay with Node's own threads; the ones a fault raises must reach the faulting thread.
inline bool start_thread(pthread_t *thread, const char *name, size_t stack, void *(*main)(void *), void *argument) {
  pthread_attr_t attributes;
  if (pthread_attr_init(&attributes) != 0) return false;
  sigset_t blocked, previous;
  sigfillset(&blocked);
  for (int fault : {SIGSEGV, SIGBUS, SIGILL, SIGFPE, SIGTRAP}) sigdelset(&blocked, fault);
  bool started = pthread_attr_setstacksize(&attributes, stack) == 0 && pthread_sigmask(SIG_SETMASK, &blocked, &previous) == 0;
  if (started) {
    started = pthread_create(thread, &attributes, main, argument) == 0;
    pthread_sigmask(SIG_SETMASK, &previous, nullptr);
    if (started) pthread_setname_np(*thread, name);
  }
  pthread_attr_destroy(&attributes);
  return started;
}

}  // namespace wasmtime_node
