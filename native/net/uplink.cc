#include "net/uplink.h"

#include <poll.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include <cerrno>
#include <optional>
#include <span>
#include <utility>

namespace doorbell {

Result<std::unique_ptr<Uplink>> Uplink::Create(std::shared_ptr<Tap> tap, std::shared_ptr<Switch> network,
                                               const Domain& domain) {
  std::unique_ptr<Uplink> uplink(new Uplink(std::move(tap), std::move(network), domain));
  uplink->stop_.Reset(eventfd(0, EFD_CLOEXEC));
  if (!uplink->stop_.valid()) return ErrnoError(errno, "eventfd");
  uplink->thread_ = Thread("uplink", [self = uplink.get()] { self->Run(); });
  return uplink;
}

void Uplink::Stop() {
  if (!thread_.joinable()) return;
  const uint64_t one = 1;
  [[maybe_unused]] const ssize_t written = write(stop_.get(), &one, sizeof one);
  thread_.Join();
}

void Uplink::Run() {
  std::array<pollfd, 2> files = {{{stop_.get(), POLLIN, 0}, {tap_->fd(), POLLIN, 0}}};
  for (;;) {
    if (poll(files.data(), files.size(), -1) < 0) continue;
    if (files[0].revents != 0) return;
    if ((files[1].revents & POLLIN) != 0)
      ForwardBatch();
    else
      // The device was deleted under us: nothing will come any more, and polling it would spin.
      files[1].fd = -1;
  }
}

void Uplink::ForwardBatch() {
  const Switch::Batch now = switch_->Begin();
  for (int i = 0; i < kBatch; ++i) {
    const std::optional<size_t> length = tap_->Receive(buffer_);
    if (!length.has_value()) break;
    if (*length >= kEthernetHeader) switch_->ForwardFromUplink(now, std::span(buffer_).first(*length), delivery_);
  }
  switch_->End(delivery_);
}

}  // namespace doorbell
