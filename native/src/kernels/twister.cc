// The Mersenne Twister of the random streams, a block of numbers at a time.
#include "loops.h"

namespace fb {
namespace FB_NAMESPACE {

constexpr int kWords = 624, kMixed = 397;  // words of state, and how far the word lies that a new one is mixed with

// What the top bit of `u`, joined to the other bits of `v`, adds to a word.
inline uint32_t twist(uint32_t u, uint32_t v) {
  return ((u & 0x80000000u) | (v & 0x7fffffffu)) >> 1 ^ ((v & 1u) ? 0x9908b0dfu : 0u);
}

inline uint32_t temper(uint32_t y) {
  y ^= y >> 11;
  y ^= (y << 7) & 0x9d2c5680u;
  y ^= (y << 15) & 0xefc60000u;
  return y ^ y >> 18;
}

// Arguments: the address of the words, that of the block of numbers which they give once they have advanced.
inline void regenerate() {
  uint32_t* words = pointer<uint32_t>(0);
  uint32_t* block = pointer<uint32_t>(1);
  int i = 0;
  for (; i < kWords - kMixed; i++) words[i] = words[i + kMixed] ^ twist(words[i], words[i + 1]);
  for (; i < kWords - 1; i++) words[i] = words[i + kMixed - kWords] ^ twist(words[i], words[i + 1]);
  words[i] = words[kMixed - 1] ^ twist(words[i], words[0]);
  for (int j = 0; j < kWords; j++) block[j] = temper(words[j]);
}

}  // namespace FB_NAMESPACE
}  // namespace fb

FB_KERNEL(twister) { fb::FB_NAMESPACE::regenerate(); }
