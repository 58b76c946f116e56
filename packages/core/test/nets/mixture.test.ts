import { tensor } from "@deepstyle/engine";
import { afterAll, expect, test } from "vitest";
import { mixStyles } from "../../src/nets/mixture.ts";
import { networkGraph } from "../../src/nets/networkFile.ts";
import { picture } from "../pictures.ts";
import { cpuRuntime } from "../runtime.ts";
import { randomNetwork } from "./networks.ts";

const runtime = cpuRuntime();
afterAll(() => runtime.dispose());

const { width, height, data } = picture({ width: 21, height: 14 }, 1);
const image = tensor(data, [1, 3, height, width]);

test.each(["instance", "batch"] as const)(
  "a mixed network paints what the network paints with the mixture as an input, %s norm",
  async (norm) => {
    const network = randomNetwork({ norm, styles: 3 });
    const program = await runtime.compile(networkGraph(network));
    const mixture = tensor([0.25, 0, 0.75], [1, 3]);
    const { stylized: expected } = await program.run({ image, mixture });
    const mixed = mixStyles(network, { "style-1": 1, "style-3": 3 });
    const { stylized } = await (await runtime.compile(networkGraph(mixed))).run({ image });
    for (const [i, value] of expected.data.entries())
      expect(stylized.data[i]).toBeCloseTo(value as number, 5);
  },
);

test("a mixture is named after the styles in it", () => {
  const network = randomNetwork({ styles: 3 });
  const { styles } = mixStyles(network, { "style-3": 1, "style-1": 1, "style-2": 0 });
  expect(styles).toEqual([{ name: "style-1+style-3" }]);
});

test("one style alone has its own scales", () => {
  const network = randomNetwork({ styles: 2 });
  const { weights } = mixStyles(network, { "style-2": 5 });
  const table = network.weights.get("down1.scale")!;
  expect(weights.get("down1.scale")).toEqual(table.slice(table.length / 2));
});

test.each([
  [{ "style-4": 1 }, 'Did you mean "style-'],
  [{ "style-1": -1 }, "the share of style style-1 must be a number from 0; got -1."],
  [{ "style-1": 0 }, "painting needs at least one style with a share above 0."],
  [{}, "painting needs at least one style with a share above 0."],
])("%o is refused", (shares, message) => {
  expect(() => mixStyles(randomNetwork({ styles: 3 }), shares)).toThrow(message);
});

test("a style called as a member of objects counts only where it is named", () => {
  const names = ["constructor", "__proto__", "other"];
  const network = { ...randomNetwork({ styles: 3 }), styles: names.map((name) => ({ name })) };
  expect(mixStyles(network, { other: 1 }).styles).toEqual([{ name: "other" }]);
  expect(mixStyles(network, { ["__proto__"]: 1 }).styles).toEqual([{ name: "__proto__" }]);
});
