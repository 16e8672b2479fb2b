#include "log.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/reboot.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "text.h"

#define LOG_BYTES (64 * 1024)
#define RUN_FILE "/run/steppps/boot"

static struct {
  int console;
  int file;
  size_t written;
} log_to = {.console = -1, .file = -1};

unsigned long long now_ms(void) {
  struct timespec now;
  clock_gettime(CLOCK_MONOTONIC, &now);
  return (unsigned long long)now.tv_sec * 1000 + (unsigned long long)now.tv_nsec / 1000000;
}

// A console that takes nothing (a serial line held by flow control) must not hold PID 1, and with it the watchdog.
static void to_console(const char *bytes, size_t length) {
  if (log_to.console < 0) log_to.console = open("/dev/console", O_WRONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
  if (log_to.console >= 0) (void)!write(log_to.console, bytes, length);
}

static void to_file(const char *bytes, size_t length) {
  if (log_to.file < 0) return;
  if (length > LOG_BYTES - log_to.written) length = LOG_BYTES - log_to.written;
  if (write(log_to.file, bytes, length) > 0) log_to.written += length;
}

static void to_run(const char *line) {
  mkdir("/run/steppps", 0755);
  int file = open(RUN_FILE, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0644);
  if (file < 0) return;
  (void)!write(file, line, strlen(line));
  close(file);
}

void phase(const char *name, const char *problem) {
  char shown[265] = "steppps: ", *line = shown + 9, at[21];
  size_t size = sizeof shown - 9;
  if (!join(line, size, name, " ", decimal(now_ms(), at), " ", problem ? problem : "ok", "\n", NULL)) line[size - 2] = '\n';
  to_run(line);
  to_file(line, strlen(line));
  // In one piece: the kernel's own lines come in between otherwise
  if (problem) to_console(shown, strlen(shown));
}

void phase_failed(const char *name, const char *what) {
  char text[160];
  join(text, sizeof text, what, ": ", strerror(errno), NULL);
  phase(name, text);
}

void tell_phases(void) {
  char past[4096], line[1024] = "steppps phases", *rest = past;
  if (read_text(RUN_FILE, past, sizeof past) < 0) return;
  for (char *name; (name = next_line(&rest)) != NULL;) {
    char *state, longer[sizeof line];
    name = strtok_r(name, " ", &state);
    char *at = strtok_r(NULL, " ", &state);
    if (at == NULL || !join(longer, sizeof longer - 1, line, " ", name, "=", at, NULL)) break;
    strcpy(line, longer);
  }
  strcat(line, "\n");
  to_console(line, strlen(line));
}

void keep_log(const char *path) {
  char past[8192];
  long length = read_text(RUN_FILE, past, sizeof past);
  log_to.file = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
  log_to.written = 0;
  if (length > 0) to_file(past, (size_t)length);
}

void end_log(void) {
  if (log_to.file < 0) return;
  fsync(log_to.file);
  close(log_to.file);
  log_to.file = -1;
}

void pass_on(const char *bytes, size_t length) {
  to_console(bytes, length);
  to_file(bytes, length);
}

void give_up(const char *name, const char *what) {
  phase(name, what);
  sync();
  sleep(3);
  reboot(RB_AUTOBOOT);
  _exit(1);
}
