import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import {
  defaultArchitecture,
  encodeNetwork,
  initialWeights,
  networkKinds,
  type NetworkStyle,
} from "@deepstyle/core";

/** The styles of {@link writeNetworks}. */
export const madeUpStyles: readonly NetworkStyle[] = [
  { name: "waves", title: "Waves", artist: "A Program", year: "2024", licence: "public domain" },
  { name: "glass", source: "drawn" },
];

/** Writes untrained networks `still.onnx` and `video.onnx` with two styles, and `one.onnx` with one. */
export function writeNetworks(folder: string): string {
  mkdirSync(folder, { recursive: true });
  const write = (name: string, kind: (typeof networkKinds)[number], count: number): void => {
    const architecture = {
      ...defaultArchitecture,
      kind,
      width: "quarter" as const,
      blocks: 1,
      styles: count,
    };
    const weights = new Map(initialWeights(architecture, 1));
    // The styles differ in their first shifts.
    const shifts = weights.get("down1.shift")!;
    weights.set(
      "down1.shift",
      Float32Array.from(shifts, (_, i) => Math.sin(i)),
    );
    // With untrained last weights all would be grey.
    const last = weights.get("out.weight")!;
    weights.set(
      "out.weight",
      last.map((weight) => 10 * weight),
    );
    const training = { options: { size: 32 }, iterations: 20, losses: { total: 1.5 } };
    const styles = madeUpStyles.slice(0, count);
    const bytes = encodeNetwork({ architecture, weights, styles, training });
    writeFileSync(join(folder, `${name}.onnx`), bytes);
  };
  for (const kind of networkKinds) write(kind, kind, 2);
  write("one", "still", 1);
  return folder;
}
