#include "addon/dirty_log.h"

#include <utility>

#include "addon/addon.h"
#include "addon/answers.h"
#include "addon/arguments.h"
#include "addon/fd.h"

namespace doorbell {

void DefineDirtyLog(Addon& addon) { DefineHandle<DirtyLogHandle>(addon, {}); }

Napi::Value MapLog(Addon& addon, const Napi::CallbackInfo& info) {
  Result<std::shared_ptr<DirtyLog>> log =
      DirtyLog::Map(UnwrapFd(info[0], "fd"), ToU64(info[1], "offset"), ToU64(info[2], "size"));
  if (!log.ok()) return NativeErr(info.Env(), log.error());
  return NativeOk(info.Env(), NewHandle<DirtyLogHandle>(addon, std::move(log).value()));
}

}  // namespace doorbell
