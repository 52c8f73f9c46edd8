#include "net/data_path.h"

#include <algorithm>
#include <string>
#include <utility>

namespace doorbell {

Result<std::unique_ptr<DataPath>> DataPath::Create(uint32_t workers, std::shared_ptr<Tap> uplink,
                                                   const DataPathTuning& tuning) {
  if (workers == 0 || workers > kMaxWorkers)
    return Error{"EINVAL", std::to_string(workers) + " workers, not 1 to " + std::to_string(kMaxWorkers)};
  std::unique_ptr<DataPath> path(new DataPath(uplink));
  for (uint32_t i = 0; i < workers; ++i) {
    WorkerTuning one{.poll_ns = tuning.poll_ns, .cpu = std::nullopt};
    if (!tuning.cpus.empty()) one.cpu = tuning.cpus[i % tuning.cpus.size()];
    Result<std::shared_ptr<Worker>> worker =
        Worker::Create("worker-" + std::to_string(i), path->switch_, path->domain_, one);
    if (!worker.ok()) return worker.error();
    path->workers_.push_back(std::move(worker).value());
  }
  if (uplink == nullptr) return path;
  Result<std::unique_ptr<Uplink>> reader = Uplink::Create(std::move(uplink), path->switch_, path->domain_);
  if (!reader.ok()) return reader.error();
  path->uplink_ = std::move(reader).value();
  return path;
}

void DataPath::Close() {
  for (const std::shared_ptr<EngineQueue>& queue : std::exchange(queues_, {})) queue->Close();
  for (const std::shared_ptr<Worker>& worker : std::exchange(workers_, {})) {
    cpu_ns_of_ended_ += worker->CpuNs();
    worker->Stop();
  }
  if (uplink_ == nullptr) return;
  cpu_ns_of_ended_ += uplink_->CpuNs();
  uplink_.reset();
}

Result<std::shared_ptr<Port>> DataPath::AddPort(const Port* sibling, std::shared_ptr<Wire> wire) {
  if (wire != nullptr) {
    const uint32_t group = sibling != nullptr ? sibling->group() : wired_;
    const auto pair = static_cast<uint16_t>(sibling != nullptr ? sibling->pair() + 1 : 0);
    return std::make_shared<Port>(wired_++, group, pair, std::move(wire));
  }
  std::shared_ptr<Port> port = switch_->AddPort(sibling);
  if (port == nullptr) return Error{"ENOSPC", "the switch has no free port"};
  return port;
}

std::shared_ptr<EngineQueue> DataPath::AddQueue(QueueRole role, std::shared_ptr<Port> port) {
  const std::shared_ptr<Worker>& worker = WorkerOf(*port);
  auto context = std::make_shared<QueueContext>(role, std::move(port));
  return queues_.emplace_back(
      std::make_shared<EngineQueue>(domain_, std::move(context), worker, notice_));
}

Result<uint32_t> DataPath::Assign(EngineQueue& queue, uint32_t worker) {
  if (worker >= workers_.size())
    return Error{"EINVAL", "worker " + std::to_string(worker) + " of " + std::to_string(workers_.size()) +
                               ", which count from 0"};
  const auto before = std::find(workers_.begin(), workers_.end(), queue.worker());
  if (Status moved = queue.MoveTo(workers_[worker]); !moved.ok()) return moved.error();
  return static_cast<uint32_t>(before - workers_.begin());
}

uint64_t DataPath::CpuNs() const {
  uint64_t sum = cpu_ns_of_ended_;
  if (uplink_ != nullptr) sum += uplink_->CpuNs();
  for (const std::shared_ptr<Worker>& worker : workers_) sum += worker->CpuNs();
  return sum;
}

}  // namespace doorbell
