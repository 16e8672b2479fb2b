// How the last starts of each slot went, for a slot that was good once and no longer starts: its boot loader doesn't count any
// more. Kept in the sector in front of the first partition, where neither GPT nor a file system has anything:
//
//   0    "STEPBOOT"
//   8    slot a: u32 starts since it last lived for a while, u32 starts given up since it last ran well, 16 bytes of its root hash
//   32   slot b, likewise
//   508  u32 CRC-32 of all before it; what doesn't have it says nothing
//
// A new version in a slot has another root hash, and with that begins anew.
#pragma once
#include <stdbool.h>

// The slot to start: `named` by the boot loader, or the other one when that failed too often and the other did not. `root_hash`
// returns the root hash of a slot (64 characters at least, which stay) or NULL where it isn't whole; asked for the other only
// when it is needed. Notes that it is started.
char begin_start(const char *disk, char named, const char *(*root_hash)(char slot));

// In the second stage, which goes on with what the first one began.
void continue_start(const char *disk, char slot);

// It has lived for some seconds; it ran well for minutes, or ended as it should; it was given up.
void start_is_alive(void);
void start_went_well(void);
void start_failed(void);
