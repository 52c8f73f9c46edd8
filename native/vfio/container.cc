#include "vfio/container.h"

#include <fcntl.h>
#include <linux/vfio.h>
#include <sys/ioctl.h>

#include <cerrno>
#include <cstring>
#include <string>

namespace doorbell {

namespace {

constexpr const char* kPath = "/dev/vfio/vfio";

}  // namespace

Result<VfioContainer> VfioContainer::Open() {
  ScopedFd fd(open(kPath, O_RDWR | O_CLOEXEC));
  if (!fd) return ErrnoError(errno, std::string("open ") + kPath);
  if (ioctl(fd.get(), VFIO_GET_API_VERSION) != VFIO_API_VERSION)
    return Error{"vfio-unsupported", "the kernel's VFIO has another API version"};
  if (ioctl(fd.get(), VFIO_CHECK_EXTENSION, static_cast<unsigned long>(VFIO_TYPE1v2_IOMMU)) != 1)
    return Error{"vfio-unsupported", "the kernel's VFIO has no TYPE1v2: is vfio_iommu_type1 loaded?"};
  return VfioContainer(std::move(fd));
}

Status VfioContainer::UseType1() {
  if (ioctl(fd_.get(), VFIO_SET_IOMMU, static_cast<unsigned long>(VFIO_TYPE1v2_IOMMU)) != 0)
    return ErrnoError(errno, "VFIO_SET_IOMMU");
  vfio_iommu_type1_info head = {};
  head.argsz = sizeof head;
  if (ioctl(fd_.get(), VFIO_IOMMU_GET_INFO, &head) != 0) return ErrnoError(errno, "VFIO_IOMMU_GET_INFO");
  // The kernel said how much room it wants; it fills in what fits.
  std::vector<std::byte> info(head.argsz < sizeof head ? sizeof head : head.argsz);
  head.argsz = static_cast<uint32_t>(info.size());
  std::memcpy(info.data(), &head, sizeof head);
  if (ioctl(fd_.get(), VFIO_IOMMU_GET_INFO, info.data()) != 0) return ErrnoError(errno, "VFIO_IOMMU_GET_INFO");
  std::memcpy(&head, info.data(), sizeof head);
  if ((head.flags & VFIO_IOMMU_INFO_CAPS) != 0) ranges_ = ParseIovaRanges(info, head.cap_offset);
  return {};
}

Status VfioContainer::Map(uint64_t iova, std::byte* host, uint64_t size) const {
  vfio_iommu_type1_dma_map request = {};
  request.argsz = sizeof request;
  request.flags = VFIO_DMA_MAP_FLAG_READ | VFIO_DMA_MAP_FLAG_WRITE;
  request.vaddr = reinterpret_cast<uintptr_t>(host);
  request.iova = iova;
  request.size = size;
  if (ioctl(fd_.get(), VFIO_IOMMU_MAP_DMA, &request) != 0) return ErrnoError(errno, "VFIO_IOMMU_MAP_DMA");
  return {};
}

void VfioContainer::Unmap(uint64_t iova, uint64_t size) const {
  vfio_iommu_type1_dma_unmap request = {};
  request.argsz = sizeof request;
  request.iova = iova;
  request.size = size;
  // Nothing is left to do about a failure: the mapping ends with the container.
  [[maybe_unused]] const int unmapped = ioctl(fd_.get(), VFIO_IOMMU_UNMAP_DMA, &request);
}

}  // namespace doorbell
