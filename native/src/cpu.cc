// Which of the compiled instruction sets this machine has.
#include "flambeau.h"

// 2: AVX-512, 1: AVX2 with FMA, 0: what every machine of the kind has.
FB_EXPORT void fb_detect() {
#if defined(__x86_64__)
  __builtin_cpu_init();
  const bool avx512 = __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512bw") && __builtin_cpu_supports("avx512dq") && __builtin_cpu_supports("avx512vl");
  const bool avx2 = __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma");
  fb::block[0] = avx512 ? 2 : avx2 ? 1 : 0;
#else
  fb::block[0] = 0;
#endif
}
