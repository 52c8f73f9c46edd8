#pragma once

#include <napi.h>

#include <memory>
#include <utility>

#include "addon/handle.h"
#include "vfio/device_link.h"

namespace doorbell {

// JavaScript's `DeviceLink`: one hold of it; the port and the device that it joins keep theirs.
class DeviceLinkHandle final : public Handle {
 public:
  static constexpr const char* kName = "DeviceLink";
  static constexpr napi_type_tag kTag = {0x5d3e81b7f06a49c2, 0xa6c4920e7d1b58f3};

  DeviceLinkHandle(Addon& addon, std::shared_ptr<DeviceLink> link) : Handle(addon), link_(std::move(link)) {}
  ~DeviceLinkHandle() override { Close(); }

  const std::shared_ptr<DeviceLink>& get() const { return link_; }

 private:
  void OnClose() override { link_.reset(); }

  std::shared_ptr<DeviceLink> link_;
};

}  // namespace doorbell
