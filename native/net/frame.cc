#include "net/frame.h"

namespace doorbell {

void CopyPieces(const Frame& frame, std::byte* out, size_t count) { FrameReader(frame).Read(out, count); }

}  // namespace doorbell
