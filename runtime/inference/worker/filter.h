// The system calls that computing takes, as a seccomp filter.
#pragma once

namespace steppps {

// False with errno where the kernel refuses; EINVAL when it has no seccomp. Threads that are started later are under it too.
bool install_filter();

}  // namespace steppps
