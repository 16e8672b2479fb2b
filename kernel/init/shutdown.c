#include "shutdown.h"

#include <errno.h>
#include <linux/reboot.h>
#include <signal.h>
#include <stdbool.h>
#include <sys/reboot.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "data.h"
#include "log.h"
#include "text.h"
#include "watchdog.h"

#define PATIENCE_MS 10000
#define ARGUMENT "/run/steppps/reboot-argument" // for the firmware, as the Raspberry Pi's "0 tryboot"

static bool all_ended(void) {
  while (waitpid(-1, NULL, WNOHANG) > 0) {
  }
  return waitpid(-1, NULL, WNOHANG) < 0 && errno == ECHILD;
}

struct waiting {
  void (*meanwhile)(void *);
  void *context;
};

static void end_all(int signal, unsigned patience_ms, const struct waiting *waiting) {
  unsigned long long until = now_ms() + patience_ms;
  bool ended = false;
  kill(-1, signal);
  while (!ended && now_ms() < until) {
    ended = all_ended();
    if (waiting->meanwhile != NULL) waiting->meanwhile(waiting->context);
    feed_watchdog();
    if (!ended) usleep(10000);
  }
}

void shut_down(enum shutdown how, void (*meanwhile)(void *), void *context) {
  const struct waiting waiting = {meanwhile, context};
  if (how == SHUTDOWN_FACTORY_RESET && !ask_factory_reset()) phase("factory-reset", "it can't be written down");
  phase("shutdown", NULL);
  char argument[64];
  long length = read_text(ARGUMENT, argument, sizeof argument);
  end_all(SIGTERM, PATIENCE_MS, &waiting);
  end_all(SIGKILL, 1000, &waiting);
  end_log();
  unmount_disks();
  sync();
  if (how == SHUTDOWN_POWER_OFF) reboot(RB_POWER_OFF);
  if (length > 0)
    syscall(SYS_reboot, LINUX_REBOOT_MAGIC1, LINUX_REBOOT_MAGIC2, LINUX_REBOOT_CMD_RESTART2, argument);
  reboot(RB_AUTOBOOT);
  for (;;) pause(); // the watchdog, which nobody feeds any more, does it
}
