import { afterAll, beforeAll, describe, expect, test } from "vitest";
import {
  nodeRuntime,
  readImage,
  stylize,
  type Runtime,
  type StylizeEvent,
  type StylizeOptions,
  type StylizeResult,
  type TraceRecord,
} from "../../src/index.ts";
import { drawPicture } from "../cli/drawings.ts";
import { temporaryFolder } from "../temporaryFolder.ts";

const folder = temporaryFolder();
let photo: string;
let painting: string;

beforeAll(async () => {
  photo = await drawPicture(folder, "photo.png", 1);
  painting = await drawPicture(folder, "painting.png", 2);
});

test("the weight of a style must be above 0", async () => {
  const styles = [{ picture: painting, weight: 0 }];
  await expect(stylize({ content: photo, styles })).rejects.toThrow(
    "the weight of a style must be a number above 0; got 0.",
  );
});

test("an option that there is not is refused with the nearest one", async () => {
  const options = { content: photo, styles: [painting], iteration: 3 };
  await expect(stylize(options)).rejects.toThrow('Did you mean "iterations"?');
});

test("a snapshot after the last iteration is refused", async () => {
  const options = { content: photo, styles: [painting], scales: 1, iterations: 9, snapshots: [10] };
  await expect(stylize(options)).rejects.toThrow(
    "snapshots must be whole numbers from 1 to 9, the number of iterations; got 10.",
  );
});

describe("with lite", () => {
  let runtime: Runtime;
  beforeAll(async () => {
    runtime = await nodeRuntime({ device: "cpu" });
  });
  afterAll(async () => {
    await runtime.dispose();
  });

  /** So small that a run is mostly the loading of the network. */
  function paint(options: Partial<StylizeOptions>): Promise<StylizeResult> {
    const small = { encoder: "lite", size: 64, scales: 1, iterations: 2, runtime } as const;
    return stylize({ ...small, content: photo, styles: [painting], ...options });
  }

  test("files and pictures in memory give the same picture", async () => {
    const fromFiles = await paint({});
    const content = await readImage(photo);
    const picture = await readImage(painting);
    const fromMemory = await paint({ content, styles: [{ picture, weight: 3 }] });
    expect(fromMemory.picture).toEqual(fromFiles.picture);
    expect(fromMemory.sources.content.path).toBeNull();
    expect(fromFiles.sources.content.path).toBe(photo);
  });

  test("the plan comes once, and every iteration from the initial picture on", async () => {
    const events: StylizeEvent[] = [];
    await paint({ onEvent: (event) => void events.push(event) });
    expect(events.filter(({ kind }) => kind === "plan")).toHaveLength(1);
    const records = events.flatMap((event) => (event.kind === "iteration" ? [event.record] : []));
    expect(records.map(({ iteration }) => iteration)).toEqual([0, 1, 2]);
  });

  test("the same seed makes the same picture, another one another", async () => {
    const options = { init: "noise", seed: 5 } as const;
    const first = await paint(options);
    const second = await paint(options);
    const other = await paint({ ...options, seed: 6 });
    expect(second.picture).toEqual(first.picture);
    expect(other.picture).not.toEqual(first.picture);
  });

  test("the picture to start from is where it starts", async () => {
    const traces: TraceRecord[] = [];
    await paint({
      init: "picture",
      initial: painting,
      onEvent: (event) => {
        if (event.kind === "iteration") traces.push(event.record);
      },
    });
    // The painting's own statistics are those that are wanted.
    expect(traces[0]!.styleLoss).toBeLessThan(1e-3 * traces[0]!.contentLoss);
  });

  test("a signal that is aborted before the work gives the initial picture", async () => {
    const { interrupted, picture } = await paint({ signal: AbortSignal.abort() });
    const { data } = await readImage(photo);
    expect(interrupted).toBe(true);
    expect(picture.data.length).toBe(data.length);
    expect(picture.data.every((value, i) => Math.abs(value - data[i]!) < 1e-6)).toBe(true);
  });
});
