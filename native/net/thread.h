#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <thread>

#include "base/result.h"

namespace doorbell {

// A thread with a name and without a share in the process's signals: those stay with the threads that expect
// them. Joined by its owner, who makes `body` return first.
class Thread {
 public:
  Thread() = default;
  // `name`: at most 15 characters.
  Thread(const std::string& name, std::function<void()> body);

  bool joinable() const { return thread_.joinable(); }
  void Join() { thread_.join(); }
  // Runs on `cpu` alone from now on. EINVAL where this process may not use that CPU.
  Status BindTo(uint32_t cpu);
  // CPU time that the thread has used, in nanoseconds; 0 where it does not run.
  uint64_t CpuNs();

 private:
  std::thread thread_;
};

}  // namespace doorbell
