// The shape of NativeResult in main/addon/surface.ts.
#pragma once

#include <napi.h>

#include "base/result.h"

namespace doorbell {

// {ok: true, value}
Napi::Object NativeOk(Napi::Env env, Napi::Value value);
// {ok: true, value: undefined}
Napi::Object NativeOk(Napi::Env env);
// {ok: false, error: {code, message}}
Napi::Object NativeErr(Napi::Env env, const Error& error);
// Either, for a Status.
Napi::Object NativeAnswer(Napi::Env env, const Status& status);
// {code, message}
Napi::Object ErrorObject(Napi::Env env, const Error& error);

}  // namespace doorbell
