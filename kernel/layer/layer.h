// What the verbs of this program agree on. A layer is one file on the data partition, with an erofs and its hash tree in it; it is
// mounted at /run/steppps/layers/NAME.
#pragma once
#include <stdbool.h>

#define LAYER_PATH 80

// Letters, digits and '-', at most 31: the name is part of paths.
bool is_layer_name(const char *name);

// "/run/steppps/layers/NAME" in `out`.
void layer_path(const char *name, char out[LAYER_PATH]);

// open FILE OFFSET SIZE NUMBERS NAME: mounts what FILE has from OFFSET on, under dm-verity (verity.h), and prints the name of its
// verity device. 0; 1 with its reason on stderr; 3 when a block is not what it was.
int open_layer(char *const *arguments);

// close NAME: takes it off. Programs that run from it keep what they have open.
int close_layer(char *const *arguments);

// check DEVICE: 3 when a block of it was found to be another.
int check_layer(char *const *arguments);

// run NAME PROGRAM ARGUMENTS...: the program in a root of its own; does not return but with 126, or 127 where there is no such program.
int run_program(char *const *arguments);

// Says it on stderr, with what errno says; returns `code`.
int refuse(int code, const char *what, bool with_errno);
