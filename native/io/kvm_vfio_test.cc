#include "io/kvm_vfio.h"

#include "testing/test.h"

namespace doorbell::kvm_vfio_test {
namespace {

// What follows a successful Open needs KVM and a VFIO group: not tested here.
TEST("KVM's VFIO device: where there is no device file, the file is named") {
  const Result<KvmVfio> opened = KvmVfio::Open("/nowhere/kvm");
  CHECK(!opened.ok());
  CHECK(opened.error().code == "ENOENT");
  CHECK(opened.error().message.find("/nowhere/kvm") != std::string::npos);
}

TEST("KVM's VFIO device: where the file is something else, the step is named") {
  const Result<KvmVfio> opened = KvmVfio::Open("/dev/null");
  CHECK(!opened.ok());
  CHECK(opened.error().code == "ENOTTY");
  CHECK(opened.error().message.find("KVM_CREATE_VM") != std::string::npos);
}

}  // namespace
}  // namespace doorbell::kvm_vfio_test
