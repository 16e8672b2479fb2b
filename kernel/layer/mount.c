// A layer's file as a mounted file system: loop device, dm-verity, erofs. linux/loop.h.
#include <errno.h>
#include <fcntl.h>
#include <linux/loop.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <unistd.h>

#include "../init/text.h"
#include "../init/verity.h"
#include "layer.h"

#define BLOCK 4096
#define ATTEMPTS 16
#define EXIT_CORRUPT 3

// A loop device over part of `file`, read-only, which goes when nothing has it open any more. Its descriptor, or -1.
static int open_loop(int file, uint64_t offset, uint64_t size, char path[32]) {
  struct loop_config config = {
      .fd = (uint32_t)file,
      .block_size = BLOCK,
      .info = {.lo_offset = offset, .lo_sizelimit = size, .lo_flags = LO_FLAGS_READ_ONLY | LO_FLAGS_AUTOCLEAR | LO_FLAGS_DIRECT_IO},
  };
  char number[21];
  int control = open("/dev/loop-control", O_RDWR | O_CLOEXEC);
  if (control < 0) return -1;
  int loop = -1;
  for (int i = 0; i < ATTEMPTS && loop < 0; i++) {
    int free = ioctl(control, LOOP_CTL_GET_FREE);
    if (free < 0) break;
    join(path, 32, "/dev/loop", decimal((unsigned long long)free, number), NULL);
    loop = open(path, O_RDONLY | O_CLOEXEC);
    if (loop >= 0 && ioctl(loop, LOOP_CONFIGURE, &config) != 0) {
      int reason = errno;
      close(loop);
      loop = -1;
      errno = reason;
      if (errno != EBUSY) break; // somebody was quicker
    }
  }
  int reason = errno;
  close(control);
  errno = reason;
  return loop;
}

int open_layer(char *const *arguments) {
  const char *name = arguments[4];
  char loop_path[32], device[32], path[LAYER_PATH], verity[64];
  if (!is_layer_name(name)) return refuse(2, "this is no layer's name", false);
  uint64_t offset = strtoull(arguments[1], NULL, 10), size = strtoull(arguments[2], NULL, 10);
  if (offset % BLOCK != 0 || size == 0 || size % BLOCK != 0) return refuse(2, "OFFSET and SIZE are whole blocks", false);
  layer_path(name, path);
  int file = open(arguments[0], O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
  if (file < 0) return refuse(1, "its file", true);
  int loop = open_loop(file, offset, size, loop_path);
  if (loop < 0) return refuse(1, "no loop device", true);
  // By the loop device, so that the next version is set up while programs still run from this one.
  join(verity, sizeof verity, "layer-", name, "-", loop_path + strlen("/dev/loop"), NULL);
  const char *problem = open_verity(loop_path, arguments[3], verity, CORRUPTION_FAILS, device);
  if (problem != NULL) {
    close_verity_later(verity);
    return refuse(1, problem, true);
  }
  mkdir("/run/steppps", 0755);
  mkdir("/run/steppps/layers", 0755);
  mkdir(path, 0755);
  int mounted = mount(device, path, "erofs", MS_RDONLY | MS_NOSUID | MS_NODEV, NULL);
  int reason = errno;
  bool corrupt = mounted != 0 && verity_is_corrupt(verity);
  close_verity_later(verity); // the mount keeps it
  errno = reason;
  if (mounted != 0) {
    rmdir(path);
    errno = reason;
    return refuse(corrupt ? EXIT_CORRUPT : 1, "its file system", true);
  }
  join(verity + strlen(verity), 2, "\n", NULL);
  return write(STDOUT_FILENO, verity, strlen(verity)) < 0;
}

int close_layer(char *const *arguments) {
  char path[LAYER_PATH];
  if (!is_layer_name(arguments[0])) return refuse(2, "this is no layer's name", false);
  layer_path(arguments[0], path);
  if (umount2(path, MNT_DETACH) != 0 && errno != EINVAL && errno != ENOENT) return refuse(1, path, true);
  rmdir(path);
  return 0;
}

int check_layer(char *const *arguments) {
  return verity_is_corrupt(arguments[0]) ? EXIT_CORRUPT : 0;
}
