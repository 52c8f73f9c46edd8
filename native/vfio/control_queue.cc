#include "vfio/control_queue.h"

#include <time.h>

#include <array>
#include <cstring>
#include <string>

#include "virtq/now.h"
#include "virtq/ring_words.h"

namespace doorbell {

namespace {

constexpr uint16_t kSize = 4;
// VIRTIO_MSI_NO_VECTOR (virtio 1.2 §4.1.4.3).
constexpr uint16_t kNoVector = 0xffff;

// Offsets in the memory.
constexpr size_t kDesc = 0;
constexpr size_t kDescriptorBytes = 16;
constexpr size_t kAvail = kDesc + kSize * kDescriptorBytes;
constexpr size_t kUsed = 128;
constexpr size_t kCommand = 192;
constexpr size_t kAnswer = 208;
constexpr size_t kData = 256;
static_assert(kData + ControlQueue::kMaxData <= ControlQueue::kMemoryBytes);

// Behind the flags, which stay 0 (§2.7.6, §2.7.8).
constexpr size_t kAvailIdx = kAvail + 2;
constexpr size_t kAvailEntries = kAvail + 4;
constexpr size_t kUsedIdx = kUsed + 2;
constexpr size_t kUsedEntries = kUsed + 4;
constexpr size_t kAvailEntryBytes = 2;
constexpr size_t kUsedEntryBytes = 8;

// §2.7.5.
constexpr uint16_t kNext = 1;
constexpr uint16_t kWrite = 2;

// Descriptors of a command. Each command's follow those of the one before, as IN_ORDER wants it (§2.7.9).
constexpr uint16_t kChain = 3;
constexpr uint16_t HeadOf(uint16_t command) { return static_cast<uint16_t>(command * kChain) % kSize; }
constexpr uint16_t After(uint16_t descriptor) { return (descriptor + 1) % kSize; }
static_assert(kSize >= kChain && 0x10000 % kSize == 0);

// What a device writes as its answer (§5.1.6.5), and what it finds there.
constexpr uint8_t kOk = 0;
constexpr uint8_t kUnanswered = 0xff;

// A device that needs longer is broken.
constexpr uint64_t kCommandPatienceNs = 200'000'000;

void WriteDescriptor(std::byte* at, uint64_t address, uint32_t length, uint16_t flags, uint16_t next) {
  std::memcpy(at, &address, sizeof address);
  std::memcpy(at + 8, &length, sizeof length);
  std::memcpy(at + 12, &flags, sizeof flags);
  std::memcpy(at + 14, &next, sizeof next);
}

}  // namespace

DeviceRing ControlQueue::Fresh() {
  std::memset(memory_, 0, kMemoryBytes);
  sent_ = 0;
  lost_ = {};
  return DeviceRing{kSize, iova_ + kDesc, iova_ + kAvail, iova_ + kUsed, kNoVector};
}

Status ControlQueue::Send(uint8_t command_class, uint8_t command, std::span<const std::byte> data,
                          const std::function<void()>& ring_doorbell) {
  if (!lost_.ok()) return lost_;
  if (data.empty() || data.size() > kMaxData) return Error{"EINVAL", "a command has 1 to 64 bytes"};
  const std::array<uint8_t, 2> head = {command_class, command};
  std::memcpy(memory_ + kCommand, head.data(), head.size());
  std::memcpy(memory_ + kData, data.data(), data.size());
  std::memcpy(memory_ + kAnswer, &kUnanswered, 1);
  const uint16_t first = HeadOf(sent_);
  const uint16_t second = After(first);
  const uint16_t third = After(second);
  const auto at = [this](uint16_t descriptor) { return memory_ + kDesc + descriptor * kDescriptorBytes; };
  WriteDescriptor(at(first), iova_ + kCommand, head.size(), kNext, second);
  WriteDescriptor(at(second), iova_ + kData, static_cast<uint32_t>(data.size()), kNext, third);
  WriteDescriptor(at(third), iova_ + kAnswer, 1, kWrite, 0);
  StoreRelaxed16(memory_ + kAvailEntries + sent_ % kSize * kAvailEntryBytes, first);
  ++sent_;
  // seq_cst: the chain is there for whoever sees the index, and the doorbell comes after it.
  StoreSeqCst16(memory_ + kAvailIdx, sent_);
  ring_doorbell();
  lost_ = Await();
  if (!lost_.ok()) return lost_;
  uint8_t answer = kUnanswered;
  std::memcpy(&answer, memory_ + kAnswer, 1);
  if (answer == kOk) return {};
  return Error{kCommandRefused, "the device refuses command " + std::to_string(command_class) + "." +
                                      std::to_string(command) + " (answer " + std::to_string(answer) + ")"};
}

Status ControlQueue::Await() const {
  const uint64_t begin = NowNs();
  // acquire: what the device wrote before is there.
  for (uint16_t used = 0; (used = LoadAcquire16(memory_ + kUsedIdx)) != sent_;) {
    if (used != static_cast<uint16_t>(sent_ - 1))
      return Error{"EPROTO", "the device completes commands that it was not given"};
    if (NowNs() - begin > kCommandPatienceNs) return Error{"ETIMEDOUT", "the device does not answer a command"};
    const timespec pause = {0, 20'000};
    nanosleep(&pause, nullptr);
  }
  const auto last = static_cast<uint16_t>(sent_ - 1);
  uint32_t id = 0;
  std::memcpy(&id, memory_ + kUsedEntries + last % kSize * kUsedEntryBytes, sizeof id);
  if (id != HeadOf(last)) return Error{"EPROTO", "the device completes a command that it was not given"};
  return {};
}

}  // namespace doorbell
