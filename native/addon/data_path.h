// JavaScript's `DataPath` and `Port`.
#pragma once

#include <napi.h>

#include <memory>
#include <optional>
#include <set>

#include "addon/handle.h"
#include "addon/loop_signal.h"
#include "net/data_path.h"
#include "vfio/device_link.h"

namespace doorbell {

// Handles that end with the one that made them; each leaves by itself when it is closed first.
class ChildHandles {
 public:
  void Enter(Handle& child) { children_.insert(&child); }
  void Leave(Handle& child) { children_.erase(&child); }
  void CloseAll() {
    // Each leaves the set as it closes.
    while (!children_.empty()) (*children_.begin())->Close();
  }

 private:
  std::set<Handle*> children_;
};

class DataPathHandle final : public Handle {
 public:
  static constexpr const char* kName = "DataPath";
  static constexpr napi_type_tag kTag = {0x9c2f61e7a80b4d35, 0xb13a7d40e96c52f8};

  DataPathHandle(Addon& addon, std::unique_ptr<DataPath> path);
  ~DataPathHandle() override { Close(); }

  DataPath& path() { return *path_; }
  // Queues and ports, and devices, whose rings are of this data path.
  ChildHandles& children() { return children_; }

  Napi::Value Port(const Napi::CallbackInfo& info);
  Napi::Value Queue(const Napi::CallbackInfo& info);
  Napi::Value MapMemory(const Napi::CallbackInfo& info);
  Napi::Value MapLog(const Napi::CallbackInfo& info);
  Napi::Value NewIotlb(const Napi::CallbackInfo& info);
  Napi::Value OfferedFeatures(const Napi::CallbackInfo& info);
  Napi::Value Sample(const Napi::CallbackInfo& info);
  Napi::Value Statistics(const Napi::CallbackInfo& info);
  Napi::Value Assign(const Napi::CallbackInfo& info);
  Napi::Value OnNotice(const Napi::CallbackInfo& info);
  Napi::Value PeerStats(const Napi::CallbackInfo& info);
  Napi::Value CpuNs(const Napi::CallbackInfo& info);

 private:
  void OnClose() override;

  std::unique_ptr<DataPath> path_;
  ChildHandles children_;
  // Ends with the handle, not with its finalizer: an open signal keeps the environment from ending.
  std::optional<LoopSignal> notice_;
  Napi::FunctionReference on_notice_;
};

class PortHandle final : public Handle {
 public:
  static constexpr const char* kName = "Port";
  static constexpr napi_type_tag kTag = {0x47be20d95f1c4863, 0x8d05c3f7291ae64b};

  // `link`: whose frames are the port's; null where it has none, or is not the first of its session.
  PortHandle(Addon& addon, DataPathHandle& parent, std::shared_ptr<doorbell::Port> port,
             std::shared_ptr<DeviceLink> link)
      : Handle(addon), parent_(parent), port_(std::move(port)), link_(std::move(link)) {
    parent_.children().Enter(*this);
  }
  ~PortHandle() override { Close(); }

  const std::shared_ptr<doorbell::Port>& port() const { return port_; }

  Napi::Value Announce(const Napi::CallbackInfo& info);
  Napi::Value Addresses(const Napi::CallbackInfo& info);

 private:
  void OnClose() override {
    if (link_ != nullptr) link_->Leave();
    link_.reset();
    parent_.path().RemovePort(*port_);
    parent_.children().Leave(*this);
  }

  // Outlives this: closing the parent closes its children.
  DataPathHandle& parent_;
  std::shared_ptr<doorbell::Port> port_;
  std::shared_ptr<DeviceLink> link_;
};

}  // namespace doorbell
