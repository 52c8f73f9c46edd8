#include "net/announcement.h"

#include <algorithm>
#include <array>

namespace doorbell {

void Announce(Switch& network, Port& port, MacNumber mac) {
  constexpr MacNumber kBroadcast = 0xff'ff'ff'ff'ff'ff;
  constexpr uint16_t kTypeRarp = 0x8035;
  // RFC 903, the form in which QEMU and Linux announce: a reverse request by the station for itself.
  constexpr std::array<uint8_t, 8> kRequest = {0, 1, 8, 0, 6, 4, 0, 3};
  constexpr size_t kArp = kEthernetHeader;
  // The shortest frame, without its checksum.
  std::array<std::byte, 60> bytes = {};
  WriteMac(&bytes[0], kBroadcast);
  WriteMac(&bytes[6], mac);
  WriteBe16(&bytes[12], kTypeRarp);
  std::transform(kRequest.begin(), kRequest.end(), &bytes[kArp], [](uint8_t byte) { return std::byte{byte}; });
  WriteMac(&bytes[kArp + 8], mac);
  WriteMac(&bytes[kArp + 18], mac);

  const Frame frame{.head = bytes, .body = {}, .body_offset = 0, .length = bytes.size(), .offload = {}};
  if (Wire* wire = port.wire().get()) {
    if (wire->Room() > 0 && wire->Send(frame)) wire->Flush();
    return;
  }
  // Of a domain that owns no ring: the frame is held and its receivers are woken.
  const Domain nobody;
  Delivery delivery(nobody);
  Switch::Batch batch = network.Begin();
  network.Forward(batch, port, frame, delivery);
  network.End(delivery);
}

}  // namespace doorbell
