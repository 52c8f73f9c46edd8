#pragma once

#include <napi.h>

#include <functional>

namespace doorbell {

class Addon;

// Runs `work` on libuv's thread pool and answers a promise of what `answer` makes of it, on the JS thread.
// `work` touches no JavaScript and owns all that it uses. The promise never rejects.
//
//   auto found = std::make_shared<Found>();
//   return RunOnPool(addon, [found] { *found = Search(); }, [found](Napi::Env env) { return ToJs(env, *found); });
Napi::Value RunOnPool(Addon& addon, std::function<void()> work,
                      std::function<Napi::Value(Napi::Env)> answer);

}  // namespace doorbell
