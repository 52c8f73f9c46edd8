// A simulated guest wired to the real data path in this process, as a front-end and the engine would wire
// them over a socket.
#pragma once

#include <atomic>
#include <memory>
#include <mutex>
#include <thread>
#include <vector>

#include "guest/simulated_guest.h"
#include "net/data_path.h"

namespace doorbell::testing {

class GuestOnDataPath {
 public:
  // Every queue is started by the engine at `base` and enabled; the driver rests until guest().Run(). A guest behind an
  // IOMMU has its misses answered from the first on, by a thread of its own.
  GuestOnDataPath(DataPath& data_path, const SimulatedGuest::Config& config, uint32_t base);
  // Nobody serves the rings afterwards.
  ~GuestOnDataPath();
  GuestOnDataPath(const GuestOnDataPath&) = delete;
  GuestOnDataPath& operator=(const GuestOnDataPath&) = delete;

  SimulatedGuest& guest() { return *guest_; }
  EngineQueue& queue(uint32_t index) { return *queues_[index]; }
  // Behind an IOMMU: forgets the translation of this page, as the guest's driver does when it unmaps it. Any thread.
  void Invalidate(uint64_t iova, uint64_t size);
  uint64_t answered_misses() const { return answered_misses_.load(); }
  double Sample(uint32_t index, QueueSample::Field field) const {
    return queues_[index]->Sample().values[field];
  }

  // Ends the traffic and waits for what is under way; then every frame must have come back once, in order and
  // intact.
  void DrainAndCheckFlawless();
  bool EachPairReceived(uint64_t frames) const;

 private:
  void TellTranslations();
  void AnswerMisses();

  DataPath& data_path_;
  std::unique_ptr<SimulatedGuest> guest_;
  std::shared_ptr<GuestMemory> memory_;
  std::vector<std::shared_ptr<Port>> ports_;
  std::vector<std::shared_ptr<EngineQueue>> queues_;
  std::shared_ptr<Iotlb> iotlb_;
  // Changes of translations come one after the other, as from the front-end's socket.
  std::mutex commands_;
  std::atomic<bool> ending_{false};
  std::atomic<uint64_t> answered_misses_{0};
  std::thread iommu_;
};

}  // namespace doorbell::testing
