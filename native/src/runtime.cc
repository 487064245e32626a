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

// The pieces of a job that a thread is to do, as the numbers of the first and behind the last. The thread itself takes from the front, others,
// who have no more of their own, from the back.
class alignas(64) Share {
 public:
  void set(uint32_t begin, uint32_t end) { range_.store(pack(begin, end), std::memory_order_relaxed); }

  // Takes a piece; -1 where none is left.
  int64_t takeFirst() {
    return take([](uint32_t& begin, uint32_t&) { return begin++; });
  }
  int64_t takeLast() {
    return take([](uint32_t&, uint32_t& end) { return --end; });
  }

 private:
  static uint64_t pack(uint32_t begin, uint32_t end) { return static_cast<uint64_t>(begin) << 32 | end; }

  template <class F>
  int64_t take(F next) {
    uint64_t range = range_.load(std::memory_order_relaxed);
    for (;;) {
      uint32_t begin = static_cast<uint32_t>(range >> 32), end = static_cast<uint32_t>(range);
      if (begin >= end) return -1;
      const int64_t piece = next(begin, end);
      if (range_.compare_exchange_weak(range, pack(begin, end), std::memory_order_relaxed)) return piece;
    }
  }

  std::atomic<uint64_t> range_{0};
};

constexpr int kMostThreads = 256;
constexpr int64_t kMostPieces = int64_t{1} << 31;

// One job at a time. Workers spin for a while before they sleep, so that a kernel that follows soon finds them awake.
// Each thread has a contiguous share of the pieces, the same in every job of as many, so that it finds in its cache what it wrote there.
class Pool {
 public:
  void resize(int threads) {
    if (threads == threads_) return;
    std::lock_guard<std::mutex> lock(caller_);
    stop();
    threads_ = threads < 1 ? 1 : threads < kMostThreads ? threads : kMostThreads;
    stopping_ = false;
    for (int i = 1; i < threads_; i++) workers_.emplace_back([this, i] { work(i); });
  }

  int threads() const { return threads_; }

  void run(int64_t count, int64_t grain, Body body, void* context) {
    int64_t pieces = (count + grain - 1) / grain;
    if (pieces > kMostPieces) {
      grain *= (pieces + kMostPieces - 1) / kMostPieces;
      pieces = (count + grain - 1) / grain;
    }
    std::unique_lock<std::mutex> lock(caller_, std::defer_lock);
    if (threads_ == 1 || pieces <= 1 || !lock.try_lock()) {
      if (count > 0) body(context, 0, count);
      return;
    }
    count_ = count;
    grain_ = grain;
    body_ = body;
    context_ = context;
    for (int i = 0; i < threads_; i++)
      shares_[i].set(static_cast<uint32_t>(pieces * i / threads_), static_cast<uint32_t>(pieces * (i + 1) / threads_));
    open_.store(true);
    epoch_.fetch_add(1);
    if (sleeping_.load() > 0) {
      std::lock_guard<std::mutex> lock(mutex_);
      wake_.notify_all();
    }
    pull(0);
    // Nobody is waited for who has not begun: a worker that wakes up late finds the job closed.
    open_.store(false);
    while (inside_.load() > 0) relax();
  }

  ~Pool() { stop(); }

 private:
  // Does the share of a thread, then what others have not begun.
  void pull(int thread) {
    for (int64_t piece; (piece = shares_[thread].takeFirst()) >= 0;) perform(piece);
    for (int i = 1; i < threads_; i++) {
      Share& other = shares_[(thread + i) % threads_];
      for (int64_t piece; (piece = other.takeLast()) >= 0;) perform(piece);
    }
  }

  void perform(int64_t piece) {
    const int64_t begin = piece * grain_;
    body_(context_, begin, begin + grain_ < count_ ? begin + grain_ : count_);
  }

  void work(int thread) {
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
      if (open_.load()) pull(thread);
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
  Share shares_[kMostThreads];
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
