#include "sandbox.h"

#include <errno.h>
#include <grp.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "filter.h"

namespace steppps {
namespace {

constexpr unsigned NOBODY = 65534;
constexpr int NOT_SET_UP = 4;

[[noreturn]] void refuse(const char *what) {
  fprintf(stderr, "%s: %s\n", what, strerror(errno));
  _exit(NOT_SET_UP);
}

// <linux/landlock.h>, which older systems don't have or have in part. The numbers are the same on every architecture.
constexpr long LANDLOCK_CREATE_RULESET = 444;
constexpr long LANDLOCK_RESTRICT_SELF = 446;
constexpr unsigned LANDLOCK_VERSION = 1;
struct LandlockRules {
  uint64_t files, network, scope;
};

// Rights that exist since a version of Landlock; all are handled, none is given.
uint64_t file_rights(long version) {
  const int count = version >= 5 ? 16 : version >= 3 ? 15 : version >= 2 ? 14 : 13;
  return (uint64_t{1} << count) - 1;
}

uint32_t close_files() {
  const long version = syscall(LANDLOCK_CREATE_RULESET, nullptr, 0, LANDLOCK_VERSION);
  if (version < 1) return 0;
  const LandlockRules rules = {file_rights(version), version >= 4 ? 3u : 0u, version >= 6 ? 3u : 0u};
  const size_t size = version >= 6 ? 24 : version >= 4 ? 16 : 8;
  const long ruleset = syscall(LANDLOCK_CREATE_RULESET, &rules, size, 0);
  if (ruleset < 0 || syscall(LANDLOCK_RESTRICT_SELF, ruleset, 0) != 0) refuse("Landlock");
  close(static_cast<int>(ruleset));
  return static_cast<uint32_t>(version);
}

void limit(decltype(RLIMIT_AS) resource, rlim_t most) {
  const rlimit both = {most, most};
  if (setrlimit(resource, &both) != 0) refuse("a limit");
}

}  // namespace

Sandbox enter_sandbox(const SandboxOptions &options) {
  Sandbox done;
  const pid_t parent = getppid();
  if (getuid() == 0) {
    if (setgroups(0, nullptr) != 0 || setgid(NOBODY) != 0 || setuid(NOBODY) != 0) refuse("another user");
  }
  done.user = getuid();
  // Behind the change of user, which would take it back. It ends with whoever started it.
  if (prctl(PR_SET_PDEATHSIG, SIGKILL) != 0) refuse("to end with the supervisor");
  if (getppid() != parent) _exit(0);
  limit(RLIMIT_AS, options.address_space);
  limit(RLIMIT_CORE, 0);
  limit(RLIMIT_FSIZE, 0);
  limit(RLIMIT_NOFILE, 16);
  if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0) refuse("to have no new privileges");
  done.landlock = close_files();
  done.seccomp = install_filter();
  if (!done.seccomp && errno != EINVAL) refuse("seccomp");
  return done;
}

}  // namespace steppps
