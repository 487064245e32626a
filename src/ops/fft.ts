/** Fourier transforms: the namespace `torch.fft`. Names only. */

export { fftfreq, fftshift, ifftshift, rfftfreq } from "./fft/frequencies.js";
export { fft2, fftn, hfft2, hfftn, ifft2, ifftn, ihfft2, ihfftn, irfft2, irfftn, rfft2, rfftn } from "./fft/multiple.js";
export { fft, hfft, ifft, ihfft, irfft, rfft } from "./fft/single.js";
