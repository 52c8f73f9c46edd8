#pragma once

#include <cstdint>
#include <memory>
#include <vector>

#include "net/engine_queue.h"
#include "net/switch.h"
#include "net/worker.h"

namespace doorbell {

// The software data path: worker threads, the switch and the lab peer behind it. Commands from one thread.
class DataPath {
 public:
  static constexpr uint32_t kMaxWorkers = 64;

  // EINVAL unless 1…kMaxWorkers, else what the system refused.
  static Result<std::unique_ptr<DataPath>> Create(uint32_t workers);
  DataPath(const DataPath&) = delete;
  DataPath& operator=(const DataPath&) = delete;
  ~DataPath() { Close(); }

  // Stops every queue that is left and joins the workers. Idempotent.
  void Close();

  // As of Switch; ENOSPC where all ports are taken.
  Result<std::shared_ptr<Port>> AddPort(const Port* sibling);
  void RemovePort(const Port& port) { switch_->RemovePort(port); }
  // Queues of one port share a worker.
  std::shared_ptr<EngineQueue> AddQueue(QueueRole role, std::shared_ptr<Port> port);
  // The queue was closed.
  void RemoveQueue(const std::shared_ptr<EngineQueue>& queue) { std::erase(queues_, queue); }

  struct PeerStats {
    LabPeer::Stats peer;
    uint64_t dropped = 0;
  };
  PeerStats peer_stats() const { return {switch_->peer_stats(), switch_->drops()}; }
  // Of all workers since start, in nanoseconds.
  uint64_t CpuNs() const;

  const std::shared_ptr<Switch>& network() const { return switch_; }
  const std::shared_ptr<RingNotice>& ring_notice() const { return notice_; }

 private:
  DataPath() = default;

  // Shared by all workers: rings are the engine's, not one worker's.
  Domain domain_;
  std::shared_ptr<Switch> switch_ = std::make_shared<Switch>();
  std::shared_ptr<RingNotice> notice_ = std::make_shared<RingNotice>();
  std::vector<std::shared_ptr<Worker>> workers_;
  std::vector<std::shared_ptr<EngineQueue>> queues_;
  uint64_t cpu_ns_of_ended_ = 0;
};

}  // namespace doorbell
