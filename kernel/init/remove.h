#pragma once

// Deletes everything below the folder `path` that lies on the same file system, but for the entries of it that `keep` names
// (NULL at its end); `keep` may be NULL. Returns how many entries could not be deleted.
int remove_below(const char *path, const char *const *keep);
