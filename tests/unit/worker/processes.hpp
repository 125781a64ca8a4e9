// What the tests see of processes and descriptors, by /proc.
#pragma once

#include <sys/types.h>

#include <functional>
#include <vector>

namespace decorum::test {

[[nodiscard]] std::vector<pid_t> child_processes_of(pid_t parent);  // zombies too
[[nodiscard]] bool exists(pid_t process);                           // and is no zombie
[[nodiscard]] std::size_t open_descriptors(pid_t process);

// False where it has not come true within ten seconds.
[[nodiscard]] bool becomes_true(const std::function<bool()>& condition);

}  // namespace decorum::test
