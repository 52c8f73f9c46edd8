// An Ethernet frame where it lies: bytes of our own first (a copied or rewritten head, maybe none), then
// buffers in a guest's memory. It is copied once, into the receiver's buffers.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <span>

#include "net/ethernet.h"
#include "net/net_header.h"
#include "virtq/chain.h"

namespace doorbell {

struct Frame {
  std::span<const std::byte> head;
  std::span<const HostBuffer> body;
  // Bytes of `body` that are not part of the frame (a net header, or what `head` stands for).
  size_t body_offset = 0;
  // Of the whole frame; `body` holds at least the rest of it.
  size_t length = 0;
  // What its sender left undone; checked.
  Offload offload = {};
};

// Reads a frame's bytes in order. A guest may change them meanwhile: whoever decides on a byte copies it first.
class FrameReader {
 public:
  explicit FrameReader(const Frame& frame)
      : current_(frame.head.data()),
        left_(frame.head.size()),
        body_(frame.body),
        skip_(frame.body_offset) {}

  // The next bytes that lie together, at most `limit` of them.
  std::span<const std::byte> Next(size_t limit) {
    if (left_ == 0) NextBuffer();
    const size_t part = limit < left_ ? limit : left_;
    const std::span<const std::byte> bytes(current_, part);
    current_ += part;
    left_ -= part;
    return bytes;
  }

  // At most as many bytes in total as the frame is long.
  void Read(std::byte* out, size_t count) {
    while (count > 0) {
      const std::span<const std::byte> part = Next(count);
      // Not memcpy: a guest may have posted as its receive buffer what it sends from.
      std::memmove(out, part.data(), part.size());
      out += part.size();
      count -= part.size();
    }
  }

 private:
  void NextBuffer() {
    while (skip_ >= body_.front().length) {
      skip_ -= body_.front().length;
      body_ = body_.subspan(1);
    }
    current_ = body_.front().data + skip_;
    left_ = body_.front().length - skip_;
    skip_ = 0;
    body_ = body_.subspan(1);
  }

  const std::byte* current_;
  size_t left_;
  std::span<const HostBuffer> body_;
  size_t skip_;
};

// As CopyBeginning(), of any frame.
void CopyPieces(const Frame& frame, std::byte* out, size_t count);

// The first `count` bytes of the frame, which has as many, to `out`.
inline void CopyBeginning(const Frame& frame, std::byte* out, size_t count) {
  // Nearly every frame lies in one buffer, or is short enough to be all head.
  if (frame.head.empty() && frame.body.front().length >= frame.body_offset + count)
    std::memmove(out, frame.body.front().data + frame.body_offset, count);
  else if (frame.head.size() >= count)
    std::memcpy(out, frame.head.data(), count);
  else
    CopyPieces(frame, out, count);
}

// The whole frame to `out`, which has room for it.
inline void CopyFrame(const Frame& frame, std::byte* out) { CopyBeginning(frame, out, frame.length); }

// What a switch decides on, copied.
struct EthernetHead {
  MacNumber destination;
  MacNumber source;
  uint16_t type;
};

// An Ethernet header as two words that overlap, its bytes 0 to 7 and 6 to 13: two headers are compared as these.
struct EthernetWords {
  uint64_t front = 0;
  uint64_t back = 0;
  bool operator==(const EthernetWords&) const = default;
};

// `frame` is at least kEthernetHeader long.
inline EthernetWords CopyEthernetHead(const Frame& frame) {
  std::array<std::byte, kEthernetHeader> bytes;
  const bool whole = frame.head.empty() && frame.body.front().length >= frame.body_offset + bytes.size();
  // Straight into registers: words that are read back from bytes just written would wait for both stores.
  const std::byte* from = whole ? frame.body.front().data + frame.body_offset : bytes.data();
  if (!whole) CopyBeginning(frame, bytes.data(), bytes.size());
  EthernetWords words;
  std::memcpy(&words.front, from, sizeof words.front);
  std::memcpy(&words.back, from + bytes.size() - sizeof words.back, sizeof words.back);
  return words;
}

inline EthernetHead ParseEthernetHead(const EthernetWords& words) {
  std::array<std::byte, kEthernetHeader> bytes;
  constexpr size_t kOwn = kEthernetHeader - sizeof words.back;
  std::memcpy(bytes.data(), &words.front, kOwn);
  std::memcpy(bytes.data() + kOwn, &words.back, sizeof words.back);
  return {ReadMac(bytes.data()), ReadMac(bytes.data() + 6), ReadBe16(bytes.data() + 12)};
}

}  // namespace doorbell
