// Words of a ring that both sides touch, as atomics: every access of guest memory in virtq that could meet the
// driver's goes through these or through the descriptor copies.
//
// SAFETY for all: `at` lies in an area that an Attach() checked, at the word's natural alignment.
#pragma once

#include <cstddef>
#include <cstdint>

namespace doorbell {

inline uint16_t LoadRelaxed16(const std::byte* at) {
  return __atomic_load_n(reinterpret_cast<const uint16_t*>(at), __ATOMIC_RELAXED);
}
inline uint16_t LoadAcquire16(const std::byte* at) {
  return __atomic_load_n(reinterpret_cast<const uint16_t*>(at), __ATOMIC_ACQUIRE);
}
inline uint16_t LoadSeqCst16(const std::byte* at) {
  return __atomic_load_n(reinterpret_cast<const uint16_t*>(at), __ATOMIC_SEQ_CST);
}
inline uint32_t LoadSeqCst32(const std::byte* at) {
  return __atomic_load_n(reinterpret_cast<const uint32_t*>(at), __ATOMIC_SEQ_CST);
}
inline void StoreRelaxed16(std::byte* at, uint16_t value) {
  __atomic_store_n(reinterpret_cast<uint16_t*>(at), value, __ATOMIC_RELAXED);
}
inline void StoreSeqCst16(std::byte* at, uint16_t value) {
  __atomic_store_n(reinterpret_cast<uint16_t*>(at), value, __ATOMIC_SEQ_CST);
}
inline void StoreRelaxed32(std::byte* at, uint32_t value) {
  __atomic_store_n(reinterpret_cast<uint32_t*>(at), value, __ATOMIC_RELAXED);
}
inline void StoreSeqCst32(std::byte* at, uint32_t value) {
  __atomic_store_n(reinterpret_cast<uint32_t*>(at), value, __ATOMIC_SEQ_CST);
}

inline bool IsAligned(const std::byte* at, uintptr_t alignment) {
  return (reinterpret_cast<uintptr_t>(at) & (alignment - 1)) == 0;
}

}  // namespace doorbell
