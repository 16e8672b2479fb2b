#include "supervise.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdbool.h>
#include <string.h>
#include <sys/signalfd.h>
#include <sys/wait.h>
#include <unistd.h>

#include "log.h"
#include "shutdown.h"
#include "starts.h"
#include "text.h"
#include "watchdog.h"

// The program and its arguments, one a line; the second, where there is one, once the first has ended without a heartbeat.
#define COMMAND "/usr/lib/steppps/command"
#define FALLBACK COMMAND ".fallback"
#define ARGUMENTS 16
#define FIRST_BEAT_MS 120000
#define BEAT_MS 30000
#define ALIVE_MS 20000 // by then it has read most of the root
#define PROVEN_MS 300000
#define MOST_FAILURES 6
#define LONGEST_PAUSE_MS 60000
#define TICK_MS 1000

enum exit_code { EXIT_RESTART = 64, EXIT_POWER_OFF = 65, EXIT_FACTORY_RESET = 66 };

struct supervisor {
  pid_t pid; // 0: not running, `start_at` says when it will
  int beat, output;
  bool killed, beaten, fall_back;
  unsigned failures;
  unsigned long long started, deadline, start_at;
};

static const int HANDLED[] = {SIGCHLD, SIGTERM, SIGINT, SIGUSR1, SIGUSR2};

static sigset_t handled_signals(void) {
  sigset_t set;
  sigemptyset(&set);
  for (size_t i = 0; i < sizeof HANDLED / sizeof *HANDLED; i++) sigaddset(&set, HANDLED[i]);
  return set;
}

static __attribute__((noreturn)) void become_supervisor(const char *command, int beat, int output) {
  static char text[1024];
  char *arguments[ARGUMENTS + 1], *rest = text;
  int count = 0;
  if (read_text(command, text, sizeof text) < 0) _exit(127);
  while (count < ARGUMENTS && (arguments[count] = next_line(&rest)) != NULL) count++;
  arguments[count] = NULL;
  sigset_t signals = handled_signals();
  sigprocmask(SIG_UNBLOCK, &signals, NULL);
  setsid();
  // both pipes have numbers above 3, for 0 to 2 are open and the first pipe's other end is one of them
  dup2(output, STDOUT_FILENO);
  dup2(output, STDERR_FILENO);
  dup2(beat, 3);
  if (count > 0) execv(arguments[0], arguments);
  _exit(127);
}

static void start(struct supervisor *supervisor) {
  int beat[2], output[2];
  if (pipe2(beat, O_CLOEXEC) != 0 || pipe2(output, O_CLOEXEC) != 0) give_up("supervisor", "no pipe");
  int high_beat = fcntl(beat[1], F_DUPFD_CLOEXEC, 10), high_output = fcntl(output[1], F_DUPFD_CLOEXEC, 10);
  pid_t pid = fork();
  if (pid == 0) become_supervisor(supervisor->fall_back ? FALLBACK : COMMAND, high_beat, high_output);
  close(beat[1]), close(output[1]), close(high_beat), close(high_output);
  fcntl(beat[0], F_SETFL, O_NONBLOCK), fcntl(output[0], F_SETFL, O_NONBLOCK);
  unsigned long long now = now_ms();
  *supervisor = (struct supervisor){.pid = pid,
                                    .beat = beat[0],
                                    .output = output[0],
                                    .fall_back = supervisor->fall_back,
                                    .failures = supervisor->failures,
                                    .started = now,
                                    .deadline = now + FIRST_BEAT_MS};
  phase("start", pid < 0 ? "fork failed" : NULL);
  if (pid < 0) give_up("supervisor", "fork failed");
}

// True once nothing is left to read.
static bool drain_output(const struct supervisor *supervisor) {
  char bytes[4096];
  ssize_t length;
  while ((length = read(supervisor->output, bytes, sizeof bytes)) > 0) pass_on(bytes, (size_t)length);
  return length == 0;
}

static void take_output(void *supervisor) { drain_output(supervisor); }

static void hear(struct supervisor *supervisor) {
  char beats[64];
  bool heard = false;
  while (read(supervisor->beat, beats, sizeof beats) > 0) heard = true;
  if (!heard) return;
  if (!supervisor->beaten) {
    phase("heartbeat", NULL);
    tell_phases();
  }
  supervisor->beaten = true;
  unsigned long long now = now_ms();
  supervisor->deadline = now + BEAT_MS;
  if (now - supervisor->started >= ALIVE_MS) start_is_alive();
  if (now - supervisor->started < PROVEN_MS) return;
  supervisor->failures = 0;
  start_went_well();
}

static void describe(int status, bool killed, char *out, size_t size) {
  char number[21];
  bool exited = WIFEXITED(status);
  decimal((unsigned)(exited ? WEXITSTATUS(status) : WTERMSIG(status)), number);
  join(out, size, killed ? "no heartbeat, " : "", exited ? "ended with " : "ended by signal ", number, NULL);
}

static void ended(struct supervisor *supervisor, int status) {
  char what[64];
  int code = WIFEXITED(status) ? WEXITSTATUS(status) : -1;
  kill(-1, SIGKILL); // what it started and left behind
  drain_output(supervisor);
  close(supervisor->beat), close(supervisor->output);
  supervisor->pid = 0;
  describe(status, supervisor->killed, what, sizeof what);
  phase("supervisor", what);
  if (code >= EXIT_RESTART && code <= EXIT_FACTORY_RESET) start_went_well();
  if (code == EXIT_RESTART) shut_down(SHUTDOWN_RESTART, NULL, NULL);
  if (code == EXIT_POWER_OFF) shut_down(SHUTDOWN_POWER_OFF, NULL, NULL);
  if (code == EXIT_FACTORY_RESET) shut_down(SHUTDOWN_FACTORY_RESET, NULL, NULL);
  supervisor->fall_back = supervisor->fall_back || (!supervisor->beaten && access(FALLBACK, F_OK) == 0);
  if (++supervisor->failures >= MOST_FAILURES) {
    phase("supervisor", "too many failures, the machine starts again");
    start_failed();
    shut_down(SHUTDOWN_RESTART, NULL, NULL);
  }
  unsigned long long pause = supervisor->failures == 1 ? 0 : 1000ull << (supervisor->failures - 2);
  supervisor->start_at = now_ms() + (pause < LONGEST_PAUSE_MS ? pause : LONGEST_PAUSE_MS);
}

static void reap(struct supervisor *supervisor) {
  int status;
  for (pid_t pid; (pid = waitpid(-1, &status, WNOHANG)) > 0;)
    if (pid == supervisor->pid) ended(supervisor, status);
}

// As busybox's poweroff, halt and reboot ask for it; SIGINT is Ctrl-Alt-Del.
static void obey(int signals, struct supervisor *supervisor) {
  struct signalfd_siginfo info;
  while (read(signals, &info, sizeof info) == sizeof info) {
    if (info.ssi_signo == SIGCHLD) continue;
    bool off = info.ssi_signo == SIGUSR1 || info.ssi_signo == SIGUSR2;
    start_went_well();
    shut_down(off ? SHUTDOWN_POWER_OFF : SHUTDOWN_RESTART, supervisor->pid > 0 ? take_output : NULL, supervisor);
  }
}

static void wait_for_something(int signals, const struct supervisor *supervisor) {
  struct pollfd polled[] = {{.fd = signals, .events = POLLIN},
                            {.fd = supervisor->pid ? supervisor->beat : -1, .events = POLLIN},
                            {.fd = supervisor->pid ? supervisor->output : -1, .events = POLLIN}};
  // its output may be closed before it has ended: then there is nothing to hurry for
  if (poll(polled, 3, TICK_MS) > 0 && !((polled[0].revents | polled[1].revents | polled[2].revents) & POLLIN)) usleep(100000);
}

void supervise(void) {
  sigset_t set = handled_signals();
  sigprocmask(SIG_BLOCK, &set, NULL);
  int signals = signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK);
  if (signals < 0) give_up("supervisor", "no signalfd");
  struct supervisor supervisor = {0};
  for (;;) {
    if (supervisor.pid == 0 && now_ms() >= supervisor.start_at) start(&supervisor);
    wait_for_something(signals, &supervisor);
    if (supervisor.pid > 0) {
      drain_output(&supervisor);
      hear(&supervisor);
    }
    if (supervisor.pid > 0 && !supervisor.killed && now_ms() >= supervisor.deadline) {
      supervisor.killed = true;
      kill(-supervisor.pid, SIGKILL);
    }
    obey(signals, &supervisor);
    reap(&supervisor);
    feed_watchdog();
  }
}
