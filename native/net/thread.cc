#include "net/thread.h"

#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <time.h>

#include <utility>

namespace doorbell {

Thread::Thread(const std::string& name, std::function<void()> body) {
  // A thread inherits its mask. What the CPU raises stays open: blocked, it would end the process.
  sigset_t blocked;
  sigset_t before;
  sigfillset(&blocked);
  for (const int fault : {SIGBUS, SIGSEGV, SIGILL, SIGFPE, SIGTRAP}) sigdelset(&blocked, fault);
  pthread_sigmask(SIG_SETMASK, &blocked, &before);
  thread_ = std::thread(std::move(body));
  pthread_sigmask(SIG_SETMASK, &before, nullptr);
  pthread_setname_np(thread_.native_handle(), name.c_str());
}

Status Thread::BindTo(uint32_t cpu) {
  cpu_set_t set;
  CPU_ZERO(&set);
  if (cpu < CPU_SETSIZE) CPU_SET(cpu, &set);
  const int error = pthread_setaffinity_np(thread_.native_handle(), sizeof set, &set);
  if (error != 0) return ErrnoError(error, "bind a thread to CPU " + std::to_string(cpu));
  return {};
}

uint64_t Thread::CpuNs() {
  if (!thread_.joinable()) return 0;
  clockid_t clock = 0;
  timespec used = {};
  if (pthread_getcpuclockid(thread_.native_handle(), &clock) != 0) return 0;
  if (clock_gettime(clock, &used) != 0) return 0;
  return static_cast<uint64_t>(used.tv_sec) * 1'000'000'000 + static_cast<uint64_t>(used.tv_nsec);
}

}  // namespace doorbell
