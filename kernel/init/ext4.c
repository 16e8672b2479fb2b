#include "ext4.h"

#include <fcntl.h>
#include <linux/fs.h>
#include <stdint.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "log.h"

#define EXT4_IOC_RESIZE_FS _IOW('f', 16, uint64_t)
#define VALID 0x1
#define ERRORS 0x2
#define NEEDS_RECOVERY 0x4
#define BIT64 0x80
#define SPARE_BLOCKS 32768 // one group: less is not worth a resize

struct super {
  uint32_t inodes, blocks_low;
  uint8_t a[16];
  uint32_t block_size_log;
  uint8_t b[28];
  uint16_t magic, state;
  uint8_t c[36];
  uint32_t incompatible;
  uint8_t d[236];
  uint32_t blocks_high;
} __attribute__((packed));

_Static_assert(__builtin_offsetof(struct super, magic) == 0x38 && __builtin_offsetof(struct super, incompatible) == 0x60 &&
                 __builtin_offsetof(struct super, blocks_high) == 0x150,
               "as in ext4.h");

static bool read_super(int file, struct super *super) {
  return pread(file, super, sizeof *super, 1024) == sizeof *super && super->magic == 0xEF53 && super->block_size_log <= 6;
}

bool ext4_is_clean(const char *device) {
  struct super super;
  int file = open(device, O_RDONLY | O_CLOEXEC);
  if (file < 0) return false;
  bool there = read_super(file, &super);
  close(file);
  return there && (super.state & (VALID | ERRORS)) == VALID && !(super.incompatible & NEEDS_RECOVERY);
}

// The blocks it could have, or 0 when it is large enough or not to be read.
static uint64_t blocks_wanted(const char *device) {
  struct super super;
  uint64_t bytes, blocks = 0;
  int file = open(device, O_RDONLY | O_CLOEXEC);
  if (file < 0) return 0;
  if (read_super(file, &super) && ioctl(file, BLKGETSIZE64, &bytes) == 0) {
    uint64_t now = super.blocks_low | (super.incompatible & BIT64 ? (uint64_t)super.blocks_high << 32 : 0);
    blocks = bytes >> (10 + super.block_size_log);
    if (blocks < now + SPARE_BLOCKS) blocks = 0;
  }
  close(file);
  return blocks;
}

void ext4_grow_later(const char *device, const char *path) {
  uint64_t blocks = blocks_wanted(device);
  if (blocks == 0 || fork() != 0) return;
  int folder = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (folder < 0 || ioctl(folder, EXT4_IOC_RESIZE_FS, &blocks) != 0) phase_failed("grow", "the file system");
  else phase("grow", NULL);
  _exit(0);
}
