// The machine on the far side of the switch, so that traffic can be seen without a network: it answers ARP,
// IPv6 neighbour solicitations, ICMP and ICMPv6 echo, UDP echo (port 7) and the lab's own frames (EtherType
// 0x88B5: returned with their addresses swapped), is a loopback plug for UDP to port 34997 in IPv4 without options
// (returned without any change, so that a driver which sends what it receives keeps frames going round), is a source of numbered frames
// (EtherType 0x88B6 asks for some), and swallows and counts everything else.
//
// Answers go back to the port that asked, whatever the MAC table says. Every byte is a guest's: the head of a
// frame is copied once, checked in the copy, and rewritten in the copy; the rest is forwarded unread.
#pragma once

#include <array>
#include <atomic>
#include <cstdint>

#include "net/address_book.h"
#include "net/delivery.h"
#include "net/ethernet.h"

namespace doorbell {

class LabPeer {
 public:
  struct Stats {
    uint64_t frames = 0;
    uint64_t bytes = 0;
    uint64_t answered = 0;
  };

  // A frame that begins like this is never answered, but swallowed.
  static bool Swallows(const EthernetHead& head);
  // Any other frame that reached the peer: addressed to it, to all, or to nobody known. `alone`: no other VM is
  // there.
  void Receive(Port& from, const Frame& frame, bool alone, Delivery& delivery, uint64_t now_ns);
  // What an inbox took since it was last counted.
  void Count(const PeerInbox::Counts& received);
  void Forget(uint32_t group) { addresses_.Forget(group); }

  // What was swallowed (not what was answered), since start. Any thread.
  Stats stats() const;

 private:
  // Ethernet, IPv4 with options, ICMP or UDP; or Ethernet, IPv6, neighbour solicitation with its option.
  static constexpr size_t kHeadRoom = 128;
  // Of a request for frames.
  static constexpr uint16_t kMaxSupplied = 64;
  static constexpr uint16_t kMinSuppliedLength = 60;
  static constexpr uint16_t kMaxSuppliedLength = 1514;

  // The first bytes of a frame, copied; answers are written over them.
  struct Head {
    std::array<std::byte, kHeadRoom> bytes;
    // Copied bytes.
    size_t length = 0;
    // Bytes of the whole frame.
    size_t frame_length = 0;
    bool for_peer = false;
    // What the answer leaves undone: as the question where it is the same packet.
    Offload offload;
  };

  // An IPv4 frame that is for the loopback plug.
  static bool GoesBack(const Head& head);
  // Builds what a request asks for and sends it to the asker. False: it is no valid request.
  bool Supply(const Head& request, Port& to, Delivery& delivery);

  // Each turns the head into that of an answer and tells the answer's length: the copied head, then as many of
  // the frame's own bytes as are missing.
  static constexpr size_t kNoAnswer = 0;
  size_t Answer(Head& head, uint32_t group, bool alone, uint64_t now_ns);
  size_t AnswerArp(Head& head, uint32_t group, bool alone, uint64_t now_ns);
  size_t AnswerIpv4(Head& head) const;
  size_t AnswerIpv6(Head& head, uint32_t group, bool alone, uint64_t now_ns);
  size_t AnswerSolicitation(Head& head, uint32_t group, bool alone, uint64_t now_ns);

  AddressBook addresses_;
  std::atomic<uint64_t> frames_{0};
  std::atomic<uint64_t> bytes_{0};
  std::atomic<uint64_t> answered_{0};
};

}  // namespace doorbell
