import type { TraceRecord } from "@deepstyle/core";

/** Curves that are drawn, in the order of the legend, and their colours. */
const curves = [
  ["totalLoss", "total", "#222222"],
  ["contentLoss", "content", "#2a7ab9"],
  ["styleLoss", "style", "#c0392b"],
  ["tvLoss", "total variation", "#3a8f4d"],
  ["pixelLoss", "pixel", "#8e5bb5"],
  ["detailLoss", "detail", "#c28a1a"],
  ["dreamLoss", "dream", "#1a9a9a"],
] as const satisfies readonly (readonly [keyof TraceRecord, string, string])[];

const [width, height, margin] = [640, 240, 28];

/** Points of a curve: more cannot be told apart. */
const mostPoints = 400;

/**
 * Losses over the iterations as an SVG element: each curve on a logarithmic scale of its own height,
 * as terms before their weights cannot be compared; the legend has the latest values.
 *
 * @param records - in the order of the iterations
 */
export function lossCurves(records: readonly TraceRecord[]): string {
  const every = Math.ceil(records.length / mostPoints);
  const shown = records.filter((_, i) => i % every === 0 || i === records.length - 1);
  const last = Math.max(records.at(-1)?.iteration ?? 1, 1);
  const drawn = curves.filter(([key]) => shown.some((record) => record[key] !== 0));
  const lines = drawn.map(([key, , colour]) => {
    const logs = shown.map((record) => Math.log10(Math.abs(record[key])));
    const finite = logs.filter(Number.isFinite);
    const [low, high] = [Math.min(...finite), Math.max(...finite)];
    const points = logs.flatMap((value, i) => {
      if (!Number.isFinite(value)) return [];
      const x = margin + (shown[i]!.iteration / last) * (width - 2 * margin);
      const share = high > low ? (value - low) / (high - low) : 0.5;
      // What is below 0 is the larger the better: drawn downwards like a loss that falls.
      const up = shown[i]![key] < 0 ? 1 - share : share;
      return [`${x.toFixed(1)},${(height - margin - up * (height - 2 * margin)).toFixed(1)}`];
    });
    return `<polyline fill="none" stroke="${colour}" stroke-width="1.5" points="${points.join(" ")}"/>`;
  });
  const legend = drawn.map(([key, name, colour]) => {
    const value = records.at(-1)![key].toPrecision(4);
    return `<span style="color:${colour}">${name} ${value}</span>`;
  });
  return [
    `<svg viewBox="0 0 ${width} ${height}" role="img" aria-label="losses over the iterations">`,
    `<path d="M${margin} ${margin}V${height - margin}H${width - margin}" fill="none" stroke="#999"/>`,
    ...lines,
    "</svg>",
    `<p class="legend">${legend.join(" ")}</p>`,
  ].join("\n");
}
