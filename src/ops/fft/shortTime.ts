/** Short-time Fourier transforms: spectra of the windows of a signal, and the signal from them. */

import { ArgumentError, DTypeError, ShapeError } from "../../core/errors.js";
import { formatShape } from "../../core/shape.js";
import { composite } from "../../tensor/define/index.js";
import type { Args, Op } from "../../tensor/dispatch.js";
import type { Tensor } from "../../tensor/tensor.js";
import { viewAsReal } from "../shape/complexViews.js";
import { constantPadNd, pad } from "../shape/padding.js";
import { foldWindows } from "../shape/windows.js";
import { fft, ifft, irfft, rfft } from "./single.js";

/** A window of `winLength` elements in the middle of `nFft`; without one, ones. */
function centred(op: string, window: Tensor | null, like: Tensor, winLength: number, nFft: number): Tensor {
  if (winLength <= 0 || winLength > nFft)
    throw new ArgumentError(`${op}: expected 0 < win_length <= n_fft, but got win_length=${winLength} with n_fft=${nFft}`);
  if (window !== null && (window.shape.length !== 1 || window.count !== winLength)) {
    throw new ShapeError(
      `${op}: expected a 1D window tensor of size equal to win_length=${winLength}, but got window with size ${formatShape(window.shape)}`,
    );
  }
  const real = like.dtype.isComplex ? like.detach().real : like.detach();
  const given = window ?? real.newOnes([winLength]);
  const left = Math.floor((nFft - winLength) / 2);
  return winLength === nFft ? given : constantPadNd(given, [left, nFft - winLength - left]);
}

type PadMode = "constant" | "reflect" | "replicate" | "circular";

type StftOptions = {
  hopLength?: number | null;
  winLength?: number | null;
  window?: Tensor | null;
  center?: boolean;
  padMode?: PadMode;
  normalized?: boolean;
  onesided?: boolean | null;
  returnComplex?: boolean | null;
  alignToWindow?: boolean | null;
};

function checkSignal(input: Tensor, hop: number): void {
  if (!input.dtype.isFloatingPoint && !input.dtype.isComplex)
    throw new DTypeError(`stft: expected a tensor of floating point or complex values, got ${input.dtype.scalarName}`);
  if (input.shape.length !== 1 && input.shape.length !== 2)
    throw new ShapeError(`stft: expected a 1D or 2D tensor, got shape ${formatShape(input.shape)}`);
  if (hop <= 0) throw new ArgumentError(`stft: expected hop_length > 0, but got hop_length=${hop}`);
}

/**
 * The Fourier transforms of windows of `nFft` elements, `hopLength` (by default a quarter of them) apart: `[B, L] → [B, frequencies, frames]` or
 * `[L] → [frequencies, frames]`. Each window is multiplied by `window`; with `center` the signal is padded by half a window at both ends.
 * Of real signals, the first half of the frequencies is given (`onesided`); with `returnComplex` false, real and imaginary parts in one
 * more dimension.
 * @throws {ArgumentError} if a length does not fit.
 */
export const stft: Op<
  (
    input: Tensor,
    nFft: number,
    ...args: Args<
      [
        hopLength: number | null,
        winLength: number | null,
        window: Tensor | null,
        center: boolean,
        padMode: PadMode,
        normalized: boolean,
        onesided: boolean | null,
        returnComplex: boolean | null,
      ],
      StftOptions
    >
  ) => Tensor
> = composite(
  "stft(Tensor input, int nFft, int? hopLength=null, int? winLength=null, Tensor? window=null, bool center=true, str padMode='reflect', bool normalized=false, bool? onesided=null, bool? returnComplex=null, bool? alignToWindow=null)",
  (input, nFft, hopLength, winLength, window, center, padMode, normalized, onesided, returnComplex, alignToWindow) => {
    const hop = hopLength ?? Math.floor(nFft / 4);
    const isComplex = input.dtype.isComplex || window?.dtype.isComplex === true;
    if (returnComplex === null && !isComplex) {
      throw new ArgumentError(
        "stft: stft requires the return_complex parameter be given for real inputs, and will further require that return_complex=True in a future PyTorch release.",
      );
    }
    checkSignal(input, hop);
    if (center && alignToWindow !== null) throw new ArgumentError("stft: align_to_window should only be set when center = false");
    let signal = input.shape.length === 1 ? input.unsqueeze(0) : input;
    if (center) {
      const half = Math.floor(nFft / 2);
      signal = pad(signal.unsqueeze(0), [half, half], padMode as PadMode).squeeze(0);
    }
    const length = signal.shape[1] as number;
    if (nFft <= 0 || nFft > length) throw new ArgumentError(`stft: expected 0 < n_fft < ${length}, but got n_fft=${nFft}`);
    const weights = centred("stft", window, input, winLength ?? nFft, nFft);
    const halves = onesided ?? !isComplex;
    if (halves && isComplex) throw new ArgumentError("stft: Cannot have onesided output if window or input is complex");
    const frames = signal.unfold(-1, nFft, hop).mul(weights);
    const transform = halves ? rfft : fft;
    const spectra = transform(frames, null, -1, normalized ? "ortho" : null).transpose(1, 2);
    const result = input.shape.length === 1 ? spectra.squeeze(0) : spectra;
    return returnComplex === false ? viewAsReal(result) : result;
  },
);

type IstftOptions = {
  hopLength?: number | null;
  winLength?: number | null;
  window?: Tensor | null;
  center?: boolean;
  normalized?: boolean;
  onesided?: boolean | null;
  length?: number | null;
  returnComplex?: boolean;
};

function checkSpectra(input: Tensor, nFft: number, hop: number, winLength: number, onesided: boolean | null): boolean {
  const { shape } = input;
  if (!input.dtype.isComplex)
    throw new DTypeError(
      `istft: istft requires a complex-valued input tensor matching the output from stft with return_complex=True, got ${input.dtype.scalarName}`,
    );
  if (input.count === 0) throw new ShapeError(`istft: input tensor cannot be empty, got shape ${formatShape(shape)}`);
  if (shape.length !== 2 && shape.length !== 3)
    throw new ShapeError(`istft: expected a tensor with 2 or 3 dimensions, but got ${shape.length}`);
  const frequencies = shape[shape.length - 2] as number;
  const halves = onesided ?? frequencies !== nFft;
  const expected = halves ? Math.floor(nFft / 2) + 1 : nFft;
  if (frequencies !== expected) {
    throw new ShapeError(
      `istft: expected the frequency dimension (3rd to the last) of the input tensor to match ${halves ? "n_fft / 2 + 1 when onesided=True" : "n_fft when onesided=False"}, ${expected}, but got ${frequencies}`,
    );
  }
  if (hop <= 0 || hop > winLength)
    throw new ArgumentError(`istft: expected 0 < hop_length <= win_length, but got hop_length=${hop} and win_length=${winLength}`);
  return halves;
}

/** Where the squares of the windows add up to nothing, the signal is lost. Checked where the host sees values at once. */
function checkEnvelope(envelope: Tensor): void {
  if (envelope.count === 0 || envelope.storage.backend.hostMemory(envelope.storage) === null) return;
  const least = envelope.detach().abs().min().item();
  if (least < 1e-11)
    throw new ArgumentError(
      `istft: window overlap add min: ${least} is less than 1e-11; the windows must overlap so that their squares add up to something everywhere`,
    );
}

/**
 * The signal whose short-time Fourier transform is nearest to `input` (Griffin and Lim 1984): the inverse transforms of `[B, frequencies, frames]`
 * or `[frequencies, frames]`, times the window, added up and divided by the sum of the windows' squares. `length` cuts or extends the result.
 * @throws {ArgumentError} if lengths do not fit or the windows leave gaps.
 */
export const istft: Op<
  (
    input: Tensor,
    nFft: number,
    ...args: Args<
      [
        hopLength: number | null,
        winLength: number | null,
        window: Tensor | null,
        center: boolean,
        normalized: boolean,
        onesided: boolean | null,
        length: number | null,
        returnComplex: boolean,
      ],
      IstftOptions
    >
  ) => Tensor
> = composite(
  "istft(Tensor input, int nFft, int? hopLength=null, int? winLength=null, Tensor? window=null, bool center=true, bool normalized=false, bool? onesided=null, int? length=null, bool returnComplex=false)",
  (input, nFft, hopLength, winLength, window, center, normalized, onesided, length, returnComplex) => {
    const hop = hopLength ?? Math.floor(nFft / 4);
    const halves = checkSpectra(input, nFft, hop, winLength ?? nFft, onesided);
    if (window?.dtype.isComplex === true && !returnComplex)
      throw new ArgumentError("istft: Complex windows are incompatible with return_complex=False");
    if (returnComplex && halves && onesided === true)
      throw new ArgumentError("istft: Cannot have onesided output if window or input is complex");
    const weights = centred("istft", window, input, winLength ?? nFft, nFft);
    const spectra = (input.shape.length === 2 ? input.unsqueeze(0) : input).transpose(1, 2);
    const norm = normalized ? "ortho" : null;
    const real = (): Tensor => irfft(halves ? spectra : spectra.narrow(-1, 0, Math.floor(nFft / 2) + 1), nFft, -1, norm);
    const frames = (returnComplex ? ifft(spectra, nFft, -1, norm) : real()).mul(weights);
    const [batch, count] = frames.shape as [number, number, number];
    const whole = nFft + hop * (count - 1);
    const squares = weights.pow(2).expand(1, count, nFft);
    const start = center ? Math.floor(nFft / 2) : 0;
    const end = length !== null ? start + length : center ? whole - Math.floor(nFft / 2) : whole;
    const kept = Math.max(Math.min(end, whole) - start, 0);
    const envelope = foldWindows(squares, [1, whole], 1, nFft, hop).narrow(1, start, kept);
    checkEnvelope(envelope);
    const signal = foldWindows(frames, [batch, whole], 1, nFft, hop).narrow(1, start, kept).div(envelope);
    const filled = end > whole ? constantPadNd(signal, [0, end - whole]) : signal;
    return input.shape.length === 2 ? filled.squeeze(0) : filled;
  },
);
