// Libraries that only some commands need are loaded by them, and by no other command. What was
// opened stays open.
#pragma once

#include <string>

#include "cairn/result.hpp"

namespace cairn::base {

// The functions of a library, by their names.
class SharedLibrary {
 public:
  // kIo with the loader's reason.
  static Result<SharedLibrary> open(const char* name);

  template <typename Function>
  void read(Function& into, const char* name) {
    into = reinterpret_cast<Function>(symbol(name));
  }
  // Null where it is not there; also looked for in the libraries that this one brought along.
  template <typename Function>
  void read_optional(Function& into, const char* name) {
    into = reinterpret_cast<Function>(optional_symbol(name));
  }
  // kIo naming the first function that was read and is not there.
  [[nodiscard]] Status complete() const;

 private:
  SharedLibrary(void* handle, const char* name) : handle_(handle), name_(name) {}
  void* symbol(const char* name);
  void* optional_symbol(const char* name);

  void* handle_;
  std::string name_;
  std::string missing_;
};

}  // namespace cairn::base
