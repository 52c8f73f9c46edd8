// One virtio PCI function held through VFIO: container, group, device and what they say about it, and the state that
// its queues share: one guest's memory, one set of features. Released when the last holder lets go.
//
// Commands come from one thread. What may take long, Open(), Prepare() and ReleaseMemory(), may be called on any other:
// the caller sees to it that meanwhile no queue is started or stopped.
#pragma once

#include <atomic>
#include <cstdint>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "base/scoped_mmap.h"
#include "vfio/common_config.h"
#include "vfio/container.h"
#include "vfio/dma_map.h"
#include "vfio/group.h"
#include "vfio/notify_layout.h"
#include "vfio/pci_device.h"
#include "vfio/virtio_pci.h"
#include "virtq/ring_config.h"

namespace doorbell {

// CSUM, GUEST_CSUM, GUEST_TSO4 … HOST_UFO (virtio 1.2 §5.1.3).
inline constexpr uint64_t kNetOffloads = 0x7f83;

class VirtioFunction {
 public:
  // Receive and transmit of the first pair: more need the device's control queue.
  static constexpr uint16_t kQueues = 2;

  // Opens and resets the function; takes as long as its reset does. Codes of VfioContainer, VfioGroup, VfioPciDevice,
  // ParseVirtioPci and DoorbellOffset.
  static Result<std::shared_ptr<VirtioFunction>> Open(uint32_t group, const std::string& address);

  VirtioFunction(const VirtioFunction&) = delete;
  VirtioFunction& operator=(const VirtioFunction&) = delete;
  // Resets the device first, so that nothing is written any more when the memory is unmapped.
  ~VirtioFunction();

  // ── what it is ──
  // All that it offers, and what of that a ring handed to it may use.
  uint64_t features() const { return features_; }
  uint64_t ring_features() const { return features_ & kPassedOn; }
  uint16_t vectors() const { return layout_.msix.has_value() ? layout_.msix->vectors : uint16_t{0}; }
  uint16_t queues() const { return static_cast<uint16_t>(notify_offs_.size()); }
  bool stops_per_queue() const { return (features_ & kRingReset) != 0; }
  const VirtioPciLayout& layout() const { return layout_; }
  const VfioPciDevice& device() const { return device_; }
  // Borrowed.
  int group_fd() const { return group_.fd(); }
  // The part of the device's file that may be handed to somebody for this queue alone: see OwnNotifyPage.
  Result<NotifyPageRange> NotifyPage(uint16_t queue) const;
  // Signalled when the device failed; readable for a poll. Borrowed.
  int fault_signal() const { return fault_signal_.get(); }
  // Why it failed last; empty while it works.
  std::string fault() const;

  // ── its queues ──
  // The memory is mapped for DMA and of the session's features those of the rings are negotiated, which gigabytes and
  // a device's reset make slow; what is so already costs nothing. `accelerator-busy` where queues run with others,
  // `accelerator-lacks-feature`, codes of DmaMap and CommonConfig.
  Status Prepare(const std::shared_ptr<GuestMemory>& memory, uint64_t features);
  // Prepared: the device serves this ring from index 0 on.
  Status Start(uint16_t queue, const DeviceRing& ring);
  // The device serves the queue no more when it returns. Where it cannot stop one alone, it serves none of its queues;
  // where it should and does not, it is reset as well, which is a fault.
  void Stop(uint16_t queue);
  // Of a queue; nobody: ScopedFd::kInvalid.
  Status SetCall(uint16_t queue, int eventfd_or_none) const { return device_.SetVector(VectorOf(queue), eventfd_or_none); }
  // Nobody uses the memory any more and no queue runs: the device is reset and the memory unmapped.
  void ReleaseMemory();

  // ── any thread ──
  // One store to the queue's doorbell.
  void RingDoorbell(uint16_t queue) const;

 private:
  // What changes the rings or the frames in them; all else is between guest and front-end. Packed rings cannot be taken
  // back from a device that tells no position, and our own doorbell stores carry no NOTIFICATION_DATA.
  static constexpr uint64_t kRingFeatures = kNetOffloads | kMrgRxbuf | kIndirectDesc | kEventIdx | kVersion1 |
                                            kRingPacked | kRingInOrder | kNotificationData;
  static constexpr uint64_t kPassedOn = kRingFeatures & ~kRingPacked & ~kNotificationData;

  class Registers final : public CommonRegisters {
   public:
    Registers(const VfioPciDevice& device, const BarRange& range) : device_(device), range_(range) {}
    Result<uint32_t> Read(uint32_t offset, uint32_t width) const override {
      return device_.Read(range_.bar, range_.offset + offset, width);
    }
    Status Write(uint32_t offset, uint32_t width, uint32_t value) const override {
      return device_.Write(range_.bar, range_.offset + offset, width, value);
    }

   private:
    const VfioPciDevice& device_;
    const BarRange range_;
  };

  VirtioFunction(VfioContainer container, VfioGroup group, VfioPciDevice device, const VirtioPciLayout& layout);

  // 0 is for changes of the configuration.
  static uint32_t VectorOf(uint16_t queue) { return queue + 1u; }
  // Looks at the device once, after it was opened.
  Status Inspect();
  Status MapDoorbells();
  bool running() const { return running_ != 0; }
  // Its own word for it, or that it does not answer.
  bool Broken() const;
  // Under the lock, of a queue that runs.
  void StopRunning(uint16_t queue);
  Status ResetDevice();
  void Fail(std::string message);

  struct Doorbell {
    // In the BAR.
    uint64_t offset = 0;
    // Its page; not valid where it cannot be mapped, and then each store is a call of the kernel.
    ScopedMmap page;
  };

  // In the order in which they must be let go of, last first.
  VfioContainer container_;
  VfioGroup group_;
  VfioPciDevice device_;
  const VirtioPciLayout layout_;
  const Registers registers_;
  const CommonConfig common_;
  ScopedFd fault_signal_;
  uint64_t features_ = 0;
  std::vector<uint16_t> notify_offs_;
  std::vector<Doorbell> doorbells_;

  // Of what follows.
  mutable std::mutex mutex_;
  std::unique_ptr<DmaMap> memory_;
  // 0: it was reset since.
  uint64_t negotiated_ = 0;
  // One bit a queue.
  uint32_t running_ = 0;
  std::string fault_;
};

}  // namespace doorbell
