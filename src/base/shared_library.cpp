#include "base/shared_library.hpp"

#include <dlfcn.h>

namespace cairn::base {

Result<SharedLibrary> SharedLibrary::open(const char* name) {
  void* const handle = ::dlopen(name, RTLD_LAZY | RTLD_LOCAL);
  if (handle != nullptr) return SharedLibrary(handle, name);
  const char* const why = ::dlerror();  // NOLINT(concurrency-mt-unsafe): per thread in glibc
  return Error(Code::kIo, why != nullptr ? why : name);
}

Status SharedLibrary::complete() const {
  if (missing_.empty()) return {};
  return Error(Code::kIo, name_ + " lacks " + missing_);
}

void* SharedLibrary::optional_symbol(const char* name) { return ::dlsym(handle_, name); }

void* SharedLibrary::symbol(const char* name) {
  void* const found = optional_symbol(name);
  if (found == nullptr && missing_.empty()) missing_ = name;
  return found;
}

}  // namespace cairn::base
