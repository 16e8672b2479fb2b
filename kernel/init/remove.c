#include "remove.h"

#include <dirent.h>
#include <fcntl.h>
#include <stdbool.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static bool among(const char *name, const char *const *names) {
  for (; names != NULL && *names != NULL; names++)
    if (strcmp(name, *names) == 0) return true;
  return false;
}

// Owns `folder`. Names are resolved below open folders only, so a link is deleted and never followed.
static int empty(int folder, dev_t device, const char *const *keep) {
  DIR *entries = fdopendir(folder);
  if (entries == NULL) {
    close(folder);
    return 1;
  }
  int left = 0;
  for (struct dirent *entry; (entry = readdir(entries)) != NULL;) {
    struct stat about;
    const char *name = entry->d_name;
    if (strcmp(name, ".") == 0 || strcmp(name, "..") == 0 || among(name, keep)) continue;
    if (fstatat(folder, name, &about, AT_SYMLINK_NOFOLLOW) != 0 || about.st_dev != device) continue;
    if (S_ISDIR(about.st_mode)) {
      int below = openat(folder, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
      left += below < 0 ? 1 : empty(below, device, NULL);
    }
    if (unlinkat(folder, name, S_ISDIR(about.st_mode) ? AT_REMOVEDIR : 0) != 0) left++;
  }
  closedir(entries);
  return left;
}

int remove_below(const char *path, const char *const *keep) {
  struct stat about;
  int folder = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (folder < 0) return 1;
  if (fstat(folder, &about) == 0) return empty(folder, about.st_dev, keep);
  close(folder);
  return 1;
}
