#include "mem/sigbus_guard.h"

#include <signal.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <array>
#include <atomic>
#include <cerrno>
#include <mutex>
#include <utility>

namespace doorbell {

namespace internal {

// A slot is a sequence lock: odd while its owner writes. The handler skips a slot that changes under it, which
// cannot be the one that it looks for, because a range is not touched while it enters or leaves the registry.
struct GuardSlot {
  std::atomic<uint32_t> sequence{0};
  std::atomic<uintptr_t> begin{0};
  std::atomic<uintptr_t> end{0};
  std::atomic<size_t> page_size{0};
  std::atomic<bool> truncated{false};
};

namespace {

struct Chunk {
  std::array<GuardSlot, 256> slots;
  std::atomic<Chunk*> next{nullptr};
};

// Chunks are never freed and so may be walked from the signal handler at any time. All static state is
// constant-initialised: a fault before or after static construction meets valid (empty) tables.
constinit Chunk first_chunk;
constinit std::atomic<bool> any_truncated{false};
constinit std::mutex registry_mutex;
constinit bool handler_installed = false;
struct sigaction previous_action;

void WriteSlot(GuardSlot& slot, uintptr_t begin, uintptr_t end, size_t page_size) {
  // seq_cst throughout: registering is rare, and the handler's reads must not be reordered around the number.
  slot.sequence.fetch_add(1);
  slot.begin.store(begin);
  slot.end.store(end);
  slot.page_size.store(page_size);
  slot.truncated.store(false);
  slot.sequence.fetch_add(1);
}

// Puts a zero page over `address` if it lies in a registered range. Async-signal-safe.
bool CoverFault(uintptr_t address) {
  for (Chunk* chunk = &first_chunk; chunk != nullptr; chunk = chunk->next.load()) {
    for (GuardSlot& slot : chunk->slots) {
      const uint32_t before = slot.sequence.load();
      const uintptr_t begin = slot.begin.load();
      const uintptr_t end = slot.end.load();
      const size_t page_size = slot.page_size.load();
      if ((before & 1) != 0 || slot.sequence.load() != before) continue;
      if (address < begin || address >= end) continue;
      const uintptr_t page = address & ~(static_cast<uintptr_t>(page_size) - 1);
      // The system call itself: mmap(3) may be intercepted by code that is not async-signal-safe.
      const long mapped = syscall(SYS_mmap, page, page_size, PROT_READ | PROT_WRITE,
                                  MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1, 0L);
      if (mapped < 0) return false;
      slot.truncated.store(true);
      any_truncated.store(true);
      return true;
    }
  }
  return false;
}

void Chain(int signal_number, siginfo_t* info, void* context) {
  if ((previous_action.sa_flags & SA_SIGINFO) != 0 && previous_action.sa_sigaction != nullptr) {
    previous_action.sa_sigaction(signal_number, info, context);
    return;
  }
  const bool callable =
      previous_action.sa_handler != SIG_DFL && previous_action.sa_handler != SIG_IGN;
  if (callable) {
    previous_action.sa_handler(signal_number);
    return;
  }
  // A fault cannot be ignored: the access repeats on return and meets the default action.
  struct sigaction standard = {};
  standard.sa_handler = SIG_DFL;
  sigaction(signal_number, &standard, nullptr);
  // One that was sent, not caused, does not repeat by itself.
  if (info->si_code <= 0) raise(signal_number);
}

void OnSigbus(int signal_number, siginfo_t* info, void* context) {
  const int saved = errno;
  const bool covered =
      info->si_code == BUS_ADRERR && CoverFault(reinterpret_cast<uintptr_t>(info->si_addr));
  errno = saved;
  if (!covered) Chain(signal_number, info, context);
}

void InstallHandler() {
  if (handler_installed) return;
  handler_installed = true;
  struct sigaction action = {};
  action.sa_sigaction = OnSigbus;
  // On the alternate stack where a thread has one, as the handlers before us expect.
  action.sa_flags = SA_SIGINFO | SA_ONSTACK;
  sigemptyset(&action.sa_mask);
  sigaction(SIGBUS, &action, &previous_action);
}

GuardSlot* TakeSlot(uintptr_t begin, uintptr_t end, size_t page_size) {
  const std::lock_guard lock(registry_mutex);
  InstallHandler();
  for (Chunk* chunk = &first_chunk;; chunk = chunk->next.load()) {
    for (GuardSlot& slot : chunk->slots) {
      if (slot.end.load() != 0) continue;
      WriteSlot(slot, begin, end, page_size);
      return &slot;
    }
    if (chunk->next.load() == nullptr) chunk->next.store(new Chunk);
  }
}

void ReturnSlot(GuardSlot& slot) {
  const std::lock_guard lock(registry_mutex);
  WriteSlot(slot, 0, 0, 0);
}

}  // namespace
}  // namespace internal

SigbusGuard::SigbusGuard(const void* begin, size_t size, size_t page_size)
    : slot_(internal::TakeSlot(reinterpret_cast<uintptr_t>(begin),
                               reinterpret_cast<uintptr_t>(begin) + size, page_size)) {}

SigbusGuard::SigbusGuard(SigbusGuard&& other) noexcept : slot_(std::exchange(other.slot_, nullptr)) {}

SigbusGuard& SigbusGuard::operator=(SigbusGuard&& other) noexcept {
  if (this == &other) return *this;
  Reset();
  slot_ = std::exchange(other.slot_, nullptr);
  return *this;
}

bool SigbusGuard::truncated() const { return slot_ != nullptr && slot_->truncated.load(); }

void SigbusGuard::Reset() {
  if (slot_ != nullptr) internal::ReturnSlot(*std::exchange(slot_, nullptr));
}

bool SigbusGuard::AnyTruncated() { return internal::any_truncated.load(std::memory_order_relaxed); }

}  // namespace doorbell
