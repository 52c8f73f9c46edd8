// One virtio PCI function held through VFIO: container, group, device and what they say about it, and the state that
// its queues share: one guest's memory, one set of features. Released when the last holder lets go.
//
// A queue serves a guest's ring, or, where the guest's session is linked to the device, the engine's own one for as long
// as the guest's is in software: so the guest is on the network behind the device either way. Both mean the same, as a
// device has one set of features: those of the guest's rings.
//
// Commands come from one thread. What may take long, Open(), Prepare(), SetReceives(), Connect(), Disconnect() and
// ReleaseMemory(), may be called on any other: the caller sees to it that no two of them are called at once. Queues may
// be started and stopped meanwhile, those that a Prepare() is for excepted.
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
#include "vfio/control_queue.h"
#include "vfio/device_link.h"
#include "vfio/dma_map.h"
#include "vfio/group.h"
#include "vfio/net_config.h"
#include "vfio/notify_layout.h"
#include "vfio/own_memory.h"
#include "vfio/pci_device.h"
#include "vfio/receive_filter.h"
#include "vfio/virtio_pci.h"
#include "virtq/ring_config.h"

namespace doorbell {

// CSUM, GUEST_CSUM, GUEST_TSO4 … HOST_UFO (virtio 1.2 §5.1.3).
inline constexpr uint64_t kNetOffloads = 0x7f83;

class VirtioFunction {
 public:
  // Receive and transmit of the first pair.
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
  // Its own address, after a reset; empty where it tells none.
  std::optional<MacNumber> mac() const { return mac_; }
  // What it takes of its network now. Nothing while it has no driver, or does not say.
  struct Reception {
    std::optional<Receives> kind;
    // Of kAddress.
    std::optional<MacNumber> mac;
    // Why it could not be told what was wanted; empty where it was.
    std::string problem;
  };
  Reception reception() const;
  // As it says now; empty where it does not tell, or has no driver yet.
  std::optional<bool> LinkUp() const;
  // Signalled when its configuration changed, the link for one; readable for a poll. Borrowed.
  int config_signal() const { return config_signal_.get(); }
  // The configuration changed: a device that asks for a reset by that has failed.
  void CheckHealth();
  // Signalled when the device failed; readable for a poll. Borrowed.
  int fault_signal() const { return fault_signal_.get(); }
  // Why it failed last; empty while it works.
  std::string fault() const;

  // ── its queues ──
  // The memory is mapped for DMA and of the session's features those of the rings are negotiated, which gigabytes and
  // a device's reset make slow; what is so already costs nothing. `accelerator-busy` where queues run with others,
  // `accelerator-lacks-feature`, codes of DmaMap and CommonConfig.
  Status Prepare(const std::shared_ptr<GuestMemory>& memory, uint64_t features);
  // Frames for this address are wanted, or where that is not known all frames: the device is told so now, where it has
  // a control queue and was not told before, and after each reset. Queues that run are not waited for.
  void SetReceives(std::optional<MacNumber> mac);
  // Prepared: the device serves this ring, a guest's, from index 0 on, and signals `call`, an eventfd or
  // ScopedFd::kInvalid. On failure it does not, and the queue is what it was.
  Status Start(uint16_t queue, const DeviceRing& ring, int call);
  // The device serves the guest's ring no more when it returns. Where it cannot stop one alone, it serves none of its
  // queues; where it should and does not, it is reset as well, which is a fault.
  void Stop(uint16_t queue);
  // Of a queue that serves a guest's ring; nobody: ScopedFd::kInvalid.
  Status SetCall(uint16_t queue, int eventfd_or_none) const { return device_.SetVector(VectorOf(queue), eventfd_or_none); }
  // Nobody uses the memory any more and no guest's ring is served: the memory is unmapped, after a reset of the device
  // where that serves nothing else.
  void ReleaseMemory();

  // From now on the queues that serve no guest's ring serve those of `link`, whose guest negotiated `features`. A link
  // before it is left. `ring-reset-missing` where the device cannot stop one queue alone, `accelerator-busy` where rings
  // of other features are served, `accelerator-lacks-feature`, codes of OwnMemory and CommonConfig.
  Status Connect(std::shared_ptr<DeviceLink> link, uint64_t features);
  // The link's rings end. Idempotent, for a link that is not the present one as well.
  void Disconnect(const std::shared_ptr<DeviceLink>& link);

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

  struct Doorbell {
    // In the BAR.
    uint64_t offset = 0;
    // Its page; not valid where it cannot be mapped, and then each store is a call of the kernel.
    ScopedMmap page;
  };

  VirtioFunction(VfioContainer container, VfioGroup group, VfioPciDevice device, const VirtioPciLayout& layout);

  static constexpr uint16_t kConfigVector = 0;
  static uint32_t VectorOf(uint16_t queue) { return queue + 1u; }
  // Looks at the device once, after it was opened.
  Status Inspect();
  Status MapDoorbells();
  // Of a queue with this queue_notify_off.
  Result<Doorbell> DoorbellAt(uint16_t notify_off) const;
  // Without one, or without memory for it, the device is as its reset leaves it.
  Status MakeControl();
  uint64_t control_features() const {
    return control_.has_value() ? features_ & (kNetCtrlVq | kNetCtrlRx | kNetCtrlMacAddr) : 0;
  }
  bool running() const { return running_ != 0; }
  static uint32_t BitOf(uint16_t queue) { return 1u << queue; }
  // Its own word for it, or that it does not answer.
  bool Broken() const;
  // All that follow under the lock.
  // Bits that the device is given for a guest's; an error where it lacks some.
  Result<uint64_t> Wanted(uint64_t features) const;
  // It works and has these features, with a reset where it does not; only while nothing is served if so.
  Status Bring(uint64_t wanted);
  // Negotiated.
  void StartControl();
  Status TryStartControl();
  // Of the control queue, which only those use that may take long: none of the lock is needed for it.
  Reception TellReceives(std::optional<MacNumber> mac, bool controls);
  // Of a queue that runs.
  void StopRunning(uint16_t queue);
  // Of the link, where there is one that fits the features and the queue serves no ring.
  Status StartOwn(uint16_t queue);
  Status StartAllOwn();
  // → how it could not be stopped.
  Status StopOwn(uint16_t queue);
  void StopAllOwn();
  Status ResetDevice();
  void Fail(std::string message);

  // In the order in which they must be let go of, last first.
  VfioContainer container_;
  VfioGroup group_;
  VfioPciDevice device_;
  const VirtioPciLayout layout_;
  const Registers registers_;
  const CommonConfig common_;
  ScopedFd config_signal_;
  ScopedFd fault_signal_;
  uint64_t features_ = 0;
  // Where it has a device configuration.
  std::optional<Registers> net_registers_;
  std::optional<MacNumber> mac_;
  std::vector<uint16_t> notify_offs_;
  // Of its pair and, where it has one, of its control queue.
  std::vector<Doorbell> doorbells_;
  std::unique_ptr<OwnMemory> control_memory_;
  // Of those that may take long.
  std::optional<ControlQueue> control_;

  // Of what follows.
  mutable std::mutex mutex_;
  std::unique_ptr<DmaMap> memory_;
  std::unique_ptr<OwnMemory> own_memory_;
  // The device serves the control queue; else why not, where it should.
  bool controls_ = false;
  std::string control_problem_;
  std::optional<MacNumber> wanted_mac_;
  Reception reception_;
  // Null: guests' rings only.
  std::shared_ptr<DeviceLink> link_;
  // That it was placed for.
  uint64_t link_features_ = 0;
  // 0: it was reset since.
  uint64_t negotiated_ = 0;
  // One bit a queue: it serves a guest's ring, or one of the link.
  uint32_t running_ = 0;
  uint32_t own_ = 0;
  std::string fault_;
};

}  // namespace doorbell
