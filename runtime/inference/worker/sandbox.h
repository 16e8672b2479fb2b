// What this process gives up before it sees the first model: a model is a program from outside, and the library that runs it is large.
#pragma once
#include <stdint.h>

namespace steppps {

// What of it this kernel let it do.
struct Sandbox {
  uint32_t landlock = 0;  // the version of its rules; 0 where the kernel has none
  bool seccomp = false;
  uint32_t user = 0;
};

struct SandboxOptions {
  uint64_t address_space;  // bytes, RLIMIT_AS
};

// Gives up being root, new privileges, every file, every connection, signals to others (Landlock), and every system call but those
// that computing takes (seccomp; any other ends the process). Files and pipes that are open stay usable. Ends the process with 4 when
// something that this kernel has doesn't work. To be called while there is one thread.
Sandbox enter_sandbox(const SandboxOptions &);

}  // namespace steppps
