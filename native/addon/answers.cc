#include "addon/answers.h"

namespace doorbell {

Napi::Object NativeOk(Napi::Env env, Napi::Value value) {
  Napi::Object answer = Napi::Object::New(env);
  answer.Set("ok", Napi::Boolean::New(env, true));
  answer.Set("value", value);
  return answer;
}

Napi::Object NativeOk(Napi::Env env) { return NativeOk(env, env.Undefined()); }

Napi::Object NativeErr(Napi::Env env, const Error& error) {
  Napi::Object answer = Napi::Object::New(env);
  answer.Set("ok", Napi::Boolean::New(env, false));
  answer.Set("error", ErrorObject(env, error));
  return answer;
}

Napi::Object NativeAnswer(Napi::Env env, const Status& status) {
  return status.ok() ? NativeOk(env) : NativeErr(env, status.error());
}

Napi::Object ErrorObject(Napi::Env env, const Error& error) {
  Napi::Object object = Napi::Object::New(env);
  object.Set("code", Napi::String::New(env, error.code));
  object.Set("message", Napi::String::New(env, error.message));
  return object;
}

}  // namespace doorbell
