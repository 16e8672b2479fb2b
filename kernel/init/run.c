#include "run.h"

#include <sys/wait.h>
#include <unistd.h>

#include "watchdog.h"

int run(const char *const *arguments) {
  pid_t pid = fork();
  if (pid < 0) return -1;
  if (pid == 0) {
    execv(arguments[0], (char *const *)arguments);
    _exit(127);
  }
  int status;
  while (waitpid(pid, &status, WNOHANG) == 0) {
    feed_watchdog();
    usleep(5000);
  }
  return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}
