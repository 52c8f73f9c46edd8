#pragma once

#include <cstdint>
#include <memory>
#include <utility>
#include <vector>

#include "net/engine_queue.h"
#include "net/switch.h"
#include "net/uplink.h"
#include "net/worker.h"

namespace doorbell {

struct DataPathTuning {
  // Worker i runs on CPU cpus[i % cpus.size()] alone; empty: wherever the system puts it.
  std::vector<uint32_t> cpus;
  // As of WorkerTuning.
  uint64_t poll_ns = 50'000;
};

// The software data path: worker threads, the switch and the lab peer behind it. Commands from one thread.
class DataPath {
 public:
  static constexpr uint32_t kMaxWorkers = 64;

  // `uplink`: null for none. EINVAL unless 1…kMaxWorkers, else what the system refused.
  static Result<std::unique_ptr<DataPath>> Create(uint32_t workers, std::shared_ptr<Tap> uplink = nullptr,
                                                  const DataPathTuning& tuning = {});
  DataPath(const DataPath&) = delete;
  DataPath& operator=(const DataPath&) = delete;
  ~DataPath() { Close(); }

  // Stops every queue that is left and joins the workers. Idempotent.
  void Close();

  // As of Switch; ENOSPC where all ports are taken. With a `wire` it is of that network and has no place on the switch;
  // siblings have the same.
  Result<std::shared_ptr<Port>> AddPort(const Port* sibling, std::shared_ptr<Wire> wire = nullptr);
  // Which worker serves its queues until they are moved.
  const std::shared_ptr<Worker>& WorkerOf(const Port& port) const { return workers_[port.slot() % workers_.size()]; }
  const Domain& domain() const { return domain_; }
  // Where frames of the port's session came from: at most `limit` addresses. As of Switch, or of its wire.
  std::vector<MacNumber> AddressesOf(const Port& port, size_t limit) const {
    return port.wire() != nullptr ? port.wire()->Addresses(limit) : switch_->AddressesOf(port, limit);
  }
  void RemovePort(const Port& port) { switch_->RemovePort(port); }
  // Queues of one port share a worker until one of them is moved.
  std::shared_ptr<EngineQueue> AddQueue(QueueRole role, std::shared_ptr<Port> port);
  // → the worker that served it before. EINVAL where there is no worker of that number, from 0.
  Result<uint32_t> Assign(EngineQueue& queue, uint32_t worker);
  // The queue was closed.
  void RemoveQueue(const std::shared_ptr<EngineQueue>& queue) { std::erase(queues_, queue); }

  struct PeerStats {
    LabPeer::Stats peer;
    uint64_t dropped = 0;
  };
  PeerStats peer_stats() const { return {switch_->peer_stats(), switch_->drops()}; }
  // Of all workers and the uplink's thread since start, in nanoseconds.
  uint64_t CpuNs() const;

  const std::shared_ptr<Switch>& network() const { return switch_; }
  const std::shared_ptr<RingNotice>& ring_notice() const { return notice_; }

 private:
  explicit DataPath(std::shared_ptr<Tap> uplink) : switch_(std::make_shared<Switch>(std::move(uplink))) {}

  // Shared by all workers: rings are the engine's, not one worker's.
  Domain domain_;
  const std::shared_ptr<Switch> switch_;
  std::shared_ptr<RingNotice> notice_ = std::make_shared<RingNotice>();
  std::vector<std::shared_ptr<Worker>> workers_;
  std::unique_ptr<Uplink> uplink_;
  std::vector<std::shared_ptr<EngineQueue>> queues_;
  // Ports with a wire that ever were.
  uint16_t wired_ = 0;
  uint64_t cpu_ns_of_ended_ = 0;
};

}  // namespace doorbell
