// The partition table of an image is as long as the image; the card is longer. UEFI specification 2.10, chapter 5.3:
//
//   0      protective MBR
//   1      header: where its entries are, their CRC, its own CRC
//   2..33  128 entries       34..65  a second place for them, used by turns
//   ...    partitions (first usable: 2048)
//   -33..-2  entries, again
//   -1       header, again
//
// A power cut between any two writes leaves a valid table: the new entries go where no valid header points, and the one
// sector that makes them count is written last. Linux falls back to the copy at the end only when told to (`gpt`).
#include "gpt.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/blkpg.h>
#include <linux/fs.h>
#include <stdint.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "crc32.h"
#include "text.h"

#define SECTOR 512
#define ENTRIES 128
#define ENTRIES_BYTES (ENTRIES * 128)
#define ENTRIES_SECTORS (ENTRIES_BYTES / SECTOR)
#define FIRST_USABLE 2048
#define ALIGNMENT 2048

struct header {
  char signature[8];
  uint32_t revision, size, crc, reserved;
  uint64_t at, other_at, first_usable, last_usable;
  uint8_t disk[16];
  uint64_t entries_at;
  uint32_t entry_count, entry_size, entries_crc;
} __attribute__((packed));

struct entry {
  uint8_t type[16], id[16];
  uint64_t first, last, attributes;
  uint16_t name[36];
} __attribute__((packed));

struct table {
  struct header header;
  struct entry entries[ENTRIES];
};

static uint32_t header_crc(struct header header) {
  header.crc = 0;
  return crc32(&header, sizeof header);
}

static const char *read_table(int disk, struct table *table) {
  struct header *header = &table->header;
  if (pread(disk, header, sizeof *header, SECTOR) != sizeof *header) return "the table can't be read";
  if (memcmp(header->signature, "EFI PART", 8) != 0 || header->size != sizeof *header || header->crc != header_crc(*header))
    return "no GPT in sectors of 512 bytes";
  if (header->entry_count != ENTRIES || header->entry_size != sizeof(struct entry) || header->entries_at > FIRST_USABLE)
    return "a GPT of another form";
  if (pread(disk, table->entries, ENTRIES_BYTES, (off_t)header->entries_at * SECTOR) != ENTRIES_BYTES)
    return "the table can't be read";
  return header->entries_crc == crc32(table->entries, ENTRIES_BYTES) ? NULL : "the entries' checksum is wrong";
}

static bool put(int disk, const void *bytes, size_t length, uint64_t sector) {
  return pwrite(disk, bytes, length, (off_t)sector * SECTOR) == (ssize_t)length;
}

// A header fills its sector with zeroes.
static bool put_header(int disk, struct header header, uint64_t at, uint64_t other_at, uint64_t entries_at) {
  uint8_t sector[SECTOR] = {0};
  header.at = at;
  header.other_at = other_at;
  header.entries_at = entries_at;
  header.crc = header_crc(header);
  memcpy(sector, &header, sizeof header);
  return put(disk, sector, SECTOR, at) && fsync(disk) == 0;
}

static const char *write_table(int disk, struct table *table, uint64_t sectors) {
  uint64_t end = sectors - 1, copy = end - ENTRIES_SECTORS;
  uint64_t place = table->header.entries_at == 2 ? 2 + ENTRIES_SECTORS : 2;
  uint32_t covered = sectors - 1 > UINT32_MAX ? UINT32_MAX : (uint32_t)(sectors - 1);
  table->header.first_usable = FIRST_USABLE;
  table->header.last_usable = copy - 1;
  table->header.entries_crc = crc32(table->entries, ENTRIES_BYTES);
  bool done = put(disk, table->entries, ENTRIES_BYTES, copy) && put_header(disk, table->header, end, 1, copy) &&
              put(disk, table->entries, ENTRIES_BYTES, place) && fsync(disk) == 0 &&
              put_header(disk, table->header, 1, end, place) &&
              pwrite(disk, &covered, sizeof covered, 446 + 12) == sizeof covered && fsync(disk) == 0;
  return done ? NULL : "the table could not be written";
}

static const char *tell_kernel(int disk, int number, const struct entry *entry) {
  struct blkpg_partition change = {
    .pno = number, .start = (long long)entry->first * SECTOR, .length = (long long)(entry->last + 1 - entry->first) * SECTOR};
  struct blkpg_ioctl_arg request = {.op = BLKPG_RESIZE_PARTITION, .datalen = sizeof change, .data = &change};
  return ioctl(disk, BLKPG, &request) == 0 ? NULL : "the kernel refused the new size";
}

static const char *grow(int disk, int number) {
  static struct table table;
  uint64_t bytes;
  if (ioctl(disk, BLKGETSIZE64, &bytes) != 0) return "the disk's size is unknown";
  uint64_t sectors = bytes / SECTOR;
  const char *problem = read_table(disk, &table);
  if (problem != NULL) return problem;
  if (number < 1 || number > ENTRIES || sectors < FIRST_USABLE + 4 * ALIGNMENT) return "no such partition";
  struct entry *entry = &table.entries[number - 1];
  for (int i = 0; i < ENTRIES; i++)
    if (table.entries[i].first > entry->first) return "it is not the last partition";
  uint64_t last = (sectors - 1 - ENTRIES_SECTORS) / ALIGNMENT * ALIGNMENT - 1;
  if (last <= entry->last) return NULL;
  entry->last = last;
  problem = write_table(disk, &table, sectors);
  return problem != NULL ? problem : tell_kernel(disk, number, entry);
}

const char *grow_partition(const struct partition *partition) {
  char path[48];
  join(path, sizeof path, "/dev/", partition->disk, NULL);
  int disk = open(path, O_RDWR | O_CLOEXEC);
  if (disk < 0) return "the disk can't be opened";
  const char *problem = grow(disk, partition->number);
  close(disk);
  return problem;
}

// A GUID's text: its first three numbers are little endian.
static void guid_text(const uint8_t id[16], char out[PARTITION_ID]) {
  static const uint8_t order[16] = {3, 2, 1, 0, 5, 4, 7, 6, 8, 9, 10, 11, 12, 13, 14, 15};
  for (int i = 0; i < 16; i++) {
    if (i == 4 || i == 6 || i == 8 || i == 10) *out++ = '-';
    *out++ = "0123456789abcdef"[id[order[i]] >> 4];
    *out++ = "0123456789abcdef"[id[order[i]] & 15];
  }
  *out = '\0';
}

bool partition_id(const struct partition *partition, char out[PARTITION_ID]) {
  static struct table table;
  char path[48];
  join(path, sizeof path, "/dev/", partition->disk, NULL);
  int disk = open(path, O_RDONLY | O_CLOEXEC);
  if (disk < 0) return false;
  bool read = read_table(disk, &table) == NULL && partition->number >= 1 && partition->number <= ENTRIES;
  close(disk);
  if (read) guid_text(table.entries[partition->number - 1].id, out);
  return read;
}
