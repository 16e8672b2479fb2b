#pragma once

// Loads the kernel modules whose paths `list` names, one a line, in its order; those in front of a line "--" must load,
// those behind it belong to hardware that need not be there.
void load_modules(const char *list);
