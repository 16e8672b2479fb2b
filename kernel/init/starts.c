#include "starts.h"

#include <fcntl.h>
#include <stdint.h>
#include <string.h>
#include <unistd.h>

#include "crc32.h"
#include "log.h"
#include "text.h"

#define SECTOR 512
#define AT (2047 * SECTOR)
#define HASH 16
// Starts that did not live for some seconds: the plug is rarely pulled that often so soon.
#define MOST_SILENT 5
// Starts that were given up. A plug that is pulled is none: a device that is switched off by its power every few minutes goes on.
#define MOST_GIVEN_UP 2

struct slot_starts {
  uint32_t silent, given_up;
  char root[HASH];
};

struct record {
  char mark[8];
  struct slot_starts slots[2];
  uint8_t rest[SECTOR - 8 - 2 * sizeof(struct slot_starts) - 4];
  uint32_t crc;
} __attribute__((packed));

_Static_assert(sizeof(struct record) == SECTOR && __builtin_offsetof(struct record, slots[1]) == 32, "as in starts.h");

static struct {
  char path[48];
  char slot;
  struct record record;
} start;

static struct slot_starts *of(char slot) { return &start.record.slots[slot == 'b']; }

static uint32_t crc_of(const struct record *record) { return crc32(record, SECTOR - sizeof record->crc); }

static void read_record(const char *disk) {
  struct record *record = &start.record;
  join(start.path, sizeof start.path, "/dev/", disk, NULL);
  int file = open(start.path, O_RDONLY | O_CLOEXEC);
  bool read = file >= 0 && pread(file, record, SECTOR, AT) == SECTOR && memcmp(record->mark, "STEPBOOT", 8) == 0 &&
              record->crc == crc_of(record);
  if (file >= 0) close(file);
  if (!read) memset(record, 0, sizeof *record);
}

// On a medium that can't be written nothing is counted.
static void write_record(void) {
  memcpy(start.record.mark, "STEPBOOT", 8);
  start.record.crc = crc_of(&start.record);
  int file = open(start.path, O_WRONLY | O_SYNC | O_CLOEXEC);
  if (file < 0) return;
  if (pwrite(file, &start.record, SECTOR, AT) != SECTOR) phase_failed("starts", "they could not be counted");
  close(file);
}

// Counts of another version are forgotten.
static void know(char slot, const char *hash) {
  if (memcmp(of(slot)->root, hash, HASH) == 0) return;
  *of(slot) = (struct slot_starts){0};
  memcpy(of(slot)->root, hash, HASH);
}

static bool is_bad(char slot) { return of(slot)->silent >= MOST_SILENT || of(slot)->given_up >= MOST_GIVEN_UP; }

static void forget(char slot) { of(slot)->silent = of(slot)->given_up = 0; }

char begin_start(const char *disk, char named, const char *(*root_hash)(char slot)) {
  char other = named == 'a' ? 'b' : 'a';
  const char *hash = root_hash(named);
  read_record(disk);
  if (hash != NULL) know(named, hash);
  start.slot = named;
  if (is_bad(named)) {
    const char *other_hash = root_hash(other);
    if (other_hash != NULL) know(other, other_hash);
    if (other_hash != NULL && !is_bad(other)) start.slot = other;
    else forget(named), forget(other);
  }
  of(start.slot)->silent++;
  write_record();
  return start.slot;
}

void continue_start(const char *disk, char slot) {
  read_record(disk);
  start.slot = slot;
}

void start_is_alive(void) {
  if (start.slot == 0 || of(start.slot)->silent == 0) return;
  of(start.slot)->silent = 0;
  write_record();
}

void start_went_well(void) {
  if (start.slot == 0 || (of(start.slot)->silent == 0 && of(start.slot)->given_up == 0)) return;
  forget(start.slot);
  write_record();
}

void start_failed(void) {
  if (start.slot == 0) return;
  of(start.slot)->given_up++;
  write_record();
}
