// JavaScript's `GuestRam`: memory whose rings are driven step by step.
#include "guest/guest_ram.h"

#include <cerrno>
#include <optional>
#include <span>
#include <utility>

#include "addon/addon.h"
#include "addon/answers.h"
#include "addon/arguments.h"
#include "addon/fd.h"
#include "addon/handle.h"

namespace doorbell {
namespace {

class GuestRamHandle final : public Handle {
 public:
  static constexpr const char* kName = "GuestRam";
  static constexpr napi_type_tag kTag = {0x27d1a90c5be84f63, 0xb3586e17f04ac2d9};

  GuestRamHandle(Addon& addon, GuestRam ram) : Handle(addon), ram_(std::move(ram)) {}
  ~GuestRamHandle() override { Close(); }

  Napi::Value File(const Napi::CallbackInfo& info) {
    ScopedFd copy = ram_->file().Duplicate();
    if (!copy) return NativeErr(info.Env(), ErrnoError(errno, "duplicate"));
    return NativeOk(info.Env(), NewFd(addon(), std::move(copy)));
  }

  Napi::Value Read(const Napi::CallbackInfo& info) {
    const uint64_t length = ToU32(info[1], "length");
    const uint64_t offset = ToRange(info[0], length);
    Napi::Uint8Array bytes = Napi::Uint8Array::New(info.Env(), length);
    ram_->Read(offset, std::as_writable_bytes(std::span(bytes.Data(), bytes.ByteLength())));
    return bytes;
  }

  Napi::Value Write(const Napi::CallbackInfo& info) {
    const bool is_bytes =
        info[1].IsTypedArray() && info[1].As<Napi::TypedArray>().TypedArrayType() == napi_uint8_array;
    if (!is_bytes) throw Napi::TypeError::New(info.Env(), "bytes: must be a Uint8Array");
    const Napi::Uint8Array bytes = info[1].As<Napi::Uint8Array>();
    const uint64_t offset = ToRange(info[0], bytes.ByteLength());
    ram_->Write(offset, std::as_bytes(std::span(bytes.Data(), bytes.ByteLength())));
    return info.Env().Undefined();
  }

  Napi::Value Take(const Napi::CallbackInfo& info) {
    const uint64_t length = ToU32(info[1], "length");
    const uint64_t offset = ToRange(info[0], length);
    if (offset % sizeof(uint64_t) != 0 || length % sizeof(uint64_t) != 0)
      throw Napi::RangeError::New(info.Env(), "offset, length: must be multiples of 8");
    Napi::Uint8Array bytes = Napi::Uint8Array::New(info.Env(), length);
    ram_->Take(offset, std::as_writable_bytes(std::span(bytes.Data(), bytes.ByteLength())));
    return bytes;
  }

  Napi::Value Load16(const Napi::CallbackInfo& info) {
    return Napi::Number::New(info.Env(), ram_->Load16(ToIndex(info[0])));
  }

  Napi::Value Store16(const Napi::CallbackInfo& info) {
    const uint64_t offset = ToIndex(info[0]);
    const uint32_t value = ToU32(info[1], "value");
    if (value > UINT16_MAX) throw Napi::RangeError::New(info.Env(), "value: beyond 65535");
    ram_->Store16(offset, static_cast<uint16_t>(value));
    return info.Env().Undefined();
  }

 private:
  void OnClose() override { ram_.reset(); }

  uint64_t ToRange(Napi::Value value, uint64_t length) const {
    const uint64_t offset = ToU32(value, "offset");
    if (!ram_->Holds(offset, length)) throw Napi::RangeError::New(value.Env(), "offset: beyond the memory");
    return offset;
  }

  uint64_t ToIndex(Napi::Value value) const {
    const uint64_t offset = ToRange(value, sizeof(uint16_t));
    if (offset % sizeof(uint16_t) != 0) throw Napi::RangeError::New(value.Env(), "offset: must be even");
    return offset;
  }

  std::optional<GuestRam> ram_;
};

Napi::Value CreateGuestRam(Addon& addon, const Napi::CallbackInfo& info) {
  Result<GuestRam> ram = GuestRam::Create(ToU64(info[0], "size"));
  if (!ram.ok()) return NativeErr(info.Env(), ram.error());
  return NativeOk(info.Env(), NewHandle<GuestRamHandle>(addon, std::move(ram).value()));
}

}  // namespace

void InitGuestRam(Addon& addon, Napi::Object exports) {
  DefineHandle<GuestRamHandle>(
      addon, {Method<&GuestRamHandle::File>("file"), Method<&GuestRamHandle::Read>("read"),
              Method<&GuestRamHandle::Write>("write"), Method<&GuestRamHandle::Load16>("load16"),
              Method<&GuestRamHandle::Store16>("store16"), Method<&GuestRamHandle::Take>("take")});
  SetFunction(addon, exports, "createGuestRam", CreateGuestRam);
}

}  // namespace doorbell
