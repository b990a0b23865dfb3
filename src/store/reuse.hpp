// Reuse: objects that are costly to make (encoders, readers) and serve one thread at a time, handed
// out by lease.
#pragma once

#include <functional>
#include <memory>
#include <mutex>
#include <utility>
#include <vector>

namespace cairn::store {

template <typename T>
class Reuse {
 public:
  using Make = std::function<std::unique_ptr<T>()>;
  explicit Reuse(Make make) : make_(std::move(make)) {}

  // Gives the object back when it ends; the Reuse outlives its leases.
  class Lease {
   public:
    Lease(Reuse& from, std::unique_ptr<T> object) : from_(&from), object_(std::move(object)) {}
    Lease(Lease&&) noexcept = default;
    Lease& operator=(Lease&&) = delete;
    ~Lease() {
      if (!object_) return;
      const std::lock_guard lock(from_->mutex_);
      from_->free_.push_back(std::move(object_));
    }
    T& operator*() const { return *object_; }
    T* operator->() const { return object_.get(); }

   private:
    Reuse* from_;
    std::unique_ptr<T> object_;
  };

  Lease take() {
    {
      const std::lock_guard lock(mutex_);
      if (!free_.empty()) {
        auto object = std::move(free_.back());
        free_.pop_back();
        return Lease(*this, std::move(object));
      }
    }
    return Lease(*this, make_());
  }

 private:
  Make make_;
  std::mutex mutex_;
  std::vector<std::unique_ptr<T>> free_;
};

}  // namespace cairn::store
