#include "crypto/processor.hpp"

#if defined(__x86_64__)

#include <cpuid.h>

namespace cairn::crypto::detail {
namespace {

struct ProcessorBits {
  unsigned leaf1_ecx = 0;
  unsigned leaf7_ebx = 0;

  ProcessorBits() {
    unsigned eax = 0, ebx = 0, ecx = 0, edx = 0;
    if (__get_cpuid(1, &eax, &ebx, &ecx, &edx) != 0) leaf1_ecx = ecx;
    if (__get_cpuid_count(7, 0, &eax, &ebx, &ecx, &edx) != 0) leaf7_ebx = ebx;
  }
};

const ProcessorBits& processor_bits() {
  static const ProcessorBits bits;
  return bits;
}

}  // namespace

bool processor_has_sha() {
  constexpr unsigned kVectors = bit_SSSE3 | bit_SSE4_1;
  return (processor_bits().leaf1_ecx & kVectors) == kVectors &&
         (processor_bits().leaf7_ebx & bit_SHA) != 0;
}

bool processor_has_crc32c() { return (processor_bits().leaf1_ecx & bit_SSE4_2) != 0; }

}  // namespace cairn::crypto::detail

#else

namespace cairn::crypto::detail {
bool processor_has_sha() { return false; }
bool processor_has_crc32c() { return false; }
}  // namespace cairn::crypto::detail

#endif
