#include "addon/pool_task.h"

#include <memory>
#include <utility>

#include "addon/addon.h"

namespace doorbell {

namespace {

struct Task {
  std::function<void()> work;
  std::function<Napi::Value(Napi::Env)> answer;
  napi_deferred deferred = nullptr;
  napi_async_work handle = nullptr;
};

void Execute(napi_env, void* data) { static_cast<Task*>(data)->work(); }

// Node calls it in the environment's context. At the environment's end nobody awaits the promise any more and
// its resolution may fail: that status is of no use to anyone.
void Complete(napi_env env, napi_status, void* data) {
  const std::unique_ptr<Task> task(static_cast<Task*>(data));
  napi_delete_async_work(env, task->handle);
  try {
    napi_resolve_deferred(env, task->deferred, task->answer(env));
  } catch (const Napi::Error& error) {
    napi_reject_deferred(env, task->deferred, error.Value());
  }
}

}  // namespace

Napi::Value RunOnPool(Addon& addon, std::function<void()> work,
                      std::function<Napi::Value(Napi::Env)> answer) {
  const Napi::Env env = addon.env();
  auto task = std::make_unique<Task>(Task{std::move(work), std::move(answer)});
  napi_value promise = nullptr;
  const bool queued =
      napi_create_promise(env, &task->deferred, &promise) == napi_ok &&
      napi_create_async_work(env, nullptr, Napi::String::New(env, "doorbell"), Execute, Complete,
                             task.get(), &task->handle) == napi_ok &&
      napi_queue_async_work(env, task->handle) == napi_ok;
  if (!queued) throw Napi::Error::New(env);
  // Complete takes it back.
  static_cast<void>(task.release());
  return Napi::Value(env, promise);
}

}  // namespace doorbell
