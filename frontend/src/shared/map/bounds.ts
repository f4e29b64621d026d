/** Lower bounds of six steps for counts up to `top`: round whole numbers, beginning at 0. */
export function roundBounds(top: number): number[] {
  const raw = Math.max(1, (top * 0.9) / 5)
  const mag = 10 ** Math.floor(Math.log10(raw))
  const step = [1, 2, 3, 4, 5, 10].map((k) => k * mag).find((k) => k >= raw)!
  return Array.from({ length: 6 }, (_, i) => i * step)
}
