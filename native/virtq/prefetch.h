#pragma once

namespace doorbell {

// Asks for the cache line of `at` as one that this CPU will write: where another CPU has written it last, it comes
// once, not a second time when the store meets a shared copy. Never faults.
inline void PrefetchForWrite(const void* at) {
#if defined(__x86_64__)
  // __builtin_prefetch(at, 1) becomes a prefetch for reading unless the whole program is built for CPUs that have this
  // one; those that do not take it for a no-op.
  asm volatile("prefetchw %0" : : "m"(*static_cast<const char*>(at)));
#else
  __builtin_prefetch(at, 1);
#endif
}

}  // namespace doorbell
