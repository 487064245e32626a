// The argument block, the thread pool and scratch memory.
#include "flambeau.h"

#include <cstdlib>

#ifndef __wasm__
#include <atomic>
#include <condition_variable>
#include <mutex>
#include <thread>
#include <vector>
#endif

namespace {

// Tells the processor that a thread only waits.
inline void relax() {
#if defined(__x86_64__)
  __builtin_ia32_pause();
#elif defined(__aarch64__)
  asm volatile("yield");
#endif
}

}  // namespace

namespace fb {

alignas(64) __thread double block[kBlockSize];

#ifdef __wasm__

void parallel(int64_t count, int64_t, Body body, void* context) {
  if (count > 0) body(context, 0, count);
}

static void* slots[8];
static size_t sizes[8];

#else

namespace {

constexpr int kEagerSpins = 1000, kSpins = 4000;

// One job at a time. Workers spin for a while before they sleep, so that a kernel that follows soon finds them awake.
class Pool {
 public:
  void resize(int threads) {
    if (threads == threads_) return;
    std::lock_guard<std::mutex> lock(caller_);
    stop();
    threads_ = threads < 1 ? 1 : threads;
    stopping_ = false;
    for (int i = 1; i < threads_; i++) workers_.emplace_back([this] { work(); });
  }

  int threads() const { return threads_; }

  void run(int64_t count, int64_t grain, Body body, void* context) {
    const int64_t pieces = (count + grain - 1) / grain;
    std::unique_lock<std::mutex> lock(caller_, std::defer_lock);
    if (threads_ == 1 || pieces <= 1 || !lock.try_lock()) {
      if (count > 0) body(context, 0, count);
      return;
    }
    count_ = count;
    grain_ = grain;
    body_ = body;
    context_ = context;
    next_.store(0, std::memory_order_relaxed);
    open_.store(true);
    epoch_.fetch_add(1);
    if (sleeping_.load() > 0) {
      std::lock_guard<std::mutex> lock(mutex_);
      wake_.notify_all();
    }
    pull();
    // Nobody is waited for who has not begun: a worker that wakes up late finds the job closed.
    open_.store(false);
    while (inside_.load() > 0) relax();
  }

  ~Pool() { stop(); }

 private:
  void pull() {
    const int64_t pieces = (count_ + grain_ - 1) / grain_;
    for (;;) {
      const int64_t piece = next_.fetch_add(1, std::memory_order_relaxed);
      if (piece >= pieces) return;
      const int64_t begin = piece * grain_;
      const int64_t end = begin + grain_ < count_ ? begin + grain_ : count_;
      body_(context_, begin, end);
    }
  }

  void work() {
    uint64_t seen = 0;
    for (;;) {
      int spins = 0;
      while (epoch_.load(std::memory_order_acquire) == seen && !stopping_) {
        if (++spins < kSpins) {
          // The collector of V8 works on other threads, too: after a short while they come first.
          if (spins < kEagerSpins) relax();
          else std::this_thread::yield();
          continue;
        }
        std::unique_lock<std::mutex> lock(mutex_);
        sleeping_.fetch_add(1);
        wake_.wait(lock, [&] { return epoch_.load(std::memory_order_acquire) != seen || stopping_; });
        sleeping_.fetch_sub(1);
      }
      if (stopping_) return;
      seen = epoch_.load(std::memory_order_acquire);
      // In this order, and in the opposite one in `run`, so that a job is not changed while somebody reads it.
      inside_.fetch_add(1);
      if (open_.load()) pull();
      inside_.fetch_sub(1);
    }
  }

  void stop() {
    {
      std::lock_guard<std::mutex> lock(mutex_);
      stopping_ = true;
      wake_.notify_all();
    }
    for (auto& worker : workers_) worker.join();
    workers_.clear();
  }

  int threads_ = 1;
  std::vector<std::thread> workers_;
  std::mutex caller_;  // held by the one that runs a job
  std::mutex mutex_;
  std::condition_variable wake_;
  std::atomic<bool> stopping_{false};
  std::atomic<int> sleeping_{0};
  std::atomic<int> inside_{0};
  std::atomic<bool> open_{false};
  std::atomic<uint64_t> epoch_{0};
  std::atomic<int64_t> next_{0};
  int64_t count_ = 0;
  int64_t grain_ = 1;
  Body body_ = nullptr;
  void* context_ = nullptr;
};

Pool& pool() {
  static Pool* instance = new Pool;  // Never destroyed: workers may outlive static destructors.
  return *instance;
}

thread_local void* slots[8];
thread_local size_t sizes[8];

}  // namespace

void parallel(int64_t count, int64_t grain, Body body, void* context) { pool().run(count, grain, body, context); }

FB_EXPORT void fb_set_threads() { pool().resize(static_cast<int>(integer(0))); }

#endif

void* scratch(int slot, size_t bytes) {
  if (sizes[slot] < bytes) {
    std::free(slots[slot]);
    const size_t rounded = (bytes + 63) & ~size_t{63};
    slots[slot] = std::aligned_alloc(64, rounded);
    if (slots[slot] == nullptr) __builtin_trap();
    sizes[slot] = rounded;
  }
  return slots[slot];
}

}  // namespace fb

FB_EXPORT double* fb_block() { return fb::block; }

#ifdef __wasm__

// Memory for what JavaScript copies to a module: operands and programs. 0 where there is no more.
FB_EXPORT void* fb_allocate(size_t bytes) { return std::aligned_alloc(64, (bytes + 63) & ~size_t{63}); }
FB_EXPORT void fb_free(void* memory) { std::free(memory); }

#endif
