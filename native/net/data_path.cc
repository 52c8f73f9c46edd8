#include "net/data_path.h"

#include <string>
#include <utility>

namespace doorbell {

Result<std::unique_ptr<DataPath>> DataPath::Create(uint32_t workers) {
  if (workers == 0 || workers > kMaxWorkers)
    return Error{"EINVAL", std::to_string(workers) + " workers, not 1 to " + std::to_string(kMaxWorkers)};
  std::unique_ptr<DataPath> path(new DataPath);
  for (uint32_t i = 0; i < workers; ++i) {
    Result<std::shared_ptr<Worker>> worker =
        Worker::Create("worker-" + std::to_string(i), path->switch_, path->domain_);
    if (!worker.ok()) return worker.error();
    path->workers_.push_back(std::move(worker).value());
  }
  return path;
}

void DataPath::Close() {
  for (const std::shared_ptr<EngineQueue>& queue : std::exchange(queues_, {})) queue->Close();
  for (const std::shared_ptr<Worker>& worker : std::exchange(workers_, {})) {
    cpu_ns_of_ended_ += worker->CpuNs();
    worker->Stop();
  }
}

Result<std::shared_ptr<Port>> DataPath::AddPort(const Port* sibling) {
  std::shared_ptr<Port> port = switch_->AddPort(sibling);
  if (port == nullptr) return Error{"ENOSPC", "the switch has no free port"};
  return port;
}

std::shared_ptr<EngineQueue> DataPath::AddQueue(QueueRole role, std::shared_ptr<Port> port) {
  const std::shared_ptr<Worker>& worker = workers_[port->slot() % workers_.size()];
  auto context = std::make_shared<QueueContext>(role, std::move(port));
  return queues_.emplace_back(
      std::make_shared<EngineQueue>(domain_, std::move(context), worker, notice_));
}

uint64_t DataPath::CpuNs() const {
  uint64_t sum = cpu_ns_of_ended_;
  for (const std::shared_ptr<Worker>& worker : workers_) sum += worker->CpuNs();
  return sum;
}

}  // namespace doorbell
