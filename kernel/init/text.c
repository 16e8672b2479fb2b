#include "text.h"

#include <fcntl.h>
#include <stdarg.h>
#include <string.h>
#include <unistd.h>

bool join(char *out, size_t size, ...) {
  va_list parts;
  va_start(parts, size);
  size_t used = 0;
  bool fits = true;
  for (const char *part; fits && (part = va_arg(parts, const char *)) != NULL;) {
    size_t length = strlen(part);
    fits = length < size - used;
    if (!fits) length = size - used - 1;
    memcpy(out + used, part, length);
    used += length;
  }
  out[used] = '\0';
  va_end(parts);
  return fits;
}

const char *decimal(unsigned long long number, char out[21]) {
  char digits[20];
  size_t count = 0;
  do digits[count++] = (char)('0' + number % 10);
  while ((number /= 10) > 0);
  for (size_t i = 0; i < count; i++) out[i] = digits[count - 1 - i];
  out[count] = '\0';
  return out;
}

long read_text(const char *path, char *out, size_t size) {
  int file = open(path, O_RDONLY | O_CLOEXEC);
  if (file < 0) return -1;
  size_t used = 0;
  ssize_t got = 0;
  while (used < size - 1 && (got = read(file, out + used, size - 1 - used)) > 0) used += (size_t)got;
  close(file);
  if (got < 0) return -1;
  out[used] = '\0';
  return (long)used;
}

char *next_line(char **rest) {
  char *line = *rest;
  if (*line == '\0') return NULL;
  char *end = strchr(line, '\n');
  *rest = end ? end + 1 : line + strlen(line);
  if (end) *end = '\0';
  return line;
}

char *value_of(char *line, const char *key) {
  size_t length = strlen(key);
  return strncmp(line, key, length) == 0 ? line + length : NULL;
}
